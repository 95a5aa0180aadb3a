/**
 * Dense columns of u8, i16, f32 and f64: eight rows at a time, widened to f64 in registers.
 *
 * Napkin limit. Two rows of f64 or f32 are two loads (x, r), a product and a sum: with two loads a
 * cycle that is one cycle, 7.4 entries/ns at 3.7 GHz. axpy is two loads and a store. Integers cost
 * instructions instead: 21 for eight rows (widening twice, converting, loads, products, sums), which at
 * four a cycle is 5.6 entries/ns – still more than the 4 a program with f64 columns gets from memory.
 *
 * Scans of integers go another way (whole.as.ts). Two columns of f32 in one pass over r, which saves a
 * load of four, read the same 7.8 entries/ns in the cache and 6.3 from memory: a conversion a cycle is
 * what f32 waits for. Two columns of f64 read 3.8 instead of 3.7 from memory and 6.2 instead of 7.7 in the
 * cache, whose prefetcher likes one run. So floats go one by one.
 */
import { fma, fold, highPair, lowPair } from './simd.as'

/** Rows 0 … 7 of an integer column as i16; nothing for floats, which `pair` loads itself. */
function octet<T>(x: usize): v128 {
  if (sizeof<T>() == 1) return v128.load8x8_u(x)
  if (sizeof<T>() == 2) return v128.load(x)
  return i64x2.splat(0)
}

/** Rows 2k and 2k + 1 as f64. */
function pair<T>(x: usize, words: v128, k: i32): v128 {
  if (isInteger<T>()) {
    const ints = k < 2 ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_high_i16x8_s(words)
    return k & 1 ? highPair(ints) : lowPair(ints)
  }
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(x + ((<usize>k) << 3)))
  return v128.load(x + ((<usize>k) << 4))
}

/** x_jᵀr of n values at x. */
export function dotDense<T>(x: usize, n: usize, r: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  const whole = r + ((n >> 3) << 6)
  const end = r + (n << 3)
  while (r < whole) {
    const words = octet<T>(x)
    a = fma(a, pair<T>(x, words, 0), v128.load(r))
    b = fma(b, pair<T>(x, words, 1), v128.load(r, 16))
    c = fma(c, pair<T>(x, words, 2), v128.load(r, 32))
    d = fma(d, pair<T>(x, words, 3), v128.load(r, 48))
    x += 8 * sizeof<T>()
    r += 64
  }
  let sum = fold(a, b, c, d)
  while (r < end) {
    sum += <f64>load<T>(x) * load<f64>(r)
    x += sizeof<T>()
    r += 8
  }
  return sum
}

/** The same of m columns, `stride` bytes apart: `sums` is (m). */
export function dotsDense<T>(
  x: usize,
  stride: usize,
  m: usize,
  n: usize,
  r: usize,
  sums: usize,
): void {
  const end = sums + (m << 3)
  for (; sums < end; sums += 8) {
    store<f64>(sums, dotDense<T>(x, n, r))
    x += stride
  }
}

/** out += a·(w ∘ x_j) of n values at x. */
export function axpyDense<T, W>(x: usize, n: usize, a: f64, w: usize, out: usize): void {
  const aa = f64x2.splat(a)
  const whole = out + ((n >> 3) << 6)
  const end = out + (n << 3)
  while (out < whole) {
    const words = octet<T>(x)
    let a0 = aa
    let a1 = aa
    let a2 = aa
    let a3 = aa
    if (isFloat<W>()) {
      a0 = f64x2.mul(aa, v128.load(w))
      a1 = f64x2.mul(aa, v128.load(w, 16))
      a2 = f64x2.mul(aa, v128.load(w, 32))
      a3 = f64x2.mul(aa, v128.load(w, 48))
      w += 64
    }
    v128.store(out, fma(v128.load(out), a0, pair<T>(x, words, 0)))
    v128.store(out, fma(v128.load(out, 16), a1, pair<T>(x, words, 1)), 16)
    v128.store(out, fma(v128.load(out, 32), a2, pair<T>(x, words, 2)), 32)
    v128.store(out, fma(v128.load(out, 48), a3, pair<T>(x, words, 3)), 48)
    x += 8 * sizeof<T>()
    out += 64
  }
  while (out < end) {
    const aw = isFloat<W>() ? a * load<f64>(w) : a
    store<f64>(out, load<f64>(out) + aw * <f64>load<T>(x))
    x += sizeof<T>()
    out += 8
    if (isFloat<W>()) w += 8
  }
}
