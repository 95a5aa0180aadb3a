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
import type { Arrays } from '../../wire.ts'
import { readTopic, SCALARS, topicBytes, writeTopic } from './buffers.ts'
import {
  addToDocument,
  type Documents,
  drawFromPrior,
  enterWord,
  leaveWord,
  move,
  openDocuments,
  openTopics,
  type Topics,
  takeFromDocument,
} from './tables.ts'
import { sortTokens } from './tokens.ts'

export const push: Push = (lease, shards) => {
  const bytes = topicBytes(lease.scalars![SCALARS.topics]!)
  const before = Uint16Array.from({ length: lease.z!.length / bytes }, (_, t) =>
    readTopic(lease.z!, t, bytes),
  )
  const cell = sortTokens(lease, shards, before.length)
  const documents = openDocuments(lease, cell.docTokens)
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
