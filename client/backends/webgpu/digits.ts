/**
 * Real numbers as the integer scans read them (shared/linear/scan*.wgsl): whole numbers q of at most
 * 2^30, so that q · unit is within 2^-30 of the largest, and for dense columns their digits −128 … 127
 * in base 256, laid out beside the bytes of a column that they will be multiplied with.
 */

/** How the bytes of a dense column are to be read; `real` ones are digits themselves (stage.ts). */
export type ByteType = 'u2' | 'u8' | 'i16' | 'real'

/** |q| is at most 2 to this. */
export const BITS = 30
/**
 * Rows at most: a signed 64-bit number holds as many products. The largest sums are those of real
 * columns, whose digits of weight 256³ and below are at most 4 · 2^14 · 256³ = 2^40 a row (a hundredth
 * more with the smaller ones), and those of sparse ones, 2^60 / 2^20 = 2^40 an entry: 2^62 in all.
 */
export const ROWS_MAX = 2 ** 22
/** Smaller numbers count as none: 1 / unit must be finite. */
const EXPONENT_MIN = -1000

export interface Digits {
  /** (quads · steps, 4) packed bytes. */
  readonly words: Uint32Array<ArrayBuffer>
  readonly unit: number
  /** What flipping has taken from every sum, in units: to be added. */
  readonly offset: bigint
}

/** Vectors of digits to a quad (16 bytes) of a column. */
export const STEPS: Record<ByteType, number> = { u2: 16, u8: 4, i16: 8, real: 8 }
/** What makes the unsigned bytes of a type signed: x − 128. */
export const FLIPS: Record<ByteType, number> = { u2: 0, u8: 0x80808080, i16: 0x00800080, real: 0 }

/** The power of two that takes numbers of at most this size to whole numbers of at most 2^BITS. */
export function unitOf(largest: number): number {
  const exponent = largest > 0 ? Math.floor(Math.log2(largest)) + 1 : 0
  return 2 ** Math.max(EXPONENT_MIN, exponent - BITS)
}

export function largestOf(values: ArrayLike<number>, from = 0, to = values.length): number {
  let most = 0
  for (let i = from; i < to; i++) most = Math.max(most, Math.abs(values[i]!))
  return most
}

/** The lowest digit of q; what is left is (q − digit) / 256. */
export const lowDigit = (q: number): number => (q << 24) >> 24

/** Number k of a list of signed 64-bit ones, the low word first; beyond 2^53 rounded. */
export const wideAt = (words: Uint32Array, k: number): number =>
  (words[2 * k + 1]! | 0) * 2 ** 32 + words[2 * k]!

/** `quads` is that of a column: enough for all rows, zeros after them. */
export function digitsOf(r: Float64Array, type: ByteType, quads: number): Digits {
  const unit = unitOf(largestOf(r))
  const bytes = new Int8Array(16 * STEPS[type] * quads)
  let sum = 0n
  let part = 0
  for (let i = 0; i < r.length; i++) {
    let q = Math.round(r[i]! / unit)
    part += q
    // 2^23 terms of 2^30 add up exactly in f64.
    if ((i & 0xfffff) === 0xfffff) {
      sum += BigInt(part)
      part = 0
    }
    for (let k = 0; k < 4; k++) {
      const digit = lowDigit(q)
      q = (q - digit) >> 8
      placeDigit(bytes, type, i, k, digit)
    }
  }
  sum += BigInt(part)
  const isFlipped = FLIPS[type] !== 0
  return { words: new Uint32Array(bytes.buffer), unit, offset: isFlipped ? 128n * sum : 0n }
}

/** Digit k of row i, wherever a byte of that row meets it. A vector has a word for each weight 256^w. */
function placeDigit(bytes: Int8Array, type: ByteType, i: number, k: number, digit: number): void {
  switch (type) {
    case 'u2': {
      // Word i / 16 of the column; its byte b, shifted right by 2t, is row 16w + 4b + t.
      const step = 4 * (i >> 4) + (i & 3)
      bytes[16 * step + 4 * k + ((i >> 2) & 3)] = digit
      break
    }
    case 'u8':
      bytes[16 * (i >> 2) + 4 * k + (i & 3)] = digit
      break
    case 'i16':
      // Of two bytes a row the second weighs 256.
      for (let b = 0; b < 2; b++) bytes[32 * (i >> 1) + 4 * (k + b) + 2 * (i & 1) + b] = digit
      break
    case 'real':
      for (let b = 0; b < 4; b++) bytes[32 * i + 4 * (k + b) + b] = digit
  }
}
