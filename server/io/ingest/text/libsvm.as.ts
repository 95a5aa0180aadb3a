/**
 * The regular part of LIBSVM (libsvm.ts in WebAssembly): labels and pairs of plain numbers with
 * ascending indices, comments, blanks. Whatever else there is – a mistake, a missing value, a
 * number of many digits – is left to the caller, one token at a time.
 */
import { readNumber, value } from './number.as'

const NEWLINE: u32 = 10
const SPACE: u32 = 32
const HASH: u32 = 35
const COLON: u32 = 58
/** 2^26 and one more: eight digits. */
const INDEX_DIGITS_MAX: usize = 8
const INDEX_MAX: i32 = 1 << 26

// Where the parser is in the file; the caller has written what follows from the tokens it took.
export let line: f64 = 1
export let rows: f64 = 0
export let indexMin: i32 = i32.MAX_VALUE
export let indexMax: i32 = -1
/** Of this line; −1 at its beginning. */
export let lastIndex: i32 = -1
export let hasLabel: i32 = 0
export let inComment: i32 = 0

/** How many of each the last call has stored. */
export let labels: i32 = 0
export let entries: i32 = 0

function isBreak(c: u32): bool {
  return c == SPACE || c == NEWLINE || c == 9 || c == 13
}

/**
 * Read whole tokens from p to end, where a line break stands; returns where it stopped, which is
 * `end` or a token for the caller. Labels go to `y`; entries that are not 0 to `row`, `column`, `x`.
 */
export function readLibsvm(
  p: usize,
  end: usize,
  y: usize,
  row: usize,
  column: usize,
  x: usize,
): usize {
  labels = 0
  entries = 0
  while (p < end) {
    const c = <u32>load<u8>(p)
    if (c == NEWLINE) endLine()
    else if (!inComment && !isBreak(c)) {
      if (c == HASH) inComment = 1
      else if (!hasLabel) {
        const to = readNumber(p)
        if (to == 0 || !isBreak(load<u8>(to))) return p
        store<f64>(y + ((<usize>labels) << 3), value)
        labels++
        hasLabel = 1
        p = to
        continue
      } else {
        const to = readPair(p)
        if (to == 0) return p
        if (value != 0) {
          const at = <usize>entries
          entries++
          store<u32>(row + (at << 2), <u32>rows)
          store<u32>(column + (at << 2), <u32>lastIndex)
          store<f64>(x + (at << 3), value)
        }
        p = to
        continue
      }
    }
    p++
  }
  return p
}

function endLine(): void {
  line += 1
  inComment = 0
  if (!hasLabel) return
  hasLabel = 0
  lastIndex = -1
  rows += 1
}

/** index:value at p; returns its end, 0 when it is for the caller. */
function readPair(p: usize): usize {
  const first = p
  let index: i32 = 0
  for (let digit = <u32>load<u8>(p) - 48; digit < 10; digit = <u32>load<u8>(++p) - 48) {
    if (p - first == INDEX_DIGITS_MAX) return 0
    index = index * 10 + <i32>digit
  }
  if (p == first || load<u8>(p) != COLON || index <= lastIndex || index > INDEX_MAX) return 0
  const to = readNumber(p + 1)
  if (to == 0 || !isBreak(load<u8>(to))) return 0
  lastIndex = index
  indexMin = min(indexMin, index)
  indexMax = max(indexMax, index)
  return to
}
