/**
 * push.ts in AssemblyScript: the same additions in the same order, so that the two agree bit for bit.
 *
 * The caller has checked the lease (kernel.ts) as far as it can without the shards: sizes, and that
 * every topic is below K. What depends on the shards is checked here, and a lease that fails traps:
 * tokens of the cell against z, and that a token's topic is in its document's list.
 *
 * `topic` and the pairs afterwards get their lengths written back.
 */

import { address, lengthOf, u32At } from '../../table.as'
import {
  addToDocument,
  comes,
  countOf,
  entryAt,
  find,
  firstOf,
  headOf,
  layOutDocuments,
  openDocuments,
  packDocuments,
  removeFromDocument,
  setCount,
  sumOver,
  topicOf,
  usedOf,
} from './documents.as'
import { AHEAD, layOutOrder, order, sortTokens, starts } from './order.as'
import { closePairs, layOutPairs, openPairs } from './pairs.as'
import {
  AFTER_WORD_COUNTS,
  AFTER_WORD_PAIRS,
  AFTER_WORD_TOPICS,
  AFTER_Z,
  ALPHA,
  CHANGED,
  SEED,
  TOPIC,
  WORD_PAIRS,
  WORK,
  Z,
} from './rows.as'
import {
  drawFromPrior,
  enterWord,
  joinTopic,
  layOutTopics,
  leaveTopic,
  leaveWord,
  openTopics,
  passWord,
  phiLess,
  phiOf,
  prior,
  priorStep,
  setPhi,
} from './topics.as'

export { heapBase } from '../../table.as'

// The generator: xoshiro128++.
let a: u32 = 0
let b: u32 = 0
let c: u32 = 0
let d: u32 = 0

function bytesOf(table: usize): usize {
  return lengthOf(table, ALPHA) <= 256 ? 1 : 2
}

function layOut(table: usize): usize {
  const tokens = lengthOf(table, Z) / bytesOf(table)
  const ordered = layOutOrder(table, address(table, WORK), tokens)
  const documents = layOutDocuments(table, ordered, tokens)
  const topics = layOutTopics(table, documents, tokens)
  return layOutPairs(lengthOf(table, ALPHA), topics)
}

export function workBytes(table: usize): usize {
  return layOut(table) - address(table, WORK)
}

export function push(table: usize): void {
  layOut(table)
  const bytes = bytesOf(table)
  sortTokens(table, lengthOf(table, Z) / bytes)
  openDocuments(table, bytes)
  openTopics(table)
  const seed = address(table, SEED)
  a = u32At(seed, 0)
  b = u32At(seed, 1)
  c = u32At(seed, 2)
  d = u32At(seed, 3)
  sampleWords(table, bytes)
  packDocuments(table, bytes)
  if (bytes == 1) changes<u8>(table)
  else changes<u16>(table)
}

function sampleWords(table: usize, bytes: usize): void {
  const n = lengthOf(table, WORD_PAIRS)
  const z = address(table, Z)
  const to = address(table, AFTER_Z)
  openPairs(table, AFTER_WORD_PAIRS, AFTER_WORD_TOPICS, AFTER_WORD_COUNTS, bytes)
  let pair: usize = 0
  for (let word: usize = 0; word < n; word++) {
    const pairs = <usize>u32At(address(table, WORD_PAIRS), word)
    const first = <usize>u32At(starts, word)
    const end = <usize>u32At(starts, word + 1)
    if (first < end) {
      enterWord(table, pair, pairs, bytes)
      if (bytes == 1) sampleWord<u8>(first, end, z, to)
      else sampleWord<u16>(first, end, z, to)
      leaveWord(word)
    } else passWord(table, word, pair, pairs)
    pair += pairs
  }
  closePairs(table)
}

/** What became of z, as the delta carries it. */
function changes<T>(table: usize): void {
  const tokens = lengthOf(table, Z) / sizeof<T>()
  const before = address(table, Z)
  const after = address(table, AFTER_Z)
  const changed = address(table, CHANGED)
  const topic = address(table, TOPIC)
  memory.fill(changed, 0, (tokens + 7) >> 3)
  let count: usize = 0
  for (let t: usize = 0; t < tokens; t++) {
    const id = load<T>(after + t * sizeof<T>())
    if (load<T>(before + t * sizeof<T>()) == id) continue
    store<u8>(changed + (t >> 3), load<u8>(changed + (t >> 3)) | (1 << (<u8>t & 7)))
    store<T>(topic + count * sizeof<T>(), id)
    count++
  }
  store<u32>(table + (TOPIC << 3), <u32>(count * sizeof<T>()), 4)
}

function sampleWord<T>(first: usize, end: usize, z: usize, to: usize): void {
  for (let t = first; t < end; t++) {
    comes(<usize>load<u32>(order + ((t + AHEAD) << 2)))
    const doc = <usize>load<u32>(order + (t << 2))
    const old = <usize>load<T>(z + t * sizeof<T>())
    store<T>(to + t * sizeof<T>(), <T>sample(doc, old))
  }
}

/** Draw a new topic for a token of document `doc` that has topic `old`. */
function sample(doc: usize, old: usize): usize {
  const head = headOf(doc)
  const first = firstOf(head)
  const used = usedOf(head)
  // The word and the totals without the token, as far as the draw needs them.
  const oldPhi = phiOf(old)
  const less = phiLess(old)
  const step = priorStep(old, oldPhi, less)
  setPhi(old, less)

  const sum = sumOver(first, used, old)
  const draw = random() * (sum + (prior + step))
  let e: usize = 0
  let id: usize
  if (draw < sum) {
    e = entryAt(draw, first, used, old)
    id = topicOf(e)
  } else id = drawFromPrior(draw - sum, old, step)
  if (id == old) {
    setPhi(old, oldPhi)
    return id
  }
  const own = find(old, first, used)
  const count = countOf(own) - 1
  setCount(own, count)
  let now = used
  if (e != 0) setCount(e, countOf(e) + 1)
  else now = addToDocument(head, id, first, used)
  if (count == 0) removeFromDocument(head, own, first, now)
  leaveTopic(old, less, step)
  joinTopic(id)
  return id
}

function random(): f64 {
  const sum = a + d
  const result = rotl<u32>(sum, 7) + a
  const shifted = b << 9
  c ^= a
  d ^= b
  b ^= c
  a ^= d
  c ^= shifted
  d = rotl<u32>(d, 11)
  return (<f64>result + 0.5) * 2.3283064365386963e-10
}
