/**
 * What this machine's WebAssembly engine can do at most: loops that do nothing but read, read and
 * write, or multiply and add. Kernels are measured against these, not against a data sheet.
 *
 * Fixed-width SIMD has no fused multiply-add: a multiplication and an addition are two instructions
 * here, and count as two operations.
 */

/** Sum of `bytes` at x, eight vectors in flight: the speed of reading. A multiple of 128 bytes. */
export function read(x: usize, bytes: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  let e = f64x2.splat(0)
  let f = f64x2.splat(0)
  let g = f64x2.splat(0)
  let h = f64x2.splat(0)
  const end = x + bytes
  while (x < end) {
    a = f64x2.add(a, v128.load(x))
    b = f64x2.add(b, v128.load(x, 16))
    c = f64x2.add(c, v128.load(x, 32))
    d = f64x2.add(d, v128.load(x, 48))
    e = f64x2.add(e, v128.load(x, 64))
    f = f64x2.add(f, v128.load(x, 80))
    g = f64x2.add(g, v128.load(x, 96))
    h = f64x2.add(h, v128.load(x, 112))
    x += 128
  }
  const s = f64x2.add(
    f64x2.add(f64x2.add(a, b), f64x2.add(c, d)),
    f64x2.add(f64x2.add(e, f), f64x2.add(g, h)),
  )
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
}

/** a = b + 3c over `count` f64, a multiple of 8 (McCalpin's STREAM triad). */
export function triad(a: usize, b: usize, c: usize, count: usize): void {
  const three = f64x2.splat(3)
  const end = a + (count << 3)
  while (a < end) {
    v128.store(a, f64x2.add(v128.load(b), f64x2.mul(three, v128.load(c))))
    v128.store(a, f64x2.add(v128.load(b, 16), f64x2.mul(three, v128.load(c, 16))), 16)
    v128.store(a, f64x2.add(v128.load(b, 32), f64x2.mul(three, v128.load(c, 32))), 32)
    v128.store(a, f64x2.add(v128.load(b, 48), f64x2.mul(three, v128.load(c, 48))), 48)
    a += 64
    b += 64
    c += 64
  }
}

/** `rounds` × 8 multiply-adds of two f64 in registers: 32 operations a round. */
export function mulAdd64(rounds: u32): f64 {
  const m = f64x2.splat(0.999999)
  let a = f64x2.splat(1)
  let b = f64x2.splat(2)
  let c = f64x2.splat(3)
  let d = f64x2.splat(4)
  let e = f64x2.splat(5)
  let f = f64x2.splat(6)
  let g = f64x2.splat(7)
  let h = f64x2.splat(8)
  for (let k: u32 = 0; k < rounds; k++) {
    a = f64x2.add(f64x2.mul(a, m), m)
    b = f64x2.add(f64x2.mul(b, m), m)
    c = f64x2.add(f64x2.mul(c, m), m)
    d = f64x2.add(f64x2.mul(d, m), m)
    e = f64x2.add(f64x2.mul(e, m), m)
    f = f64x2.add(f64x2.mul(f, m), m)
    g = f64x2.add(f64x2.mul(g, m), m)
    h = f64x2.add(f64x2.mul(h, m), m)
  }
  const s = f64x2.add(
    f64x2.add(f64x2.add(a, b), f64x2.add(c, d)),
    f64x2.add(f64x2.add(e, f), f64x2.add(g, h)),
  )
  return f64x2.extract_lane(s, 0)
}

/** The same of four f32: 64 operations a round. */
export function mulAdd32(rounds: u32): f32 {
  const m = f32x4.splat(0.999)
  let a = f32x4.splat(1)
  let b = f32x4.splat(2)
  let c = f32x4.splat(3)
  let d = f32x4.splat(4)
  let e = f32x4.splat(5)
  let f = f32x4.splat(6)
  let g = f32x4.splat(7)
  let h = f32x4.splat(8)
  for (let k: u32 = 0; k < rounds; k++) {
    a = f32x4.add(f32x4.mul(a, m), m)
    b = f32x4.add(f32x4.mul(b, m), m)
    c = f32x4.add(f32x4.mul(c, m), m)
    d = f32x4.add(f32x4.mul(d, m), m)
    e = f32x4.add(f32x4.mul(e, m), m)
    f = f32x4.add(f32x4.mul(f, m), m)
    g = f32x4.add(f32x4.mul(g, m), m)
    h = f32x4.add(f32x4.mul(h, m), m)
  }
  const s = f32x4.add(
    f32x4.add(f32x4.add(a, b), f32x4.add(c, d)),
    f32x4.add(f32x4.add(e, f), f32x4.add(g, h)),
  )
  return f32x4.extract_lane(s, 0)
}
