/**
 * push: one pass of collapsed Gibbs sampling over the tokens of a cell (documents × words)
 *
 *   p(z = k) ∝ (B_wk + β)/(s_k + Vβ) · (D_dk + α_k),   all counts without the token itself
 *
 * Tokens are taken word by word, in a word document by document. With φ_k = (B_wk + β)/(s_k + Vβ) the
 * mass is cut in two: Σ_k D_dk φ_k runs over the document's own topics, which are few, and the prior
 * Σ_k α_k φ_k is carried along from token to token. Only when the draw falls into the prior (seldom)
 * are the word's topics and then all topics gone through. This is SparseLDA (Yao, Mimno, McCallum
 * 2009) turned on its side: a word keeps its φ while its documents come by.
 *
 * Nobody else holds a document or a word of this cell, so D and B are exact; only the totals s may be
 * stale, by what other cells in flight change.
 *
 * This file is the reference, and what the server audits with. push.as.ts does the same additions in
 * the same order, so that the two agree bit for bit: + − × ÷ in f64 and integers, nothing else.
 */
import type { Push } from '../../app.ts'
import type { Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { LeaseError } from '../kernel.ts'
import { readTopic, SCALARS, topicBytes, writeTopic } from './buffers.ts'

/** The tokens of a cell in sampling order: word by word. */
interface Cell {
  /** Tokens of word i are starts[i] … starts[i + 1] (n + 1). */
  readonly starts: Uint32Array
  /** Document of the token, and its number in the lease's order (T). */
  readonly doc: Uint32Array
  readonly token: Uint32Array
  /** Tokens of each document (m). */
  readonly docTokens: Uint32Array
}

/** D: a list of (topic, count) for every document, with room for what its tokens may become. */
interface Documents {
  readonly base: Uint32Array
  readonly length: Uint32Array
  readonly topic: Int32Array
  readonly count: Int32Array
  /** Running sums over the list at hand (K). */
  readonly sums: Float64Array
}

/** B of the word at hand, s, and what follows from them. */
interface Topics {
  readonly alpha: Float64Array
  readonly beta: number
  readonly betaSum: number
  /** s_k. */
  readonly totals: Int32Array
  /** 1/(s_k + Vβ). */
  readonly inverse: Float64Array
  /** B_wk, and φ_k. */
  readonly count: Int32Array
  readonly phi: Float64Array
  /** Topics with B_wk > 0, and where in the list each stands. */
  readonly list: Int32Array
  readonly place: Int32Array
  length: number
  /** Σ α_k β/(s_k + Vβ). */
  smooth: number
  /** Σ α_k φ_k. */
  prior: number
}

export const push: Push = (lease, shards) => {
  const bytes = topicBytes(lease.scalars![SCALARS.topics]!)
  const before = Uint16Array.from({ length: lease.z!.length / bytes }, (_, t) =>
    readTopic(lease.z!, t, bytes),
  )
  const cell = openCell(lease, shards, before.length)
  const documents = openDocuments(lease, cell)
  const topics = openTopics(lease)
  const random = openGenerator(lease.seed!)
  const after = before.slice()
  let pair = 0
  for (let word = 0; word < lease.wordPairs!.length; word++) {
    const pairs = lease.wordPairs![word]!
    const from = cell.starts[word]!
    const to = cell.starts[word + 1]!
    if (from < to) {
      enterWord(topics, lease, pair, pairs, bytes)
      for (let i = from; i < to; i++) {
        const t = cell.token[i]!
        after[t] = sample(topics, documents, cell.doc[i]!, before[t]!, random)
      }
      leaveWord(topics)
    }
    pair += pairs
  }
  return changes(before, after, bytes)
}

/** What became of z, as the delta carries it. */
function changes(before: Uint16Array, after: Uint16Array, bytes: 1 | 2): Arrays {
  const changed = new Uint8Array((before.length + 7) >> 3)
  const topic = new Uint8Array(before.length * bytes)
  let count = 0
  for (let t = 0; t < before.length; t++) {
    if (before[t] === after[t]) continue
    changed[t >> 3]! |= 1 << (t & 7)
    writeTopic(topic, count++, bytes, after[t]!)
  }
  return { changed, topic: topic.slice(0, count * bytes) }
}

/** A counting sort of the cell's tokens by word. @throws LeaseError when z has another number of them. */
function openCell(lease: Arrays, shards: readonly Shard[], tokens: number): Cell {
  const firstWord = lease.scalars![SCALARS.firstWord]!
  const words = lease.wordPairs!.length
  const m = lease.slot!.length
  const starts = new Uint32Array(words + 1)
  const docTokens = new Uint32Array(m)
  let total = 0
  const visit = (i: number, each: (word: number, count: number) => void): void => {
    const shard = shards[lease.slot![i]!]!
    const column = lease.column![i]!
    const end = shard.starts[column + 1]!
    for (
      let e = lowerBound(shard, column, firstWord);
      e < end && shard.rowIndex[e]! < firstWord + words;
      e++
    )
      each(shard.rowIndex[e]! - firstWord, Math.max(0, Math.trunc(shard.values[e]!)))
  }
  for (let i = 0; i < m; i++)
    visit(i, (word, count) => {
      starts[word + 1]! += count
      docTokens[i]! += count
      total += count
      if (total > tokens) throw new LeaseError(`the cell has more tokens than the ${tokens} of z`)
    })
  if (total !== tokens) throw new LeaseError(`the cell has ${total} tokens, z has ${tokens}`)
  for (let word = 0; word < words; word++) starts[word + 1]! += starts[word]!
  const next = starts.slice()
  const doc = new Uint32Array(tokens)
  const token = new Uint32Array(tokens)
  let t = 0
  for (let i = 0; i < m; i++)
    visit(i, (word, count) => {
      for (let c = 0; c < count; c++) {
        const at = next[word]!++
        doc[at] = i
        token[at] = t++
      }
    })
  return { starts, doc, token, docTokens }
}

/** The first entry of a column whose row is `row` or later. */
function lowerBound(shard: Shard, column: number, row: number): number {
  let low = shard.starts[column]!
  let high = shard.starts[column + 1]!
  while (low < high) {
    const middle = (low + high) >>> 1
    if (shard.rowIndex[middle]! < row) low = middle + 1
    else high = middle
  }
  return low
}

function openDocuments(lease: Arrays, { docTokens }: Cell): Documents {
  const k = lease.scalars![SCALARS.topics]!
  const bytes = topicBytes(k)
  const m = docTokens.length
  const base = new Uint32Array(m)
  const length = new Uint32Array(m)
  const room = lease.docCounts!.length + lease.z!.length / bytes
  const topic = new Int32Array(room)
  const count = new Int32Array(room)
  let pair = 0
  let at = 0
  for (let i = 0; i < m; i++) {
    const pairs = lease.docPairs![i]!
    base[i] = at
    let n = 0
    for (let p = pair; p < pair + pairs; p++) {
      const id = readTopic(lease.docTopics!, p, bytes)
      if (n > 0 && topic[at + n - 1] === id) count[at + n - 1]! += lease.docCounts![p]!
      else {
        topic[at + n] = id
        count[at + n] = lease.docCounts![p]!
        n++
      }
    }
    length[i] = n
    pair += pairs
    at += pairs + docTokens[i]!
  }
  return { base, length, topic, count, sums: new Float64Array(room) }
}

function openTopics(lease: Arrays): Topics {
  const alpha = lease.alpha as Float64Array
  const beta = lease.scalars![SCALARS.beta]!
  const betaSum = lease.scalars![SCALARS.betaSum]!
  const k = alpha.length
  const totals = Int32Array.from(lease.totals!)
  const inverse = new Float64Array(k)
  const phi = new Float64Array(k)
  let smooth = 0
  for (let id = 0; id < k; id++) {
    inverse[id] = 1 / (totals[id]! + betaSum)
    phi[id] = beta * inverse[id]!
    smooth += alpha[id]! * phi[id]!
  }
  const lists = {
    count: new Int32Array(k),
    list: new Int32Array(k),
    place: new Int32Array(k),
    length: 0,
  }
  return { alpha, beta, betaSum, totals, inverse, phi, ...lists, smooth, prior: smooth }
}

function enterWord(topics: Topics, lease: Arrays, pair: number, pairs: number, bytes: 1 | 2): void {
  const { count, list, place, phi, inverse, alpha, beta } = topics
  topics.length = 0
  for (let p = pair; p < pair + pairs; p++) {
    const id = readTopic(lease.wordTopics!, p, bytes)
    if (count[id] === 0) {
      place[id] = topics.length
      list[topics.length++] = id
    }
    count[id]! += lease.wordCounts![p]!
  }
  topics.prior = topics.smooth
  for (let i = 0; i < topics.length; i++) {
    const id = list[i]!
    const next = (count[id]! + beta) * inverse[id]!
    topics.prior += alpha[id]! * (next - phi[id]!)
    phi[id] = next
  }
}

/** φ is what it is for a word without counts again. */
function leaveWord({ count, list, length, phi, inverse, beta }: Topics): void {
  for (let i = 0; i < length; i++) {
    const id = list[i]!
    count[id] = 0
    phi[id] = beta * inverse[id]!
  }
}

/** Draw a new topic for a token of document `doc` that has topic `old`. */
function sample(
  topics: Topics,
  documents: Documents,
  doc: number,
  old: number,
  random: () => number,
): number {
  const { smooth, prior } = topics
  const inverse = topics.inverse[old]!
  const phi = topics.phi[old]!
  move(topics, old, -1)
  takeFromDocument(documents, doc, old)

  const { topic, count, sums } = documents
  const base = documents.base[doc]!
  const length = documents.length[doc]!
  let sum = 0
  for (let e = 0; e < length; e++) {
    sum += count[base + e]! * topics.phi[topic[base + e]!]!
    sums[e] = sum
  }
  const draw = random() * (sum + topics.prior)
  let id: number
  if (draw < sum) {
    let e = 0
    while (sums[e]! <= draw) e++
    id = topic[base + e]!
    count[base + e]!++
  } else {
    id = drawFromPrior(topics, draw - sum)
    addToDocument(documents, doc, id)
  }
  move(topics, id, 1)
  if (id === old) {
    // Back where it was: the sums are taken back, too, rather than rounded twice.
    topics.inverse[id] = inverse
    topics.phi[id] = phi
    topics.smooth = smooth
    topics.prior = prior
  }
  return id
}

/** A token of the word at hand joins (+1) or leaves (−1) a topic. */
function move(topics: Topics, id: number, by: 1 | -1): void {
  const { totals, count, inverse, phi, alpha, beta, betaSum, list, place } = topics
  if (by === 1 && count[id] === 0) {
    place[id] = topics.length
    list[topics.length++] = id
  }
  totals[id]! += by
  count[id]! += by
  if (by === -1 && count[id] === 0) {
    const last = list[--topics.length]!
    list[place[id]!] = last
    place[last] = place[id]!
  }
  const nextInverse = 1 / (totals[id]! + betaSum)
  const nextPhi = (count[id]! + beta) * nextInverse
  topics.smooth += alpha[id]! * beta * (nextInverse - inverse[id]!)
  topics.prior += alpha[id]! * (nextPhi - phi[id]!)
  inverse[id] = nextInverse
  phi[id] = nextPhi
}

function takeFromDocument(documents: Documents, doc: number, id: number): void {
  const { base, length, topic, count } = documents
  const from = base[doc]!
  const end = from + length[doc]!
  let e = from
  while (e < end && topic[e] !== id) e++
  if (e === end) throw new LeaseError(`document ${doc} has no token of topic ${id}, its z has`)
  if (--count[e]! > 0) return
  topic[e] = topic[end - 1]!
  count[e] = count[end - 1]!
  length[doc]!--
}

function addToDocument(documents: Documents, doc: number, id: number): void {
  const { base, length, topic, count } = documents
  const from = base[doc]!
  const end = from + length[doc]!
  let e = from
  while (e < end && topic[e] !== id) e++
  if (e === end) {
    topic[e] = id
    count[e] = 0
    length[doc]!++
  }
  count[e]!++
}

/** Σ α_k φ_k, first the part of the word's own topics, then the part that every word has. */
function drawFromPrior(topics: Topics, draw: number): number {
  const { alpha, beta, inverse, count, list, length } = topics
  let rest = draw
  for (let i = 0; i < length; i++) {
    const id = list[i]!
    rest -= alpha[id]! * count[id]! * inverse[id]!
    if (rest < 0) return id
  }
  const last = alpha.length - 1
  for (let id = 0; id < last; id++) {
    rest -= alpha[id]! * beta * inverse[id]!
    if (rest < 0) return id
  }
  return last
}

/** xoshiro128++ (Blackman and Vigna 2019), 32 bits a draw, in (0, 1). */
function openGenerator(seed: ArrayLike<number>): () => number {
  let [a, b, c, d] = [seed[0]! | 0, seed[1]! | 0, seed[2]! | 0, seed[3]! | 0]
  return () => {
    const sum = (a + d) | 0
    const result = (((sum << 7) | (sum >>> 25)) + a) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return (result + 0.5) * 2 ** -32
  }
}
