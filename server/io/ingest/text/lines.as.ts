/**
 * Lines of whole numbers and a value: MatrixMarket's entries (matrixMarket.ts) and ratings
 * (ratingsParser.ts). Whatever else there is – comments, blank lines, quotes, names, a mistake – is
 * left to the caller, one line at a time.
 */
import { readNumber, value } from './number.as'

const NEWLINE: u32 = 10
const RETURN: u32 = 13
const SPACE: u32 = 32
const QUOTE: u32 = 34
const ZERO: u32 = 48
/** Nine digits are below 2^31. */
const DIGITS_MAX: usize = 9

/** How many lines the last call has read, and how many of their entries it has stored. */
export let taken: i32 = 0
export let stored: i32 = 0

/** Of the last whole number. */
let whole: i32 = 0

/** The whole number at p; returns its end, 0 when there is none or it is longer. */
function readWhole(p: usize): usize {
  const first = p
  whole = 0
  for (let digit = <u32>load<u8>(p) - ZERO; digit < 10; digit = <u32>load<u8>(++p) - ZERO) {
    if (p - first == DIGITS_MAX) return 0
    whole = whole * 10 + <i32>digit
  }
  return p == first ? 0 : p
}

/** What stands between the fields of MatrixMarket. */
function skipBlanks(p: usize): usize {
  while (<u32>load<u8>(p) <= SPACE && <u32>load<u8>(p) != NEWLINE) p++
  return p
}

/**
 * Up to `limit` lines of `row column value` from p to end; without values (`hasValues` 0) each is 1.
 * Indices count from 1 and are at most `rows` and `columns`; stored they count from 0, and entries of
 * 0 are not stored. Returns the beginning of the first line that was not taken.
 */
export function readEntries(
  p: usize,
  end: usize,
  limit: i32,
  rows: i32,
  columns: i32,
  hasValues: i32,
  row: usize,
  column: usize,
  x: usize,
): usize {
  taken = 0
  stored = 0
  while (p < end && taken < limit) {
    const line = p
    p = readWhole(skipBlanks(p))
    if (p == 0 || <u32>load<u8>(p) > SPACE || whole < 1 || whole > rows) return line
    const i = <u32>whole - 1
    p = readWhole(skipBlanks(p))
    if (p == 0 || <u32>load<u8>(p) > SPACE || whole < 1 || whole > columns) return line
    const j = <u32>whole - 1
    if (hasValues) {
      p = readNumber(skipBlanks(p))
      if (p == 0) return line
    }
    p = skipBlanks(p)
    if (<u32>load<u8>(p) != NEWLINE) return line
    taken++
    p++
    const v = hasValues ? value : 1
    if (v == 0) continue
    const at = <usize>stored
    store<u32>(row + (at << 2), i)
    store<u32>(column + (at << 2), j)
    store<f64>(x + (at << 3), v)
    stored++
  }
  return p
}

/** An id that is a whole number as it is written in decimals, so that the number tells the text. */
function readId(p: usize): usize {
  return <u32>load<u8>(p) == ZERO && <u32>load<u8>(p + 1) - ZERO < 10 ? 0 : readWhole(p)
}

/** Behind the separator at p; 0 when there is none. Blanks may be many, and :: is two. */
function skipSeparator(p: usize, separator: u32, width: usize): usize {
  if (<u32>load<u8>(p) != separator) return 0
  if (width == 2 && <u32>load<u8>(p + 1) != separator) return 0
  p += width
  if (separator == SPACE) while (<u32>load<u8>(p) == SPACE) p++
  return p
}

/**
 * Lines of user, item, rating and further fields, `fields` in all, from p to end; with two fields
 * each rating is 1. Returns the beginning of the first line that was not taken.
 */
export function readRatings(
  p: usize,
  end: usize,
  separator: u32,
  width: usize,
  fields: i32,
  user: usize,
  item: usize,
  rating: usize,
): usize {
  taken = 0
  while (p < end) {
    const line = p
    const at = <usize>taken
    p = readId(p)
    if (p == 0) return line
    store<u32>(user + (at << 2), <u32>whole)
    p = skipSeparator(p, separator, width)
    if (p == 0) return line
    p = readId(p)
    if (p == 0) return line
    store<u32>(item + (at << 2), <u32>whole)
    if (fields > 2) {
      p = skipSeparator(p, separator, width)
      if (p == 0) return line
      p = readNumber(p)
      if (p == 0) return line
    }
    store<f64>(rating + (at << 3), fields > 2 ? value : 1)
    for (let field = 3; field < fields; field++) {
      p = skipSeparator(p, separator, width)
      if (p == 0) return line
      p = skipField(p, separator)
      if (p == 0) return line
    }
    if (<u32>load<u8>(p) == RETURN) p++
    if (<u32>load<u8>(p) != NEWLINE) return line
    taken++
    p++
  }
  return p
}

/** The end of a field that nobody asks for; 0 for one that may hold anything, or nothing. */
function skipField(p: usize, separator: u32): usize {
  const first = p
  for (let c = <u32>load<u8>(p); c != separator && c > SPACE; c = <u32>load<u8>(++p))
    if (c == QUOTE || c >= 128) return 0
  return p == first ? 0 : p
}
