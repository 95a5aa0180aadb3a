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

/**
 * `rounds` × 12 multiply-adds of two f64 in registers: 48 operations a round. Twelve chains, because the
 * next step of one waits six cycles, in which two of each operation can begin every cycle, and a
 * processor has sixteen registers (eight chains: 39 instead of 55 GFLOP/s of f32 on a Zen 5).
 */
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
  let i = f64x2.splat(9)
  let j = f64x2.splat(10)
  let k = f64x2.splat(11)
  let l = f64x2.splat(12)
  for (let round: u32 = 0; round < rounds; round++) {
    a = f64x2.add(f64x2.mul(a, m), m)
    b = f64x2.add(f64x2.mul(b, m), m)
    c = f64x2.add(f64x2.mul(c, m), m)
    d = f64x2.add(f64x2.mul(d, m), m)
    e = f64x2.add(f64x2.mul(e, m), m)
    f = f64x2.add(f64x2.mul(f, m), m)
    g = f64x2.add(f64x2.mul(g, m), m)
    h = f64x2.add(f64x2.mul(h, m), m)
    i = f64x2.add(f64x2.mul(i, m), m)
    j = f64x2.add(f64x2.mul(j, m), m)
    k = f64x2.add(f64x2.mul(k, m), m)
    l = f64x2.add(f64x2.mul(l, m), m)
  }
  const s = f64x2.add(
    f64x2.add(f64x2.add(a, f64x2.add(b, c)), f64x2.add(d, f64x2.add(e, f))),
    f64x2.add(f64x2.add(g, f64x2.add(h, i)), f64x2.add(j, f64x2.add(k, l))),
  )
  return f64x2.extract_lane(s, 0)
}

/** The same of four f32: 96 operations a round. */
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
  let i = f32x4.splat(9)
  let j = f32x4.splat(10)
  let k = f32x4.splat(11)
  let l = f32x4.splat(12)
  for (let round: u32 = 0; round < rounds; round++) {
    a = f32x4.add(f32x4.mul(a, m), m)
    b = f32x4.add(f32x4.mul(b, m), m)
    c = f32x4.add(f32x4.mul(c, m), m)
    d = f32x4.add(f32x4.mul(d, m), m)
    e = f32x4.add(f32x4.mul(e, m), m)
    f = f32x4.add(f32x4.mul(f, m), m)
    g = f32x4.add(f32x4.mul(g, m), m)
    h = f32x4.add(f32x4.mul(h, m), m)
    i = f32x4.add(f32x4.mul(i, m), m)
    j = f32x4.add(f32x4.mul(j, m), m)
    k = f32x4.add(f32x4.mul(k, m), m)
    l = f32x4.add(f32x4.mul(l, m), m)
  }
  const s = f32x4.add(
    f32x4.add(f32x4.add(a, f32x4.add(b, c)), f32x4.add(d, f32x4.add(e, f))),
    f32x4.add(f32x4.add(g, f32x4.add(h, i)), f32x4.add(j, f32x4.add(k, l))),
  )
  return f32x4.extract_lane(s, 0)
}
