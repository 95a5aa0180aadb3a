/**
 * documents.ts in AssemblyScript. D: a list of topics with counts for every document.
 *
 * A list is made of lines of the cache, eight entries each: their topics, their counts, and the running
 * sums of its two runs. So a document of 14 topics, which is what newsgroups have at K = 100, is two lines
 * and one of 35 (K = 1000) five, all of them in a row; a search compares sixteen topics at once. An entry
 * is known by the address of its topic.
 */

import { address, lengthOf, pad16, u32At } from '../../table.as'
import { docTokens } from './order.as'
import { closePairs, endRow, mark, openPairs, putMarked } from './pairs.as'
import {
  AFTER_DOC_COUNTS,
  AFTER_DOC_PAIRS,
  AFTER_DOC_TOPICS,
  ALPHA,
  DOC_COUNTS,
  DOC_PAIRS,
  DOC_TOPICS,
  SLOT,
  topicAt,
} from './rows.as'
import { PHI, phiOf } from './topics.as'

/** A line: u16 (8) topics, u32 (8) counts, f64 (2) sums up to the end of its first and second run. */
const LINE: usize = 64
const COUNTS: usize = 16
const SUMS: usize = 48
/**
 * Lines of a document that are fetched before its turn, two tokens ahead. 67 → 63 ns a token on newsgroups
 * at K = 100, 120 → 109 at 1000, and 442 → 331 on a part of 27 000 documents at K = 1000; four lines, or
 * four and eight tokens ahead, are within 2 % of that.
 */
const LINES_AHEAD: usize = 2
/** Entries whose weights are summed up at once. */
const RUN: usize = 4

let heads: usize = 0 //     u32 (m, 2)  first line of the document, entries used
let lines: usize = 0
let linesBytes: usize = 0
let spread: usize = 0 //    u32 (K)     the counts of one list, by topic

/** Returns the end of its part of the scratch. */
export function layOutDocuments(table: usize, work: usize, tokens: usize): usize {
  const m = lengthOf(table, SLOT)
  heads = work
  lines = (heads + (m << 3) + LINE - 1) & ~(LINE - 1)
  // A search reads two lines, where a document may have one.
  linesBytes = LINE * (((lengthOf(table, DOC_COUNTS) + tokens) >> 3) + m + LINES_AHEAD)
  spread = lines + linesBytes
  return spread + pad16(lengthOf(table, ALPHA) << 2)
}

/** Pairs of the same topic, one after the other, become one entry. */
export function openDocuments(table: usize, bytes: usize): void {
  const m = lengthOf(table, SLOT)
  memory.fill(lines, 0, linesBytes)
  const ids = address(table, DOC_TOPICS)
  const given = address(table, DOC_COUNTS)
  let pair: usize = 0
  let first = lines
  for (let i: usize = 0; i < m; i++) {
    const end = pair + <usize>u32At(address(table, DOC_PAIRS), i)
    let used: usize = 0
    let last = first
    for (; pair < end; pair++) {
      const id = topicAt(ids, pair, bytes)
      const count = <u32>load<u8>(given + pair)
      if (used > 0 && <u32>topicOf(last) == id) setCount(last, countOf(last) + count)
      else {
        last = entry(first, used++)
        store<u16>(last, <u16>id)
        setCount(last, count)
      }
    }
    const head = headOf(i)
    store<u32>(head, <u32>first)
    store<u32>(head, <u32>used, 4)
    first += LINE * ((used + <usize>u32At(docTokens, i) + 7) >> 3)
  }
}

export function headOf(doc: usize): usize {
  return heads + (doc << 3)
}

/** The document's first line. */
export function firstOf(head: usize): usize {
  return <usize>load<u32>(head)
}

/**
 * The document's turn comes soon. A store, unlike a load, keeps nobody waiting while a line comes into
 * the cache, and sums are scratch; the lines of another document that comes after a short one do not mind.
 */
export function comes(doc: usize): void {
  const first = firstOf(headOf(doc))
  for (let l: usize = 0; l < LINES_AHEAD; l++) store<f64>(first + l * LINE, 0, SUMS)
}

/** Entries of its list. */
export function usedOf(head: usize): usize {
  return <usize>load<u32>(head, 4)
}

function entry(first: usize, i: usize): usize {
  return first + ((i >> 3) << 6) + ((i & 7) << 1)
}

export function topicOf(e: usize): usize {
  return <usize>load<u16>(e)
}

/** Its count is as many counts behind the first of the line as it is topics behind the first there. */
function countAt(e: usize): usize {
  return e + (e & (LINE - 1))
}

export function countOf(e: usize): u32 {
  return load<u32>(countAt(e), COUNTS)
}

export function setCount(e: usize, count: u32): void {
  store<u32>(countAt(e), count, COUNTS)
}

/** The entry of a topic; 0 where the list lacks it. */
export function find(id: usize, first: usize, used: usize): usize {
  const wanted = i16x8.splat(<i16>id)
  let line = first
  for (let i: usize = 0; i < used; i += 16) {
    const low = i16x8.eq(v128.load(line), wanted)
    const high = i16x8.eq(v128.load(line, LINE), wanted)
    const found = i8x16.bitmask(i8x16.narrow_i16x8_s(low, high))
    if (found != 0) {
      const at = <usize>ctz(found)
      return i + at < used ? entry(line, at) : 0
    }
    line += 2 * LINE
  }
  return 0
}

/** One more token of a topic that the list may lack; returns the entries used. */
export function addToDocument(head: usize, id: usize, first: usize, used: usize): usize {
  const e = find(id, first, used)
  if (e != 0) {
    setCount(e, countOf(e) + 1)
    return used
  }
  const next = entry(first, used)
  store<u16>(next, <u16>id)
  setCount(next, 1)
  store<u32>(head, <u32>(used + 1), 4)
  return used + 1
}

/** The last entry takes the place of one whose count is 0. */
export function removeFromDocument(head: usize, e: usize, first: usize, used: usize): void {
  const last = entry(first, used - 1)
  store<u16>(e, load<u16>(last))
  setCount(e, countOf(last))
  setCount(last, 0)
  store<u32>(head, <u32>(used - 1), 4)
}

/**
 * Σ D_dk φ_k over a list without one token of topic `old`, line by line: a run's four products are two
 * vectors, and only the sum of runs waits for what came before. The count of `old` is not stored before it
 * is certain that it changes: a vector that is loaded right behind a part of it has to wait for that.
 * Traps where the list lacks `old`.
 */
export function sumOver(first: usize, used: usize, old: usize): f64 {
  const end = first + ((used + 7) >> 3) * LINE
  const wanted = i16x8.splat(<i16>old)
  const none = i32x4.splat(0)
  let seen = none
  let sum = 0.0
  let line = first
  do {
    const own = i16x8.eq(v128.load(line), wanted)
    seen = v128.or(seen, own)
    // What is left of lists that were longer has no count to lose.
    const low = i32x4.add(v128.load(line, COUNTS), i32x4.extend_low_i16x8_s(own))
    const half = sum + sumOfRun(line, i32x4.max_s(low, none))
    const high = i32x4.add(v128.load(line, COUNTS + 4 * RUN), i32x4.extend_high_i16x8_s(own))
    sum = half + sumOfRun(line + 2 * RUN, i32x4.max_s(high, none))
    v128.store(line, f64x2.replace_lane(f64x2.splat(half), 1, sum), SUMS)
    line += LINE
  } while (line < end)
  if (!v128.any_true(seen)) unreachable()
  return sum
}

function sumOfRun(e: usize, counts: v128): f64 {
  const low = f64x2.mul(f64x2.convert_low_i32x4_s(counts), phiOfTwo(load<u16>(e), load<u16>(e, 2)))
  const high = f64x2.mul(
    f64x2.convert_low_i32x4_s(i64x2.shuffle(counts, counts, 1, 0)),
    phiOfTwo(load<u16>(e, 4), load<u16>(e, 6)),
  )
  const two = f64x2.add(low, high)
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1)
}

function phiOfTwo(a: u16, b: u16): v128 {
  return v128.load64_lane((<usize>b) << 3, v128.load64_zero((<usize>a) << 3, PHI), 1, PHI)
}

function weight(e: usize, old: usize): f64 {
  const id = topicOf(e)
  const count = max(<i32>countOf(e) - <i32>(id == old), 0)
  return <f64>count * phiOf(id)
}

/** The entry in which that sum passes `draw`, which is below it. */
export function entryAt(draw: f64, first: usize, used: usize, old: usize): usize {
  // Runs whose sum is not above the draw: counted, because nobody could predict where to stop.
  const wanted = f64x2.splat(draw)
  const end = first + ((used + 7) >> 3) * LINE
  let passed = i64x2.splat(0)
  let line = first
  do {
    passed = i64x2.sub(passed, f64x2.le(v128.load(line, SUMS), wanted))
    line += LINE
  } while (line < end)
  const run = <usize>(i64x2.extract_lane(passed, 0) + i64x2.extract_lane(passed, 1))
  const rest = run == 0 ? draw : draw - sumBefore(first, run)
  const e = entry(first, run * RUN)
  const one = weight(e, old)
  const two = one + weight(e + 2, old)
  const three = two + weight(e + 4, old)
  const i = run * RUN + <usize>(rest >= one) + <usize>(rest >= two) + <usize>(rest >= three)
  // Rounding may point beyond the list.
  return entry(first, min(used - 1, i))
}

function sumBefore(first: usize, run: usize): f64 {
  const r = run - 1
  return load<f64>(first + ((r >> 1) << 6) + ((r & 1) << 3), SUMS)
}

/** The lists as a lease has them. */
export function packDocuments(table: usize, bytes: usize): void {
  const m = lengthOf(table, SLOT)
  openPairs(table, AFTER_DOC_PAIRS, AFTER_DOC_TOPICS, AFTER_DOC_COUNTS, bytes)
  for (let i: usize = 0; i < m; i++) {
    const head = headOf(i)
    const first = firstOf(head)
    const used = usedOf(head)
    for (let n: usize = 0; n < used; n++) {
      const e = entry(first, n)
      const id = topicOf(e)
      mark(id)
      store<u32>(spread + (id << 2), countOf(e))
    }
    putMarked(spread, 2)
    endRow(i)
  }
  closePairs(table)
}
