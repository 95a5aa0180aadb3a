/**
 * Decimal numbers from bytes to doubles, correctly rounded (number.ts in WebAssembly).
 *
 * Digits are taken eight at a time: a word of ASCII becomes a number by three multiplications. What
 * they make, w · 10^q, is
 *
 *   one exact multiplication or division   w ≤ 2^53, |q| ≤ 22 (Clinger 1990)
 *   the upper bits of w · 5^q              w < 2^64, q in POWER_MIN … POWER_MAX (Lemire 2021, "Number
 *                                          parsing at a gigabyte per second")
 *
 * and everything else – more digits, subnormal numbers, the few products whose upper bits do not tell
 * – is left to the caller, who has `Number`. Reads up to 8 bytes beyond the number's end.
 */

const ZERO: u32 = 48
const POWER_MIN: i32 = -64
/** 5^55 is the last power below 2^128. */
const POWER_MAX: i32 = 55
const EXACT_MAX: u64 = 1 << 53
/** Another eight digits, or one, fit behind these. */
const BEFORE_EIGHT_MAX: u64 = (u64.MAX_VALUE - 99_999_999) / 100_000_000
const BEFORE_ONE_MAX: u64 = (u64.MAX_VALUE - 9) / 10

const TENS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
])

/** 5^q for q = POWER_MIN … POWER_MAX, shifted to 128 bits: low word, then high word. */
const POWERS = memory.data(16 * (POWER_MAX - POWER_MIN + 1), 16)

/** Where the host writes the powers. */
export function powers(): usize {
  return POWERS
}

/** Of the last number that was read. */
export let value: f64 = 0

/** Where the number at p ends, its value in `value`; 0 when it is for the caller. */
export function readNumber(p: usize): usize {
  const sign = <u32>load<u8>(p)
  if (sign == 45 || sign == 43) p++
  const first = p
  p = readDigits(p, 0)
  if (p == 0) return 0
  let digits = p - first
  let q: i32 = 0
  if (load<u8>(p) == 46) {
    const fraction = ++p
    p = readDigits(p, digitsRead)
    if (p == 0) return 0
    q = -(<i32>(p - fraction))
    digits += p - fraction
  }
  if (digits == 0) return 0
  if ((load<u8>(p) | 32) == 101) {
    p = readExponent(p + 1)
    if (p == 0) return 0
    q += exponentRead
  }
  const w = digitsRead
  if (w == 0) {
    value = 0
    return p
  }
  let x: f64
  if (w <= EXACT_MAX && q >= -22 && q <= 22) {
    const ten = load<f64>(TENS + ((<usize>abs(q)) << 3))
    x = q < 0 ? <f64>w / ten : <f64>w * ten
  } else {
    x = scaled(w, q)
    if (x == 0) return 0
  }
  value = sign == 45 ? -x : x
  return p
}

/** What readDigits and readExponent have read. */
let digitsRead: u64 = 0
let exponentRead: i32 = 0

/** Digits at p behind those of w, into digitsRead; returns their end, 0 when they are too many. */
function readDigits(p: usize, w: u64): usize {
  for (let eight = load<u64>(p); areDigits(eight); eight = load<u64>(p)) {
    if (w > BEFORE_EIGHT_MAX) return 0
    w = w * 100_000_000 + numberOf(eight)
    p += 8
  }
  for (let digit = <u32>load<u8>(p) - ZERO; digit < 10; digit = <u32>load<u8>(++p) - ZERO) {
    if (w > BEFORE_ONE_MAX) return 0
    w = w * 10 + digit
  }
  digitsRead = w
  return p
}

/** Is every byte 48 … 57? Its upper half is 3, and still is when 6 has been added. */
function areDigits(eight: u64): bool {
  const upper = eight & 0xf0f0f0f0f0f0f0f0
  const after = (eight + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0
  return (upper | (after >> 4)) == 0x3333333333333333
}

/** Eight digits, the first in the lowest byte: pairs, then fours, then all, each step in one word. */
function numberOf(eight: u64): u64 {
  const ones = eight - 0x3030303030303030
  const pairs = (ones * 10 + (ones >> 8)) & 0x00ff00ff00ff00ff
  const fours = (pairs * 100 + (pairs >> 16)) & 0x0000ffff0000ffff
  return (fours * 10_000 + (fours >> 32)) & 0xffffffff
}

/** The exponent at p, its sign included; returns its end, 0 when it is none or has over four digits. */
function readExponent(p: usize): usize {
  const sign = <u32>load<u8>(p)
  if (sign == 45 || sign == 43) p++
  const first = p
  let e: i32 = 0
  for (let digit = <u32>load<u8>(p) - ZERO; digit < 10; digit = <u32>load<u8>(++p) - ZERO) {
    if (p - first == 4) return 0
    e = e * 10 + <i32>digit
  }
  exponentRead = sign == 45 ? -e : e
  return p == first ? 0 : p
}

/** The upper word of the last product. */
let upperWord: u64 = 0

/** x · y, of which it returns the lower word. */
function multiply(x: u64, y: u64): u64 {
  const xl = x & 0xffffffff
  const xh = x >> 32
  const yl = y & 0xffffffff
  const yh = y >> 32
  const low = xl * yl
  // Neither sum overflows: (2^32 − 1)^2 + 2^32 − 1 < 2^64.
  const left = xh * yl + (low >> 32)
  const right = xl * yh + (left & 0xffffffff)
  upperWord = xh * yh + (left >> 32) + (right >> 32)
  return x * y
}

/**
 * The double nearest to w · 10^q, for w > 0; 0 where it is not certain.
 *
 * 5^q is known to 128 bits, so w · 5^q is known but for its last bits. 55 of its upper ones decide:
 * the 53 of the result, the one that rounds it, and perhaps a leading 0.
 */
function scaled(w: u64, q: i32): f64 {
  if (q < POWER_MIN || q > POWER_MAX) return 0
  const shift = clz(w)
  const power = POWERS + ((<usize>(q - POWER_MIN)) << 4)
  let lower = multiply(w << shift, load<u64>(power, 8))
  let upper = upperWord
  // All ones behind the bits that decide: a carry could come from the lower word of 5^q.
  if ((upper & 0x1ff) == 0x1ff) {
    multiply(w << shift, load<u64>(power))
    lower += upperWord
    if (lower < upperWord) upper++
    if (lower == u64.MAX_VALUE && q < -27) return 0
  }
  const top = upper >> 63
  let m = upper >> (top + 9)
  // ⌊q log2 10⌋ and the bits that were shifted.
  let exponent = <i64>((217_706 * q) >> 16) + 63 + 1023 + <i64>top - <i64>shift
  // Half way between two doubles, which only small powers reach: to the even one.
  const isHalf = lower <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (top + 9) == upper
  if (isHalf) m--
  m = (m + (m & 1)) >> 1
  if (m == 1 << 53) {
    m = 1 << 52
    exponent++
  }
  return reinterpret<f64>((m & ((1 << 52) - 1)) | ((<u64>exponent) << 52))
}
