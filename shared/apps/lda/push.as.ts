/**
 * push.ts in AssemblyScript: the same additions in the same order, so that the two agree bit for bit.
 *
 * The caller has checked the lease (kernel.ts) as far as it can without the shards: sizes, and that
 * every topic is below K. What depends on the shards is checked here, and a lease that fails traps:
 * tokens of the cell against z, and that a token's topic is in its document's list.
 *
 * `topic` gets its length written back.
 */

import { address, lengthOf, u32At } from '../../table.as'
import {
  addToDocument,
  baseOf,
  countOf,
  endOf,
  entryAt,
  find,
  layOutDocuments,
  openDocuments,
  removeFromDocument,
  setCount,
  sumOver,
  topicOf,
} from './documents.as'
import { layOutOrder, order, sortTokens, starts } from './order.as'
import { ALPHA, CHANGED, SEED, TOPIC, WORD_PAIRS, WORK, Z } from './rows.as'
import {
  drawFromPrior,
  enterWord,
  inverseWith,
  layOutTopics,
  leaveWord,
  openTopics,
  phi,
  phiWith,
  prior,
  priorStep,
  settle,
} from './topics.as'

export { heapBase } from '../../table.as'

/** u16 (T): the new topics. */
let after: usize = 0

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
  after = layOutTopics(table, documents, tokens)
  return after + (tokens << 1)
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
  const n = lengthOf(table, WORD_PAIRS)
  const z = address(table, Z)
  let pair: usize = 0
  for (let word: usize = 0; word < n; word++) {
    const pairs = <usize>u32At(address(table, WORD_PAIRS), word)
    const from = <usize>u32At(starts, word)
    const to = <usize>u32At(starts, word + 1)
    if (from < to) {
      enterWord(table, pair, pairs, bytes)
      if (bytes == 1) sampleWord<u8>(from, to, z)
      else sampleWord<u16>(from, to, z)
      leaveWord()
    }
    pair += pairs
  }
  if (bytes == 1) changes<u8>(table, z)
  else changes<u16>(table, z)
}

/** What became of z, as the delta carries it. */
function changes<T>(table: usize, z: usize): void {
  const tokens = lengthOf(table, Z) / sizeof<T>()
  const changed = address(table, CHANGED)
  const topic = address(table, TOPIC)
  memory.fill(changed, 0, (tokens + 7) >> 3)
  let count: usize = 0
  for (let t: usize = 0; t < tokens; t++) {
    const id = <u32>load<u16>(after + (t << 1))
    if (<u32>load<T>(z + t * sizeof<T>()) == id) continue
    store<u8>(changed + (t >> 3), load<u8>(changed + (t >> 3)) | (1 << (<u8>t & 7)))
    store<T>(topic + count * sizeof<T>(), <T>id)
    count++
  }
  store<u32>(table + (TOPIC << 3), <u32>(count * sizeof<T>()), 4)
}

function sampleWord<T>(from: usize, to: usize, z: usize): void {
  for (let i = from; i < to; i++) {
    const at = order + (i << 3)
    const doc = <usize>load<u32>(at)
    const t = <usize>load<u32>(at, 4)
    const old = <usize>load<T>(z + t * sizeof<T>())
    store<u16>(after + (t << 1), <u16>sample(doc, old))
  }
}

/** Draw a new topic for a token of document `doc` that has topic `old`. */
function sample(doc: usize, old: usize): usize {
  const base = baseOf(doc)
  const end = endOf(doc, base)
  const own = find(old, base, end)
  if (own == end) unreachable()
  const count = countOf(own) - 1
  setCount(own, count)
  // The word and the totals without the token, as far as the draw needs them.
  const oldPhi = load<f64>(phi + (old << 3))
  const inverse = inverseWith(old, -1)
  const less = phiWith(old, -1, inverse)
  const step = priorStep(old, oldPhi, less)
  store<f64>(phi + (old << 3), less)

  const sum = sumOver(base, end, phi)
  const draw = random() * (sum + (prior + step))
  let e = end
  let id: usize
  if (draw < sum) {
    e = entryAt(draw, base, end, phi)
    id = topicOf(e)
  } else id = drawFromPrior(draw - sum, old, step)
  if (id == old) {
    setCount(own, count + 1)
    store<f64>(phi + (old << 3), oldPhi)
    return id
  }
  let last = end
  if (e < end) setCount(e, countOf(e) + 1)
  else last = addToDocument(doc, id, base, end)
  if (count == 0) removeFromDocument(doc, own, base, last)
  settle(old, -1, inverse, less, step)
  const more = inverseWith(id, 1)
  const next = phiWith(id, 1, more)
  settle(id, 1, more, next, priorStep(id, load<f64>(phi + (id << 3)), next))
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
