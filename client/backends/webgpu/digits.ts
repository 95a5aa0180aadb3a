/**
 * r as the integer scan reads it (shared/linear/scanIntegers.wgsl): whole numbers in base 256 with
 * digits −128 … 127, laid out beside the bytes of a column that they will be multiplied with.
 *
 * q_i = round(r_i / unit) with |q| ≤ 2^30, so that what is lost of r_i is at most 2^-30 of the
 * largest: less than f32 would lose of most. Columns of i16 have two bytes a value and room for three
 * digits only: |q| ≤ 2^22, and 2^-22.
 */

export type IntegerType = 'u2' | 'u8' | 'i16'

export interface Digits {
  /** (quads · steps, 4) packed bytes. */
  readonly words: Uint32Array<ArrayBuffer>
  /** r_i ≈ unit · q_i; a power of two. */
  readonly unit: number
  /** Σ q, exact. */
  readonly sum: bigint
}

/** Vectors of digits to a quad (16 bytes) of a column. */
export const stepsOf = (type: IntegerType): number => (type === 'u2' ? 16 : 4)
/** What makes the unsigned bytes of a type signed: x − 128. */
export const flipOf = (type: IntegerType): number =>
  type === 'u8' ? 0x80808080 : type === 'i16' ? 0x00800080 : 0
/** |q| is at most 2 to this. */
export const BITS: Record<IntegerType, number> = { u2: 30, u8: 30, i16: 22 }

/** Smaller residuals count as none: 1 / unit must be finite. */
const EXPONENT_MIN = -1000

/** `quads` is that of a column: enough for all rows, zeros after them. */
export function digitsOf(r: Float64Array, type: IntegerType, quads: number): Digits {
  const largest = r.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const exponent = largest > 0 ? Math.floor(Math.log2(largest)) + 1 : 0
  const unit = 2 ** Math.max(EXPONENT_MIN, exponent - BITS[type])
  const bytes = new Int8Array(16 * stepsOf(type) * quads)
  let sum = 0n
  let part = 0
  for (let i = 0; i < r.length; i++) {
    let q = Math.round(r[i]! / unit)
    part += q
    // 2^53 / 2^30 terms add up exactly.
    if ((i & 0xfffff) === 0xfffff) {
      sum += BigInt(part)
      part = 0
    }
    for (let k = 0; k < 4; k++) {
      const digit = (q << 24) >> 24
      q = (q - digit) >> 8
      placeDigit(bytes, type, i, k, digit)
    }
  }
  return { words: new Uint32Array(bytes.buffer), unit, sum: sum + BigInt(part) }
}

function placeDigit(
  bytes: Int8Array,
  type: IntegerType,
  i: number,
  k: number,
  digit: number,
): void {
  if (type === 'u2') {
    // Word i/16 of the column; its byte b, shifted by 2t, is row 16w + 4b + t.
    const step = 4 * (i >> 4) + (i & 3)
    bytes[16 * step + 4 * k + ((i >> 2) & 3)] = digit
  } else if (type === 'u8') {
    bytes[16 * (i >> 2) + 4 * k + (i & 3)] = digit
  } else {
    // Low byte times digit k, and high byte times digit k − 1, weigh 256^k.
    const at = 16 * (i >> 1) + 2 * (i & 1)
    bytes[at + 4 * k] = digit
    if (k < 3) bytes[at + 4 * (k + 1) + 1] = digit
  }
}
