/**
 * Ax = y for a symmetric positive definite A, of which the lower triangle is given (f64, `size` to a
 * row, rows 16-byte aligned). A and y are overwritten: by the factor L and by x.
 *
 * Row-oriented: every entry of L is a dot product of two rows, and four rows share the loads of the
 * fifth, whose sums are independent and so hide each other's latency.
 */
export function solveCholesky(a: usize, size: usize, n: usize, y: usize, inverse: usize): void {
  factorise(a, size << 3, n, inverse)
  // Ly' = y, then Lᵀx = y' column by column, so that L is read along its rows both times.
  for (let i: usize = 0; i < n; i++) {
    const row = a + i * (size << 3)
    const at = y + (i << 3)
    store<f64>(at, (load<f64>(at) - dot(row, y, i)) * load<f64>(inverse + (i << 3)))
  }
  for (let i = n; i-- > 0; ) {
    const at = y + (i << 3)
    const x = load<f64>(at) * load<f64>(inverse + (i << 3))
    store<f64>(at, x)
    subtract(y, a + i * (size << 3), i, x)
  }
}

function factorise(a: usize, line: usize, n: usize, inverse: usize): void {
  let i: usize = 0
  for (; i + 4 <= n; i += 4) {
    const r0 = a + i * line
    for (let j: usize = 0; j < i; j++)
      four(r0, line, a + j * line, j, load<f64>(inverse + (j << 3)))
    for (let k: usize = 0; k < 4; k++) rowFrom(a, line, i + k, i, inverse)
  }
  for (; i < n; i++) rowFrom(a, line, i, 0, inverse)
}

/** Entries j ≥ from of row i, from the rows above it. */
function rowFrom(a: usize, line: usize, i: usize, from: usize, inverse: usize): void {
  const row = a + i * line
  for (let j = from; j < i; j++) {
    const at = row + (j << 3)
    const rest = load<f64>(at) - dot(row, a + j * line, j)
    store<f64>(at, rest * load<f64>(inverse + (j << 3)))
  }
  const at = row + (i << 3)
  const pivot = sqrt(load<f64>(at) - dot(row, row, i))
  store<f64>(at, pivot)
  store<f64>(inverse + (i << 3), 1 / pivot)
}

/** Entry j of four rows from r0 on: what row `by` leaves of it, divided by the pivot. */
function four(r0: usize, line: usize, by: usize, j: usize, scale: f64): void {
  const r1 = r0 + line
  const r2 = r1 + line
  const r3 = r2 + line
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const even = (j & ~1) << 3
  for (let k: usize = 0; k < even; k += 16) {
    const y = v128.load(by + k)
    s0 = f64x2.add(s0, f64x2.mul(y, v128.load(r0 + k)))
    s1 = f64x2.add(s1, f64x2.mul(y, v128.load(r1 + k)))
    s2 = f64x2.add(s2, f64x2.mul(y, v128.load(r2 + k)))
    s3 = f64x2.add(s3, f64x2.mul(y, v128.load(r3 + k)))
  }
  const last = j & 1 ? load<f64>(by + even) : 0
  settle(r0, j, even, s0, last, scale)
  settle(r1, j, even, s1, last, scale)
  settle(r2, j, even, s2, last, scale)
  settle(r3, j, even, s3, last, scale)
}

function settle(row: usize, j: usize, even: usize, sums: v128, last: f64, scale: f64): void {
  const sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
  const tail = last == 0 ? 0 : last * load<f64>(row + even)
  const at = row + (j << 3)
  store<f64>(at, (load<f64>(at) - (sum + tail)) * scale)
}

/** Σ of the first n products. */
function dot(x: usize, y: usize, n: usize): f64 {
  let a = f64x2.splat(0)
  let b = a
  const whole = (n & ~3) << 3
  let k: usize = 0
  for (; k < whole; k += 32) {
    a = f64x2.add(a, f64x2.mul(v128.load(x + k), v128.load(y + k)))
    b = f64x2.add(b, f64x2.mul(v128.load(x + k, 16), v128.load(y + k, 16)))
  }
  const s = f64x2.add(a, b)
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  for (; k < n << 3; k += 8) sum += load<f64>(x + k) * load<f64>(y + k)
  return sum
}

/** y −= x · row, for the first n. */
function subtract(y: usize, row: usize, n: usize, x: f64): void {
  const factor = f64x2.splat(x)
  const even = (n & ~1) << 3
  let k: usize = 0
  for (; k < even; k += 16)
    v128.store(y + k, f64x2.sub(v128.load(y + k), f64x2.mul(factor, v128.load(row + k))))
  if (n & 1) store<f64>(y + k, load<f64>(y + k) - x * load<f64>(row + k))
}
