/**
 * Σ zzᵀ of a panel of feature rows, lower triangle, and the dot products of feature rows.
 *
 * A panel of 64 rows stays in the first-level cache while tiles of 4 × 8 sums pass over it: eight
 * vectors of sums live in registers, six loads feed sixteen operations. Sums of 64 products are within
 * 64 · 2^-24 of exact in f32; over panels they are in f64.
 */

/** Rows of a panel. */
export const PANEL: usize = 64

/** Floats that a feature row of `length` takes: whole vectors. */
export function widthOf(length: usize): usize {
  return (length + 3) & ~3
}

/** to = scale · from, `width` floats. */
export function copyRow(to: usize, from: usize, width: usize, scale: f32): void {
  const s = f32x4.splat(scale)
  for (let k: usize = 0; k < width << 2; k += 16)
    v128.store(to + k, f32x4.mul(s, v128.load(from + k)))
}

/** gram (f64, `size` to a row) += Σ zzᵀ over `count` rows of `width` floats, for the first `n` features. */
export function addPanel(
  panel: usize,
  count: usize,
  width: usize,
  n: usize,
  gram: usize,
  size: usize,
): void {
  if (count == 0) return
  for (let i: usize = 0; i < n; i += 4) {
    let j: usize = 0
    for (; j < i; j += 8) tile8(panel, count, width << 2, i, j, gram, size)
    if (j == i) tile4(panel, count, width << 2, i, j, gram, size)
  }
}

function tile8(
  panel: usize,
  count: usize,
  stride: usize,
  i: usize,
  j: usize,
  gram: usize,
  size: usize,
): void {
  let a0 = f32x4.splat(0)
  let a1 = a0
  let b0 = a0
  let b1 = a0
  let c0 = a0
  let c1 = a0
  let d0 = a0
  let d1 = a0
  let row = panel + (i << 2)
  let column = panel + (j << 2)
  const end = row + count * stride
  while (row < end) {
    const y0 = v128.load(column)
    const y1 = v128.load(column, 16)
    let x = v128.load32_splat(row)
    a0 = f32x4.add(a0, f32x4.mul(x, y0))
    a1 = f32x4.add(a1, f32x4.mul(x, y1))
    x = v128.load32_splat(row, 4)
    b0 = f32x4.add(b0, f32x4.mul(x, y0))
    b1 = f32x4.add(b1, f32x4.mul(x, y1))
    x = v128.load32_splat(row, 8)
    c0 = f32x4.add(c0, f32x4.mul(x, y0))
    c1 = f32x4.add(c1, f32x4.mul(x, y1))
    x = v128.load32_splat(row, 12)
    d0 = f32x4.add(d0, f32x4.mul(x, y0))
    d1 = f32x4.add(d1, f32x4.mul(x, y1))
    row += stride
    column += stride
  }
  const line = size << 3
  let out = gram + (i * size + j) * 8
  addTo(out, a0)
  addTo(out + 32, a1)
  out += line
  addTo(out, b0)
  addTo(out + 32, b1)
  out += line
  addTo(out, c0)
  addTo(out + 32, c1)
  out += line
  addTo(out, d0)
  addTo(out + 32, d1)
}

function tile4(
  panel: usize,
  count: usize,
  stride: usize,
  i: usize,
  j: usize,
  gram: usize,
  size: usize,
): void {
  let a = f32x4.splat(0)
  let b = a
  let c = a
  let d = a
  let row = panel + (i << 2)
  let column = panel + (j << 2)
  const end = row + count * stride
  while (row < end) {
    const y = v128.load(column)
    a = f32x4.add(a, f32x4.mul(v128.load32_splat(row), y))
    b = f32x4.add(b, f32x4.mul(v128.load32_splat(row, 4), y))
    c = f32x4.add(c, f32x4.mul(v128.load32_splat(row, 8), y))
    d = f32x4.add(d, f32x4.mul(v128.load32_splat(row, 12), y))
    row += stride
    column += stride
  }
  const line = size << 3
  const out = gram + (i * size + j) * 8
  addTo(out, a)
  addTo(out + line, b)
  addTo(out + 2 * line, c)
  addTo(out + 3 * line, d)
}

/** Four f64 at `to` += four f32. */
function addTo(to: usize, sums: v128): void {
  v128.store(to, f64x2.add(v128.load(to), f64x2.promote_low_f32x4(sums)))
  const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(sums, sums, 1, 1))
  v128.store(to, f64x2.add(v128.load(to, 16), high), 16)
}

/** z·y of two feature rows, summed in f32. */
export function dotRows(z: usize, y: usize, width: usize): f64 {
  let sum = f32x4.splat(0)
  for (let k: usize = 0; k < width << 2; k += 16)
    sum = f32x4.add(sum, f32x4.mul(v128.load(z + k), v128.load(y + k)))
  return fold(f64x2.splat(0), sum)
}

/** The same with each product rounded to f32 and summed in f64. */
export function dotWide(z: usize, y: usize, width: usize): f64 {
  let low = f64x2.splat(0)
  let high = low
  for (let k: usize = 0; k < width << 2; k += 16) {
    const product = f32x4.mul(v128.load(z + k), v128.load(y + k))
    low = f64x2.add(low, f64x2.promote_low_f32x4(product))
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<i64>(product, product, 1, 1)))
  }
  const sum = f64x2.add(low, high)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

function fold(start: v128, sums: v128): f64 {
  const low = f64x2.add(start, f64x2.promote_low_f32x4(sums))
  const both = f64x2.add(low, f64x2.promote_low_f32x4(v128.shuffle<i64>(sums, sums, 1, 1)))
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
}
