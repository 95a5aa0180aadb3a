/**
 * The regular part of CSV (csv.ts in WebAssembly): plain numbers between delimiters and line breaks,
 * as many in a row as in the first one. Quotes, words, missing values, blank lines and rows of another
 * length are left to the caller, one field at a time.
 */
import { readNumber, value } from './number.as'

const NEWLINE: u32 = 10
const RETURN: u32 = 13
const SPACE: u32 = 32

/** How many cells and ends of rows the last call has read. */
export let cells: i32 = 0
export let rowsEnded: i32 = 0
/** Where the next cell belongs, given and left by every call. */
export let column: i32 = 0

function skipSpaces(p: usize): usize {
  while (<u32>load<u8>(p) == SPACE) p++
  return p
}

/**
 * Cells from p to end, where a line break stands, to x. `end` follows a delimiter or a line break, or
 * is the file's. Column `words` is the caller's, whatever stands in it (−1: there is none). Returns
 * the beginning of the first field that was not taken; one more than `end` when the last row of the
 * file ended there.
 */
export function readCells(
  p: usize,
  end: usize,
  delimiter: u32,
  fields: i32,
  words: i32,
  x: usize,
): usize {
  cells = 0
  rowsEnded = 0
  while (p < end) {
    const field = p
    if (column == words) return field
    p = readNumber(skipSpaces(p))
    if (p == 0) return field
    p = skipSpaces(p)
    let c = <u32>load<u8>(p)
    if (c == RETURN) c = <u32>load<u8>(++p) == NEWLINE ? NEWLINE : RETURN
    const isLast = column + 1 == fields
    if (isLast ? c != NEWLINE : c != delimiter) return field
    store<f64>(x + ((<usize>cells) << 3), value)
    cells++
    p++
    column = isLast ? 0 : column + 1
    rowsEnded += <i32>isLast
  }
  return p
}
