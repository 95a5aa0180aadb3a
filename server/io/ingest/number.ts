/**
 * Numbers straight from bytes, because a string per cell is what makes text parsers slow.
 *
 * A decimal with fewer than 2^53 in digits and a power of ten up to 22 is one exact multiplication
 * or division (Clinger 1990), so the result is correctly rounded. Everything else takes the slow way
 * through `Number`, after its syntax has been checked here.
 */
import { UserError } from '../../../shared/errors.ts'

const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, e) => Number(`1e${e}`))
const EXACT_MAX = 2 ** 53
const ZERO = 48
const MISSING = new Set(['', 'na', 'nan', 'n/a', '#n/a', 'null', 'none', '?', '.'])
const INFINITE = /^[+-]?inf(inity)?$/

const isDigit = (c: number | undefined): c is number => c !== undefined && c >= 48 && c <= 57

/** The decimal number in bytes from … to − 1, or NaN when they are not exactly one. */
export function parseNumber(b: Uint8Array, from: number, to: number): number {
  let i = from
  const negative = b[i] === 45
  if (negative || b[i] === 43) i++
  let mantissa = 0
  let exponent = 0
  let digits = 0
  let fraction = false
  // Zeros wait until a digit follows: 1.000000000000000000e+00 (numpy.savetxt) stays exact.
  let zeros = 0
  for (; i < to; i++) {
    const digit = b[i]! - ZERO
    if (digit >= 0 && digit <= 9) {
      digits++
      if (fraction) exponent--
      if (digit === 0) {
        zeros++
        continue
      }
      mantissa = zeros > 22 ? Infinity : mantissa * POWERS_OF_TEN[zeros]! * 10 + digit
      zeros = 0
    } else if (b[i] === 46 && !fraction) fraction = true
    else break
  }
  if (digits === 0) return Number.NaN
  exponent += zeros
  if (i < to) {
    const written = parseExponent(b, i, to)
    if (Number.isNaN(written)) return Number.NaN
    exponent += written
  }
  if (mantissa === 0) return 0
  if (mantissa >= EXACT_MAX || exponent > 22 || exponent < -22)
    return Number(asciiOf(b, from, to)) + 0
  const x =
    exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!
  return negative ? -x : x
}

/** The value of `e-12` at i … to − 1; NaN when that is not what stands there. */
function parseExponent(b: Uint8Array, at: number, to: number): number {
  if (b[at] !== 101 && b[at] !== 69) return Number.NaN
  let i = at + 1
  const negative = b[i] === 45
  if (negative || b[i] === 43) i++
  if (i >= to) return Number.NaN
  let value = 0
  for (; i < to; i++) {
    if (!isDigit(b[i])) return Number.NaN
    value = Math.min(value * 10 + b[i]! - ZERO, 100_000)
  }
  return negative ? -value : value
}

/** The unsigned integer in bytes from … to − 1, or −1 when they are not exactly one. */
export function parseIndex(b: Uint8Array, from: number, to: number): number {
  if (from >= to || to - from > 15) return -1
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = b[i]! - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function asciiOf(b: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += String.fromCharCode(b[i]!)
  return text
}

/** What a person sees of a cell: its text, shortened. */
export function quoteCell(text: string): string {
  const clean = text.replace(/\s+/g, ' ')
  return JSON.stringify(clean.length > 40 ? `${clean.slice(0, 40)}…` : clean)
}

/** Whether a cell stands for a value that nobody knows. */
export const isMissing = (text: string): boolean => MISSING.has(text.trim().toLowerCase())

/** Whether a cell belongs to data rather than to a header: a number, infinity, or missing. */
export function isValue(text: string): boolean {
  const bytes = new TextEncoder().encode(text.trim())
  const x = parseNumber(bytes, 0, bytes.length)
  return !Number.isNaN(x) || isMissing(text) || INFINITE.test(text.trim().toLowerCase())
}

/** As spreadsheets of half of Europe write 1.5. */
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/

/**
 * The value of a cell whose fast parse failed or overflowed: NaN when it is missing and the owner
 * asked to impute, otherwise one sentence that says what stands there and what to do.
 */
export function unusualValue(text: string, imputes: boolean, where: string): number {
  if (isMissing(text)) {
    if (imputes) return Number.NaN
    throw new UserError(
      `${where}: the value is missing; fill it in, remove the row, or ask for the column's mean with --impute mean.`,
    )
  }
  const bytes = new TextEncoder().encode(text.trim())
  const x = parseNumber(bytes, 0, bytes.length)
  if (Math.abs(x) < Infinity) return x
  if (!Number.isNaN(x) || INFINITE.test(text.trim().toLowerCase()))
    throw new UserError(
      `${where}: ${quoteCell(text)} is not finite; replace it by a finite number or remove the row.`,
    )
  if (DECIMAL_COMMA.test(text.trim()))
    throw new UserError(
      `${where}: ${quoteCell(text)} has a decimal comma; write all numbers with a point, such as 1.5.`,
    )
  throw new UserError(
    `${where}: ${quoteCell(text)} is not a number; every value must be a decimal number such as -1.5e3, so write text as numbers, or leave its column out.`,
  )
}

/** parseNumber, with unusualValue for everything that is not a finite number. */
export function cellValue(
  b: Uint8Array,
  from: number,
  to: number,
  imputes: boolean,
  where: () => string,
): number {
  const x = parseNumber(b, from, to)
  if (x - x === 0) return x
  return unusualValue(new TextDecoder().decode(b.subarray(from, to)), imputes, where())
}
