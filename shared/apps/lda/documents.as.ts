/**
 * documents.ts in AssemblyScript. D: a list of topics with counts for every document.
 *
 * Topics and counts lie in two arrays: a search compares eight topics at once, and a list of 50, which
 * is what a document has at K = 1000, is seven loads of topics and as many lines of the cache in all.
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

/** Entries whose weights are summed up at once: `sums` has one number for each run of so many. */
const RUN: usize = 4

let bases: usize = 0 //     u32 (m)     first entry of the document
let lengths: usize = 0 //   u32 (m)     entries used
let topics: usize = 0 //    u16 (room)
let counts: usize = 0 //    u32 (room)
let sums: usize = 0 //      f64 (room)  running sums over the list at hand
let spread: usize = 0 //    u32 (K)     the counts of one list, by topic

/** Returns the end of its part of the scratch. */
export function layOutDocuments(table: usize, work: usize, tokens: usize): usize {
  const m = lengthOf(table, SLOT)
  // A search reads up to seven topics beyond the end of a list.
  const room = lengthOf(table, DOC_COUNTS) + tokens + (RUN - 1) * m + 8
  bases = work
  lengths = bases + pad16(m << 2)
  topics = lengths + pad16(m << 2)
  counts = topics + pad16(room << 1)
  sums = counts + pad16(room << 2)
  spread = sums + pad16(room << 3)
  return spread + pad16(lengthOf(table, ALPHA) << 2)
}

/** Pairs of the same topic, one after the other, become one entry. */
export function openDocuments(table: usize, bytes: usize): void {
  const m = lengthOf(table, SLOT)
  memory.fill(topics, 0, sums - topics)
  const ids = address(table, DOC_TOPICS)
  const given = address(table, DOC_COUNTS)
  let pair: usize = 0
  let base: usize = 0
  for (let i: usize = 0; i < m; i++) {
    const end = pair + <usize>u32At(address(table, DOC_PAIRS), i)
    store<u32>(bases + (i << 2), <u32>base)
    let to = base
    for (; pair < end; pair++) {
      const id = topicAt(ids, pair, bytes)
      const count = <u32>load<u8>(given + pair)
      if (to > base && <u32>topicOf(to - 1) == id) setCount(to - 1, countOf(to - 1) + count)
      else {
        store<u16>(topics + (to << 1), <u16>id)
        setCount(to++, count)
      }
    }
    store<u32>(lengths + (i << 2), <u32>(to - base))
    base = to + <usize>u32At(docTokens, i) + (RUN - 1)
  }
}

export function baseOf(doc: usize): usize {
  return <usize>u32At(bases, doc)
}

/** End of the document's list. */
export function endOf(doc: usize, base: usize): usize {
  return base + <usize>u32At(lengths, doc)
}

export function topicOf(e: usize): usize {
  return <usize>load<u16>(topics + (e << 1))
}

export function countOf(e: usize): u32 {
  return load<u32>(counts + (e << 2))
}

export function setCount(e: usize, count: u32): void {
  store<u32>(counts + (e << 2), count)
}

/** Where the topic stands in the list, or `end`. */
export function find(id: usize, base: usize, end: usize): usize {
  const wanted = i16x8.splat(<i16>id)
  for (let e = base; e < end; e += 8) {
    const found = i16x8.bitmask(i16x8.eq(v128.load(topics + (e << 1)), wanted))
    if (found != 0) return min(end, e + <usize>ctz(found))
  }
  return end
}

/** One more token of a topic that the list may lack; returns the list's end. */
export function addToDocument(doc: usize, id: usize, base: usize, end: usize): usize {
  const e = find(id, base, end)
  if (e < end) {
    setCount(e, countOf(e) + 1)
    return end
  }
  store<u16>(topics + (end << 1), <u16>id)
  setCount(end, 1)
  store<u32>(lengths + (doc << 2), <u32>(end + 1 - base))
  return end + 1
}

/** The last entry takes the place of one whose count is 0. */
export function removeFromDocument(doc: usize, e: usize, base: usize, end: usize): void {
  const last = end - 1
  store<u16>(topics + (e << 1), load<u16>(topics + (last << 1)))
  setCount(e, countOf(last))
  setCount(last, 0)
  store<u32>(lengths + (doc << 2), <u32>(last - base))
}

/**
 * Σ D_dk φ_k over a list, run by run: a run's four products are two vectors, and only the sum of
 * runs waits for what came before.
 */
export function sumOver(base: usize, end: usize, phi: usize): f64 {
  let topic = topics + (base << 1)
  let count = counts + (base << 2)
  let out = sums
  const last = counts + (end << 2)
  let sum = 0.0
  do {
    const four = v128.load(count)
    const low = f64x2.mul(
      f64x2.convert_low_i32x4_s(four),
      phiOfTwo(phi, load<u16>(topic), load<u16>(topic, 2)),
    )
    const high = f64x2.mul(
      f64x2.convert_low_i32x4_s(i64x2.shuffle(four, four, 1, 0)),
      phiOfTwo(phi, load<u16>(topic, 4), load<u16>(topic, 6)),
    )
    const two = f64x2.add(low, high)
    sum += f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1)
    store<f64>(out, sum)
    out += 8
    topic += 2 * RUN
    count += 4 * RUN
  } while (count < last)
  return sum
}

function phiOfTwo(phi: usize, a: u16, b: u16): v128 {
  return v128.load64_lane(phi + ((<usize>b) << 3), v128.load64_zero(phi + ((<usize>a) << 3)), 1)
}

function weight(topic: usize, count: usize, phi: usize): f64 {
  return <f64>load<i32>(count) * load<f64>(phi + ((<usize>load<u16>(topic)) << 3))
}

/** The entry in which the sum passes `draw`, which is below the sum over all. */
export function entryAt(draw: f64, base: usize, end: usize, phi: usize): usize {
  const first = sums
  let run = first
  while (load<f64>(run) <= draw) run += 8
  const rest = run == first ? draw : draw - load<f64>(run - 8)
  const e = base + ((run - first) >> 3) * RUN
  const topic = topics + (e << 1)
  const count = counts + (e << 2)
  const one = weight(topic, count, phi)
  const two = one + weight(topic + 2, count + 4, phi)
  const three = two + weight(topic + 4, count + 8, phi)
  // No branch, which nobody could predict. Rounding may point beyond the list.
  return min(end - 1, e + <usize>(rest >= one) + <usize>(rest >= two) + <usize>(rest >= three))
}

/** The lists as a lease has them. */
export function packDocuments(table: usize, bytes: usize): void {
  const m = lengthOf(table, SLOT)
  openPairs(table, AFTER_DOC_PAIRS, AFTER_DOC_TOPICS, AFTER_DOC_COUNTS, bytes)
  for (let i: usize = 0; i < m; i++) {
    const base = baseOf(i)
    const end = endOf(i, base)
    for (let e = base; e < end; e++) {
      const id = topicOf(e)
      mark(id)
      store<u32>(spread + (id << 2), countOf(e))
    }
    putMarked(spread)
    endRow(i)
  }
  closePairs(table)
}
