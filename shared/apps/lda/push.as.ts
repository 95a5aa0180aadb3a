/**
 * push.ts in AssemblyScript: the same additions in the same order, so that the two agree bit for bit.
 *
 * The caller has checked the lease (kernel.ts) as far as it can without the shards: sizes, and that
 * every topic is below K. What depends on the shards is checked here, and a lease that fails traps:
 * tokens of the cell against z, and that a token's topic is in its document's list.
 *
 * `table` is how every kernel is called: u32 pairs (address, length) of the buffers of the lease, then
 * of the delta, in the order of buffers.ts; then (address, length) of the list of shard addresses;
 * then (address, 0) of `workBytes` bytes of scratch. `topic` gets its length written back.
 *
 * Memory, not arithmetic, sets the layout: what one token touches of a document is one run of 8-byte
 * (topic, count) pairs, and what it touches of a topic is one 32-byte record.
 */

// Rows of the table: buffers.ts in order.
const SCALARS: usize = 0
const SEED: usize = 1
const ALPHA: usize = 2
const TOTALS: usize = 3
const SLOT: usize = 4
const COLUMN: usize = 5
const DOC_PAIRS: usize = 6
const DOC_TOPICS: usize = 7
const DOC_COUNTS: usize = 8
const WORD_PAIRS: usize = 9
const WORD_TOPICS: usize = 10
const WORD_COUNTS: usize = 11
const Z: usize = 12
const CHANGED: usize = 13
const TOPIC: usize = 14
const SHARDS: usize = 15
const WORK: usize = 16

/** First address that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base
}

function address(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3))
}

function lengthOf(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3), 4)
}

function u32At(base: usize, i: usize): u32 {
  return load<u32>(base + (i << 2))
}

function f64At(base: usize, i: usize): f64 {
  return load<f64>(base + (i << 3))
}

function topicAt(base: usize, i: usize, bytes: usize): u32 {
  return bytes == 1 ? <u32>load<u8>(base + i) : <u32>load<u16>(base + (i << 1))
}

function pad8(bytes: usize): usize {
  return (bytes + 7) & ~7
}

/** One record a topic: φ_k f64, 1/(s_k + Vβ) f64, s_k i32, B_wk i32, place in the list u32. */
const RECORD: usize = 5
const PHI: usize = 0
const INVERSE: usize = 8
const TOTAL: usize = 16
const COUNT: usize = 20
const PLACE: usize = 24

// Sections of the scratch.
let starts: usize = 0 //    u32 (n + 1)  tokens of word i
let next: usize = 0 //      u32 (n)
let first: usize = 0 //     u32 (m)      address of the first entry's row in the cell
let entries: usize = 0 //   u32 (m)      entries of the document in the cell
let order: usize = 0 //     u32 pairs (T)  document, token: in sampling order
let bases: usize = 0 //     u32 (m)      address of the document's list
let lengths: usize = 0 //   u32 (m)
let pool: usize = 0 //      u32 pairs (room)  topic, count
let sums: usize = 0 //      f64 (room)
let records: usize = 0 //   (K)
let list: usize = 0 //      u32 (K)
let after: usize = 0 //     u16 (T)
let end: usize = 0

// What goes with the topics.
let alpha: usize = 0
let k: usize = 0
let beta: f64 = 0
let betaSum: f64 = 0
let listed: usize = 0 //    topics in the list
let smooth: f64 = 0
let prior: f64 = 0

// The generator: xoshiro128++.
let a: u32 = 0
let b: u32 = 0
let c: u32 = 0
let d: u32 = 0

function layOut(table: usize): void {
  const n = lengthOf(table, WORD_PAIRS)
  const m = lengthOf(table, SLOT)
  k = lengthOf(table, ALPHA)
  const bytes: usize = k <= 256 ? 1 : 2
  const tokens = lengthOf(table, Z) / bytes
  const room = lengthOf(table, DOC_COUNTS) + tokens
  starts = address(table, WORK)
  next = starts + pad8((n + 1) << 2)
  first = next + pad8(n << 2)
  entries = first + pad8(m << 2)
  order = entries + pad8(m << 2)
  bases = order + (tokens << 3)
  lengths = bases + pad8(m << 2)
  pool = lengths + pad8(m << 2)
  sums = pool + (room << 3)
  records = (sums + (room << 3) + 31) & ~31
  list = records + (k << RECORD)
  after = list + pad8(k << 2)
  end = after + pad8(tokens << 1)
}

export function workBytes(table: usize): usize {
  layOut(table)
  return end - address(table, WORK)
}

export function push(table: usize): void {
  layOut(table)
  const bytes: usize = k <= 256 ? 1 : 2
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

/** A counting sort of the cell's tokens by word. */
function sortTokens(table: usize, tokens: usize): void {
  const n = lengthOf(table, WORD_PAIRS)
  const m = lengthOf(table, SLOT)
  const firstWord = <u32>f64At(address(table, SCALARS), 3)
  memory.fill(starts, 0, (n + 1) << 2)
  let total: usize = 0
  for (let i: usize = 0; i < m; i++)
    total = countTokens(table, i, firstWord, firstWord + <u32>n, total, tokens)
  if (total != tokens) unreachable()
  for (let word: usize = 0; word < n; word++) {
    store<u32>(next + (word << 2), u32At(starts, word))
    store<u32>(starts + ((word + 1) << 2), u32At(starts, word + 1) + u32At(starts, word))
  }
  let t: u32 = 0
  for (let i: usize = 0; i < m; i++) t = placeTokens(table, i, firstWord, t)
}

function shardOf(table: usize, i: usize): usize {
  return <usize>u32At(address(table, SHARDS), u32At(address(table, SLOT), i))
}

function pad16(bytes: usize): usize {
  return (bytes + 15) & ~15
}

function rowsOf(shard: usize): usize {
  return shard + 32 + pad16((<usize>load<u32>(shard, 12) + 1) << 2)
}

function rowAt(rows: usize, e: usize, size: usize): u32 {
  return size == 2 ? <u32>load<u16>(rows + (e << 1)) : load<u32>(rows + (e << 2))
}

/** The count that entry e of a shard holds. */
function valueAt(values: usize, e: usize, type: u32): i32 {
  switch (type) {
    case 1:
      return <i32>load<u8>(values + e)
    case 2:
      return <i32>load<i16>(values + (e << 1))
    case 3:
      return <i32>load<f32>(values + (e << 2))
    default:
      return <i32>load<f64>(values + (e << 3))
  }
}

function countTokens(
  table: usize,
  i: usize,
  firstWord: u32,
  endWord: u32,
  before: usize,
  most: usize,
): usize {
  const shard = shardOf(table, i)
  if (load<u8>(shard, 6) != 1) unreachable() // dense
  const size = <usize>load<u32>(shard, 20)
  const type = <u32>load<u8>(shard, 7)
  const rows = rowsOf(shard)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * size)
  const column = shard + 32 + ((<usize>u32At(address(table, COLUMN), i)) << 2)
  let low = <usize>load<u32>(column)
  const last = <usize>load<u32>(column, 4)
  let high = last
  while (low < high) {
    const middle = (low + high) >> 1
    if (rowAt(rows, middle, size) < firstWord) low = middle + 1
    else high = middle
  }
  store<u32>(first + (i << 2), <u32>low)
  let total = before
  let e = low
  for (; e < last; e++) {
    const row = rowAt(rows, e, size)
    if (row >= endWord) break
    const count = <usize>max(0, valueAt(values, e, type))
    total += count
    if (total > most) unreachable()
    const at = starts + ((<usize>(row - firstWord + 1)) << 2)
    store<u32>(at, load<u32>(at) + <u32>count)
  }
  store<u32>(entries + (i << 2), <u32>(e - low))
  // The tokens of the document stand here until its list is laid out.
  store<u32>(lengths + (i << 2), <u32>(total - before))
  return total
}

function placeTokens(table: usize, i: usize, firstWord: u32, from: u32): u32 {
  const shard = shardOf(table, i)
  const size = <usize>load<u32>(shard, 20)
  const type = <u32>load<u8>(shard, 7)
  const rows = rowsOf(shard)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * size)
  const low = <usize>u32At(first, i)
  const high = low + <usize>u32At(entries, i)
  let t = from
  for (let e = low; e < high; e++) {
    const count = valueAt(values, e, type)
    const cursor = next + ((<usize>(rowAt(rows, e, size) - firstWord)) << 2)
    let at = load<u32>(cursor)
    for (let copy = 0; copy < count; copy++) {
      const to = order + ((<usize>at) << 3)
      store<u32>(to, <u32>i)
      store<u32>(to, t, 4)
      at++
      t++
    }
    store<u32>(cursor, at)
  }
  return t
}

function openDocuments(table: usize, bytes: usize): void {
  const m = lengthOf(table, SLOT)
  const ids = address(table, DOC_TOPICS)
  const counts = address(table, DOC_COUNTS)
  let pair: usize = 0
  let at = pool
  for (let i: usize = 0; i < m; i++) {
    const pairs = <usize>u32At(address(table, DOC_PAIRS), i)
    const tokens = <usize>u32At(lengths, i)
    store<u32>(bases + (i << 2), <u32>at)
    let to = at
    for (let p = pair; p < pair + pairs; p++) {
      const id = topicAt(ids, p, bytes)
      const count = <u32>load<u8>(counts + p)
      if (to > at && load<u32>(to - 8) == id) store<u32>(to - 8, load<u32>(to - 8, 4) + count, 4)
      else {
        store<u32>(to, id)
        store<u32>(to, count, 4)
        to += 8
      }
    }
    store<u32>(lengths + (i << 2), <u32>((to - at) >> 3))
    pair += pairs
    at += (pairs + tokens) << 3
  }
}

function openTopics(table: usize): void {
  alpha = address(table, ALPHA)
  const totals = address(table, TOTALS)
  const scalars = address(table, SCALARS)
  beta = f64At(scalars, 1)
  betaSum = f64At(scalars, 2)
  listed = 0
  smooth = 0
  for (let id: usize = 0; id < k; id++) {
    const record = records + (id << RECORD)
    const total = <i32>u32At(totals, id)
    const inverse = 1.0 / (<f64>total + betaSum)
    store<f64>(record, inverse, INVERSE)
    store<f64>(record, beta * inverse, PHI)
    store<i32>(record, total, TOTAL)
    store<i32>(record, 0, COUNT)
    smooth += f64At(alpha, id) * (beta * inverse)
  }
  prior = smooth
}

function enterWord(table: usize, pair: usize, pairs: usize, bytes: usize): void {
  const ids = address(table, WORD_TOPICS)
  const counts = address(table, WORD_COUNTS)
  listed = 0
  for (let p = pair; p < pair + pairs; p++) {
    const id = topicAt(ids, p, bytes)
    const record = records + ((<usize>id) << RECORD)
    const count = load<i32>(record, COUNT)
    if (count == 0) {
      store<u32>(record, <u32>listed, PLACE)
      store<u32>(list + (listed << 2), id)
      listed++
    }
    store<i32>(record, count + <i32>load<u8>(counts + p), COUNT)
  }
  prior = smooth
  for (let i: usize = 0; i < listed; i++) {
    const id = <usize>u32At(list, i)
    const record = records + (id << RECORD)
    const phi = (<f64>load<i32>(record, COUNT) + beta) * load<f64>(record, INVERSE)
    prior += f64At(alpha, id) * (phi - load<f64>(record, PHI))
    store<f64>(record, phi, PHI)
  }
}

function leaveWord(): void {
  for (let i: usize = 0; i < listed; i++) {
    const record = records + ((<usize>u32At(list, i)) << RECORD)
    store<i32>(record, 0, COUNT)
    store<f64>(record, beta * load<f64>(record, INVERSE), PHI)
  }
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
  const oldSmooth = smooth
  const oldPrior = prior
  const record = records + (old << RECORD)
  const inverse = load<f64>(record, INVERSE)
  const phi = load<f64>(record, PHI)
  take(old, record)
  const base = <usize>u32At(bases, doc)
  const last = takeFromDocument(doc, base, <u32>old)

  let sum = 0.0
  let out = sums
  for (let e = base; e < last; e += 8) {
    const other = records + ((<usize>load<u32>(e)) << RECORD)
    sum += <f64>load<i32>(e, 4) * load<f64>(other, PHI)
    store<f64>(out, sum)
    out += 8
  }
  const draw = random() * (sum + prior)
  let id: usize
  if (draw < sum) {
    let s = sums
    while (load<f64>(s) <= draw) s += 8
    const e = base + (s - sums)
    id = <usize>load<u32>(e)
    store<i32>(e, load<i32>(e, 4) + 1, 4)
  } else {
    id = drawFromPrior(draw - sum)
    addToDocument(doc, base, last, <u32>id)
  }
  if (id == old) {
    join(id, record)
    store<f64>(record, inverse, INVERSE)
    store<f64>(record, phi, PHI)
    smooth = oldSmooth
    prior = oldPrior
  } else {
    const to = records + (id << RECORD)
    join(id, to)
    reckon(id, to)
  }
  return id
}

/** A token of the word at hand leaves a topic. */
function take(id: usize, record: usize): void {
  const count = load<i32>(record, COUNT) - 1
  store<i32>(record, count, COUNT)
  store<i32>(record, load<i32>(record, TOTAL) - 1, TOTAL)
  if (count == 0) {
    listed--
    const last = u32At(list, listed)
    const place = load<u32>(record, PLACE)
    store<u32>(list + ((<usize>place) << 2), last)
    store<u32>(records + ((<usize>last) << RECORD), place, PLACE)
  }
  reckon(id, record)
}

/** … joins a topic; what follows from the counts is for `reckon`. */
function join(id: usize, record: usize): void {
  const count = load<i32>(record, COUNT)
  if (count == 0) {
    store<u32>(record, <u32>listed, PLACE)
    store<u32>(list + (listed << 2), <u32>id)
    listed++
  }
  store<i32>(record, count + 1, COUNT)
  store<i32>(record, load<i32>(record, TOTAL) + 1, TOTAL)
}

/** φ, the inverse and the sums over all topics, after the counts of one have changed. */
function reckon(id: usize, record: usize): void {
  const inverse = 1.0 / (<f64>load<i32>(record, TOTAL) + betaSum)
  const phi = (<f64>load<i32>(record, COUNT) + beta) * inverse
  const weight = f64At(alpha, id)
  smooth += weight * beta * (inverse - load<f64>(record, INVERSE))
  prior += weight * (phi - load<f64>(record, PHI))
  store<f64>(record, inverse, INVERSE)
  store<f64>(record, phi, PHI)
}

/** Returns the end of the document's list. */
function takeFromDocument(doc: usize, base: usize, id: u32): usize {
  const last = base + ((<usize>u32At(lengths, doc)) << 3)
  let e = base
  while (e < last && load<u32>(e) != id) e += 8
  if (e == last) unreachable()
  const count = load<i32>(e, 4) - 1
  store<i32>(e, count, 4)
  if (count > 0) return last
  store<u64>(e, load<u64>(last - 8))
  store<u32>(lengths + (doc << 2), u32At(lengths, doc) - 1)
  return last - 8
}

function addToDocument(doc: usize, base: usize, last: usize, id: u32): void {
  let e = base
  while (e < last && load<u32>(e) != id) e += 8
  if (e == last) {
    store<u32>(e, id)
    store<u32>(e, 0, 4)
    store<u32>(lengths + (doc << 2), u32At(lengths, doc) + 1)
  }
  store<i32>(e, load<i32>(e, 4) + 1, 4)
}

/** Σ α_k φ_k, first the part of the word's own topics, then the part that every word has. */
function drawFromPrior(draw: f64): usize {
  let rest = draw
  for (let i: usize = 0; i < listed; i++) {
    const id = <usize>u32At(list, i)
    const record = records + (id << RECORD)
    rest -= f64At(alpha, id) * <f64>load<i32>(record, COUNT) * load<f64>(record, INVERSE)
    if (rest < 0) return id
  }
  const last = k - 1
  for (let id: usize = 0; id < last; id++) {
    rest -= f64At(alpha, id) * beta * load<f64>(records + (id << RECORD), INVERSE)
    if (rest < 0) return id
  }
  return last
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
