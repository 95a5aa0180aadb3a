/**
 * Passes of coordinate descent over one row, in f32.
 *
 * A coordinate needs its feature of every rating, so the feature rows are first turned over: four rows
 * at a time become four entries of each column. A step then reads two columns and the residual once:
 * it takes the last coordinate's move out of the residual and sums the next one's slope in the same
 * loop. Per entry that is three loads and a store for two multiply-adds, which is what bounds it.
 *
 * Sums are in f32 over 256 entries (64 additions in each of four lanes at most) and in f64 over those.
 */

/** Bytes that are summed in f32 before they are added in f64. */
const CHUNK: usize = 1024

/** Bytes from one column of n entries to the next: whole steps, and never a page, which would alias. */
export function lineOf(n: usize): usize {
  const line = ((n + 15) & ~15) << 2
  return (line & 1023) == 0 ? line + 64 : line
}

/** Four feature rows become four entries of `width` columns. */
export function turn4(
  z0: usize,
  z1: usize,
  z2: usize,
  z3: usize,
  width: usize,
  to: usize,
  line: usize,
): void {
  for (let k: usize = 0; k < width << 2; k += 16) {
    const a = v128.load(z0 + k)
    const b = v128.load(z1 + k)
    const c = v128.load(z2 + k)
    const d = v128.load(z3 + k)
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
    const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const CD = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
    v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2))
    v128.store(to + line, v128.shuffle<i64>(ab, cd, 1, 3))
    v128.store(to + 2 * line, v128.shuffle<i64>(AB, CD, 0, 2))
    v128.store(to + 3 * line, v128.shuffle<i64>(AB, CD, 1, 3))
    to += line << 2
  }
}

/**
 * x (f32, D) after some passes, `residual` (f32) with it. `columns` are D of `bytes` bytes, `line`
 * apart, zeros after their entries; `curves` and `inverses` are room for D f64 each.
 */
export function descendColumns(
  columns: usize,
  line: usize,
  bytes: usize,
  D: usize,
  x: usize,
  residual: usize,
  curves: usize,
  inverses: usize,
  ridge: f64,
  passes: i32,
): void {
  for (let k: usize = 0; k < D; k++) {
    const curve = begin(residual, columns + k * line, load<f32>(x + (k << 2)), bytes)
    store<f64>(curves + (k << 3), curve)
    // Here divisions overlap; steps wait for each other (7 % of the time, rows of 45 and 450 ratings).
    store<f64>(inverses + (k << 3), 1 / (curve + ridge))
  }
  let slope = dot(residual, columns, bytes)
  for (let pass = 0; pass < passes; pass++)
    for (let k: usize = 0; k < D; k++) {
      const at = x + (k << 2)
      const before = load<f32>(at)
      const curve = load<f64>(curves + (k << 3))
      const after = <f32>((slope + curve * <f64>before) * load<f64>(inverses + (k << 3)))
      store<f32>(at, after)
      const next = k + 1 < D ? k + 1 : 0
      slope = moveAndDot(residual, columns + k * line, after - before, columns + next * line, bytes)
    }
}

/** Σ r². */
export function squaresOf(residual: usize, bytes: usize): f64 {
  return dot(residual, residual, bytes)
}

/** r −= x·z, and Σ z². */
function begin(r: usize, z: usize, x: f32, bytes: usize): f64 {
  const factor = f32x4.splat(x)
  let total = 0.0
  for (let from: usize = 0; from < bytes; from += CHUNK) {
    const to = min(bytes, from + CHUNK)
    let a = f32x4.splat(0)
    let b = a
    for (let e = from; e < to; e += 32) {
      const z0 = v128.load(z + e)
      const z1 = v128.load(z + e, 16)
      v128.store(r + e, f32x4.sub(v128.load(r + e), f32x4.mul(factor, z0)))
      v128.store(r + e, f32x4.sub(v128.load(r + e, 16), f32x4.mul(factor, z1)), 16)
      a = f32x4.add(a, f32x4.mul(z0, z0))
      b = f32x4.add(b, f32x4.mul(z1, z1))
    }
    total += fold(f32x4.add(a, b))
  }
  return total
}

function dot(x: usize, y: usize, bytes: usize): f64 {
  let total = 0.0
  for (let from: usize = 0; from < bytes; from += CHUNK) {
    const to = min(bytes, from + CHUNK)
    let a = f32x4.splat(0)
    let b = a
    let c = a
    let d = a
    for (let e = from; e < to; e += 64) {
      a = f32x4.add(a, f32x4.mul(v128.load(x + e), v128.load(y + e)))
      b = f32x4.add(b, f32x4.mul(v128.load(x + e, 16), v128.load(y + e, 16)))
      c = f32x4.add(c, f32x4.mul(v128.load(x + e, 32), v128.load(y + e, 32)))
      d = f32x4.add(d, f32x4.mul(v128.load(x + e, 48), v128.load(y + e, 48)))
    }
    total += fold(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)))
  }
  return total
}

/** r −= x·z, and then Σ r·y. */
function moveAndDot(r: usize, z: usize, x: f32, y: usize, bytes: usize): f64 {
  const factor = f32x4.splat(x)
  let total = 0.0
  for (let from: usize = 0; from < bytes; from += CHUNK) {
    const to = min(bytes, from + CHUNK)
    let a = f32x4.splat(0)
    let b = a
    let c = a
    let d = a
    for (let e = from; e < to; e += 64) {
      const r0 = f32x4.sub(v128.load(r + e), f32x4.mul(factor, v128.load(z + e)))
      const r1 = f32x4.sub(v128.load(r + e, 16), f32x4.mul(factor, v128.load(z + e, 16)))
      const r2 = f32x4.sub(v128.load(r + e, 32), f32x4.mul(factor, v128.load(z + e, 32)))
      const r3 = f32x4.sub(v128.load(r + e, 48), f32x4.mul(factor, v128.load(z + e, 48)))
      v128.store(r + e, r0)
      v128.store(r + e, r1, 16)
      v128.store(r + e, r2, 32)
      v128.store(r + e, r3, 48)
      a = f32x4.add(a, f32x4.mul(r0, v128.load(y + e)))
      b = f32x4.add(b, f32x4.mul(r1, v128.load(y + e, 16)))
      c = f32x4.add(c, f32x4.mul(r2, v128.load(y + e, 32)))
      d = f32x4.add(d, f32x4.mul(r3, v128.load(y + e, 48)))
    }
    total += fold(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)))
  }
  return total
}

function fold(sums: v128): f64 {
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(sums, sums, 1, 1))
  const both = f64x2.add(f64x2.promote_low_f32x4(sums), high)
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}
