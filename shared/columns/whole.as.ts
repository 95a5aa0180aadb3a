/**
 * Scans of dense u8 and i16 columns in whole numbers. r becomes q = r / unit, |q| ≤ 2^46, and q is
 * written in digits of 16 bits: then eight rows of a column times one digit of each are one
 * instruction (i32x4.dot_i16x8_s), where f64 needs a conversion, a product and a sum for every two.
 * The same digits serve all columns. Sums of whole numbers are exact; what is lost is 2^-47 of the
 * largest |r| in every row, as little as f64 sums of a hundred rows lose by rounding.
 *
 * u8 takes three digits of 16 bits, and 128 steps before a sum could leave 32 bits:
 * 128 · 2 · 255 · 2^15 < 2^31. i16 takes four of 12, and 15 steps: 15 · 2 · 2^15 · 2^11 < 2^31.
 *
 * Two columns share the loads of digits. They are half a shard apart, because processors foresee two
 * long runs of memory, but not two short ones side by side (7 instead of 14 entries/ns).
 *
 * Napkin limit. For eight rows of u8: a load that widens, three products, three sums. At four vector
 * operations a cycle and 3.7 GHz that is 17 entries/ns (f64: 5.6). i16: a load, eight operations, and
 * every 120 rows 46 to put the sums together, 2 for each eight: 11 entries/ns.
 *
 * Two digits (31 bits) would be 23 entries/ns of u8, and gradients no more exact than a GPU's: that is a
 * tenth of what the server's check allows, but only while r is even.
 */
import { foldTwo, highPair, lowPair } from './simd.as'

/** Bits of q. */
const BITS: u64 = 46
/** r is too uneven where its largest is more than so many of its mean size: f64 then. */
const UNEVEN: f64 = 4096
/** 1.5 · 2^52: added to a number of less than 51 bits, it leaves the nearest whole number in the last bits. */
const WHOLE: f64 = 6755399441055744
/** Exponents of f64 that 1 / unit can take. */
const EXPONENT_MIN: u64 = 64

/** Columns from which the digits pay: making them costs about as much as eight columns in f64. */
export const WHOLE_COLUMNS_MIN: u32 = 16

// T is u8 or i16, all that follows a constant of it.

function digitsOf<T>(): usize {
  return sizeof<T>() == 1 ? 3 : 4
}

function bitsOf<T>(): i64 {
  return sizeof<T>() == 1 ? 16 : 12
}

function stepsMax<T>(): usize {
  return sizeof<T>() == 1 ? 128 : 15
}

/** Bytes for the digits of r (n), of either type. */
export function wholeBytes(n: usize): usize {
  return ((n + 7) >> 3) << 6
}

/** What q is counted in: a power of two. 0 where r (n) is not for whole numbers: 0, uneven, not finite. */
export function unitOf(r: usize, n: usize): f64 {
  let most = 0.0
  let sum = 0.0
  for (let i: usize = 0; i < n; i++) {
    const size = abs(load<f64>(r + (i << 3)))
    most = max(most, size)
    sum += size
  }
  const exponent = reinterpret<u64>(most) >> 52
  if (exponent < EXPONENT_MIN || !(sum < Infinity)) return 0
  if (most * <f64>n > UNEVEN * sum) return 0
  return reinterpret<f64>((exponent + 1 - BITS) << 52)
}

/** The digits of r (n): of eight rows the lowest, then the next … */
export function putDigits<T>(r: usize, n: usize, unit: f64, to: usize): void {
  const scale = 1 / unit
  const bits = bitsOf<T>()
  const step = digitsOf<T>() << 4
  const half: i64 = 1 << (bits - 1)
  // Half of each digit's range is added first, so that digits are bits, and taken off each at the end.
  let halves: i64 = 0
  for (let k: usize = 0; k < digitsOf<T>(); k++) halves = (halves << bits) + half
  const shift = halves - reinterpret<i64>(WHOLE)
  memory.fill(to, 0, ((n + 7) >> 3) * step)
  for (let i: usize = 0; i < n; i++) {
    let q = reinterpret<i64>(load<f64>(r + (i << 3)) * scale + WHOLE) + shift
    const at = to + (i >> 3) * step + ((i & 7) << 1)
    for (let k: usize = 0; k < digitsOf<T>(); k++) {
      store<i16>(at + (k << 4), <i16>((q & (2 * half - 1)) - half))
      q >>= bits
    }
  }
}

/** sums[j] = x_jᵀr of m columns, `stride` bytes apart. */
export function scanWhole<T>(
  x: usize,
  stride: usize,
  m: usize,
  n: usize,
  digits: usize,
  unit: f64,
  sums: usize,
): void {
  const half = (m + 1) >> 1
  const octets = (n + 7) >> 3
  for (let j: usize = 0; j < half; j++) {
    const k = min(j + half, m - 1)
    two<T>(x + j * stride, x + k * stride, octets, digits, unit, sums + (j << 3), sums + (k << 3))
  }
}

function octet<T>(x: usize): v128 {
  return sizeof<T>() == 1 ? v128.load8x8_u(x) : v128.load(x)
}

/** sum + u·d: eight products in four sums. */
function dots(sum: v128, u: v128, d: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(u, d))
}

/** The columns at x and y, `octets` times eight rows. */
function two<T>(
  x: usize,
  y: usize,
  octets: usize,
  digits: usize,
  unit: f64,
  outX: usize,
  outY: usize,
): void {
  let sumX = f64x2.splat(0)
  let sumY = f64x2.splat(0)
  let left = octets
  while (left > 0) {
    const steps = min(left, stepsMax<T>())
    left -= steps
    const end = digits + steps * (digitsOf<T>() << 4)
    let x0 = i64x2.splat(0)
    let x1 = i64x2.splat(0)
    let x2 = i64x2.splat(0)
    let x3 = i64x2.splat(0)
    let y0 = i64x2.splat(0)
    let y1 = i64x2.splat(0)
    let y2 = i64x2.splat(0)
    let y3 = i64x2.splat(0)
    while (digits < end) {
      const u = octet<T>(x)
      const v = octet<T>(y)
      let d = v128.load(digits)
      x0 = dots(x0, u, d)
      y0 = dots(y0, v, d)
      d = v128.load(digits, 16)
      x1 = dots(x1, u, d)
      y1 = dots(y1, v, d)
      d = v128.load(digits, 32)
      x2 = dots(x2, u, d)
      y2 = dots(y2, v, d)
      if (sizeof<T>() == 2) {
        d = v128.load(digits, 48)
        x3 = dots(x3, u, d)
        y3 = dots(y3, v, d)
      }
      x += 8 * sizeof<T>()
      y += 8 * sizeof<T>()
      digits += digitsOf<T>() << 4
    }
    sumX = f64x2.add(sumX, weighed<T>(x0, x1, x2, x3))
    sumY = f64x2.add(sumY, weighed<T>(y0, y1, y2, y3))
  }
  store<f64>(outY, unit * foldTwo(sumY))
  store<f64>(outX, unit * foldTwo(sumX))
}

/** The sums of every digit, by what it weighs. */
function weighed<T>(a: v128, b: v128, c: v128, d: v128): v128 {
  const base = f64x2.splat(<f64>(1 << bitsOf<T>()))
  let sum = sizeof<T>() == 2 ? f64x2.mul(base, pairs(d)) : f64x2.splat(0)
  sum = f64x2.mul(base, f64x2.add(sum, pairs(c)))
  sum = f64x2.mul(base, f64x2.add(sum, pairs(b)))
  return f64x2.add(sum, pairs(a))
}

/** Four i32 as two f64. */
function pairs(a: v128): v128 {
  return f64x2.add(lowPair(a), highPair(a))
}
