/**
 * Sparse columns: values and rows side by side. There is no gather in fixed-width SIMD, but half of one:
 * a vector takes each of its two halves from its own address. So values are widened and multiplied by
 * twos, four entries a turn; the rows of a column are distinct (openShard checks it), hence the four
 * may be read before any is written.
 *
 * Napkin limit. Two entries are two rows, two addresses, two loads of r, one of values (and of f32 and
 * integers a conversion), a product and a sum: 5 instructions an entry, at five a cycle 3.7 entries/ns at
 * 3.7 GHz while r (8n bytes) stays in the first cache, and columns are long. Beyond it two loads of r in
 * three wait for the second: 2.7. axpy writes each half back: 7 instructions an entry. Rows are 16 bits
 * below 65 536 rows, so that an f32 entry is 6 bytes. Deltas of rows would save a byte of them and cost a
 * sum that waits for the last; no kernel here is bound by memory (scan.as.ts sees to that).
 */
import { fma, foldTwo, highPair, lowPair } from './simd.as'

function at<I>(base: usize, rows: usize): usize {
  return base + ((<usize>load<I>(rows)) << 3)
}

/** The f64 at two addresses. */
function both(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1)
}

/** The elements of r at the rows of two entries. */
function gather<I>(r: usize, rows: usize): v128 {
  return both(at<I>(r, rows), at<I>(r, rows + sizeof<I>()))
}

/** Four values of integers as i32; nothing for floats, which low and high load themselves. */
function quad<T>(x: usize): v128 {
  if (sizeof<T>() == 1)
    return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x)))
  if (sizeof<T>() == 2) return v128.load16x4_s(x)
  return i64x2.splat(0)
}

/** The first two of four values. */
function low<T>(x: usize, ints: v128): v128 {
  if (isInteger<T>()) return lowPair(ints)
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(x))
  return v128.load(x)
}

/** The last two. */
function high<T>(x: usize, ints: v128): v128 {
  if (isInteger<T>()) return highPair(ints)
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(x, 8))
  return v128.load(x, 16)
}

/** x_jᵀr of `count` values at x, whose rows are at `rows`. */
export function dotSparse<T, I>(x: usize, rows: usize, count: usize, r: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    const ints = quad<T>(x)
    a = fma(a, low<T>(x, ints), gather<I>(r, rows))
    b = fma(b, high<T>(x, ints), gather<I>(r, rows + 2 * sizeof<I>()))
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  let sum = foldTwo(a) + foldTwo(b)
  while (rows < end) {
    sum += <f64>load<T>(x) * load<f64>(at<I>(r, rows))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
  return sum
}

/** The same of m columns: `starts` (m + 1) of the sections `rows` and `values`; `sums` is (m). */
export function dotsSparse<T, I>(
  starts: usize,
  rows: usize,
  values: usize,
  m: usize,
  r: usize,
  sums: usize,
): void {
  const end = sums + (m << 3)
  let from = load<u32>(starts)
  while (sums < end) {
    const to = load<u32>(starts, 4)
    const count = <usize>(to - from)
    store<f64>(sums, dotSparse<T, I>(values, rows, count, r))
    values += count * sizeof<T>()
    rows += count * sizeof<I>()
    from = to
    starts += 4
    sums += 8
  }
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
  const aa = f64x2.splat(a)
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    const o0 = at<I>(0, rows)
    const o1 = at<I>(0, rows + sizeof<I>())
    const o2 = at<I>(0, rows + 2 * sizeof<I>())
    const o3 = at<I>(0, rows + 3 * sizeof<I>())
    const ints = quad<T>(x)
    const p = fma(both(out + o0, out + o1), weigh<W>(aa, w + o0, w + o1), low<T>(x, ints))
    const q = fma(both(out + o2, out + o3), weigh<W>(aa, w + o2, w + o3), high<T>(x, ints))
    v128.store64_lane(out + o0, p, 0)
    v128.store64_lane(out + o1, p, 1)
    v128.store64_lane(out + o2, q, 0)
    v128.store64_lane(out + o3, q, 1)
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  while (rows < end) {
    const o = at<I>(0, rows)
    const aw = isFloat<W>() ? a * load<f64>(w + o) : a
    store<f64>(out + o, load<f64>(out + o) + aw * <f64>load<T>(x))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
}

function weigh<W>(aa: v128, first: usize, second: usize): v128 {
  return isFloat<W>() ? f64x2.mul(aa, both(first, second)) : aa
}

/** Σ w_i x_i and Σ w_i x_i² of `count` values at x, stored at `sum` and `squares`. */
export function momentsSparse<T, I, W>(
  x: usize,
  rows: usize,
  count: usize,
  w: usize,
  sum: usize,
  squares: usize,
): void {
  let s = f64x2.splat(0)
  let q = f64x2.splat(0)
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    const ints = quad<T>(x)
    const a = low<T>(x, ints)
    const b = high<T>(x, ints)
    const wa = isFloat<W>() ? f64x2.mul(a, gather<I>(w, rows)) : a
    const wb = isFloat<W>() ? f64x2.mul(b, gather<I>(w, rows + 2 * sizeof<I>())) : b
    s = f64x2.add(s, f64x2.add(wa, wb))
    q = f64x2.add(q, f64x2.add(f64x2.mul(wa, a), f64x2.mul(wb, b)))
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  let total = foldTwo(s)
  let second = foldTwo(q)
  while (rows < end) {
    const value = <f64>load<T>(x)
    const weighted = isFloat<W>() ? value * load<f64>(at<I>(w, rows)) : value
    total += weighted
    second += weighted * value
    x += sizeof<T>()
    rows += sizeof<I>()
  }
  store<f64>(sum, total)
  store<f64>(squares, second)
}
