/**
 * Sparse columns: values and rows side by side. There is no gather in fixed-width SIMD, so these are
 * scalar, four entries at a time; the rows of a column are distinct (openShard checks it), hence the
 * four may be read before any is written.
 *
 * Napkin limit. An entry is a row, its address, a value, an element of r, a product and a sum: 6.5
 * instructions, at four a cycle 2.3 entries/ns at 3.7 GHz while r (8n bytes) stays in the cache. Rows
 * are 16 bits below 65 536 rows, so that an f32 entry is 6 bytes: 14 GB/s, half of what memory gives.
 * Deltas of rows would save a byte of them and cost a sum that waits for the last: not worth it.
 */

function at<I>(base: usize, rows: usize): usize {
  return base + ((<usize>load<I>(rows)) << 3)
}

/** x_jᵀr of `count` values at x, whose rows are at `rows`. */
export function dotSparse<T, I>(x: usize, rows: usize, count: usize, r: usize): f64 {
  let a = 0.0
  let b = 0.0
  let c = 0.0
  let d = 0.0
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    a += <f64>load<T>(x) * load<f64>(at<I>(r, rows))
    b += <f64>load<T>(x, sizeof<T>()) * load<f64>(at<I>(r, rows + sizeof<I>()))
    c += <f64>load<T>(x, 2 * sizeof<T>()) * load<f64>(at<I>(r, rows + 2 * sizeof<I>()))
    d += <f64>load<T>(x, 3 * sizeof<T>()) * load<f64>(at<I>(r, rows + 3 * sizeof<I>()))
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  let sum = a + b + (c + d)
  while (rows < end) {
    sum += <f64>load<T>(x) * load<f64>(at<I>(r, rows))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
  return sum
}

/** out += a·(w ∘ x_j) of `count` values at x, whose rows are at `rows`. */
export function axpySparse<T, I, W>(
  x: usize,
  rows: usize,
  count: usize,
  a: f64,
  w: usize,
  out: usize,
): void {
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    const o0 = at<I>(0, rows)
    const o1 = at<I>(0, rows + sizeof<I>())
    const o2 = at<I>(0, rows + 2 * sizeof<I>())
    const o3 = at<I>(0, rows + 3 * sizeof<I>())
    const y0 = load<f64>(out + o0) + weigh<W>(a, w + o0) * <f64>load<T>(x)
    const y1 = load<f64>(out + o1) + weigh<W>(a, w + o1) * <f64>load<T>(x, sizeof<T>())
    const y2 = load<f64>(out + o2) + weigh<W>(a, w + o2) * <f64>load<T>(x, 2 * sizeof<T>())
    const y3 = load<f64>(out + o3) + weigh<W>(a, w + o3) * <f64>load<T>(x, 3 * sizeof<T>())
    store<f64>(out + o0, y0)
    store<f64>(out + o1, y1)
    store<f64>(out + o2, y2)
    store<f64>(out + o3, y3)
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  while (rows < end) {
    const o = at<I>(0, rows)
    store<f64>(out + o, load<f64>(out + o) + weigh<W>(a, w + o) * <f64>load<T>(x))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
}

function weigh<W>(a: f64, w: usize): f64 {
  return isFloat<W>() ? a * load<f64>(w) : a
}
