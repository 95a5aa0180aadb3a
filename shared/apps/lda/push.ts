/**
 * push: one pass of collapsed Gibbs sampling over the tokens of a cell (documents × words)
 *
 *   p(z = k) ∝ (B_wk + β)/(s_k + Vβ) · (D_dk + α_k),   all counts without the token itself
 *
 * Tokens are taken word by word, in a word document by document. With φ_k = (B_wk + β)/(s_k + Vβ) the
 * mass is cut in two: Σ_k D_dk φ_k runs over the document's own topics, which are few, and the prior
 * Σ_k α_k φ_k is carried along from token to token, by groups of topics, so that a draw that falls into
 * the prior need not go through all of them. This is SparseLDA (Yao, Mimno, McCallum 2009) turned on
 * its side: a word keeps its φ while its documents come by.
 *
 * Why not Metropolis–Hastings (LightLDA, WarpLDA), whose cost does not grow with K? A sketch of it in C
 * ran on newsgroups, one seed, word by word like this, with a proposal from the word (stale counts, as
 * an alias table has them) and one from the document for each token. It was not tuned, so what counts
 * is sweeps, not seconds; log-likelihood per token:
 *
 *                       after 10     20      40      80 sweeps
 *   K = 100   sparse    −9.94    −9.34
 *             MH                −10.29   −9.55   −9.24    two cycles: −9.70, −9.28, −9.10
 *   K = 1000  sparse   −11.91   −10.97           (−10.76 after 30)
 *             MH       −14.58   −13.40  −11.67  −10.84
 *
 * It needs about three times the sweeps, so its tokens would have to cost a third, and a sweep costs
 * network and server besides. But documents have 17 topics at K = 100 and 48 at 1000 (after 20 sweeps),
 * so that a sparse token costs only 1.6 times as much there. So there is one sampler.
 *
 * Nobody else holds a document or a word of this cell, so D and B are exact; only the totals s may be
 * stale, by what other cells in flight change.
 *
 * This file is the reference. push.as.ts, with which the server audits where it can, does the same additions in
 * the same order, so that the two agree bit for bit: + − × ÷ in f64 and integers, nothing else.
 */
import type { Push } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { readTopic, SCALARS, topicBytes, writeTopic } from './buffers.ts'
import {
  addToDocument,
  type Documents,
  entryAt,
  openDocuments,
  pairsOfDocument,
  removeFromDocument,
  sumOver,
  takeFromDocument,
} from './documents.ts'
import { PairWriter } from './pairs.ts'
import { sortTokens } from './tokens.ts'
import {
  changeOf,
  drawFromPrior,
  enterWord,
  leaveWord,
  openTopics,
  pairsOfWord,
  settle,
  type Topics,
} from './topics.ts'

export const push: Push = (lease, shards) => {
  const { changed, topic } = sampleCell(lease, shards)
  return { changed: changed!, topic: topic! }
}

/** `push`, and the cell afterwards: all that a kernel computes. */
export const sampleCell: Push = (lease, shards) => {
  const bytes = topicBytes(lease.scalars![SCALARS.topics]!)
  const before = Uint16Array.from({ length: lease.z!.length / bytes }, (_, t) =>
    readTopic(lease.z!, t, bytes),
  )
  const cell = sortTokens(lease, shards, before.length)
  const documents = openDocuments(lease, cell.docTokens)
  const topics = openTopics(lease)
  const random = openGenerator(lease.seed!)
  const words = new PairWriter(topics.alpha.length)
  const after = before.slice()
  let pair = 0
  const wordPairs = lease.wordPairs!.map((pairs, word) => {
    const from = cell.starts[word]!
    const to = cell.starts[word + 1]!
    const first = words.length
    if (from < to) {
      enterWord(topics, lease, pair, pairs, bytes)
      for (let t = from; t < to; t++)
        after[t] = sample(topics, documents, cell.doc[t]!, before[t]!, random)
      for (const [id, count] of pairsOfWord(topics)) words.push(id, count)
      leaveWord(topics)
    } else
      for (let p = pair; p < pair + pairs; p++)
        words.push(readTopic(lease.wordTopics!, p, bytes), lease.wordCounts![p]!)
    pair += pairs
    return words.length - first
  })
  return {
    ...changes(before, after, bytes),
    ...afterwards(documents, topics.alpha.length),
    ...{ wordPairs, wordTopics: words.topics(), wordCounts: words.counts() },
    z: packed(after, bytes),
  }
}

function afterwards(documents: Documents, topics: number): Arrays {
  const writer = new PairWriter(topics)
  const docPairs = Uint32Array.from(documents.base, (_, doc) => {
    const first = writer.length
    for (const [id, count] of pairsOfDocument(documents, doc)) writer.push(id, count)
    return writer.length - first
  })
  return { docPairs, docTopics: writer.topics(), docCounts: writer.counts() }
}

function packed(topics: Uint16Array, bytes: 1 | 2): Uint8Array {
  const to = new Uint8Array(topics.length * bytes)
  topics.forEach((id, t) => {
    writeTopic(to, t, bytes, id)
  })
  return to
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
  const { phi } = topics
  const { count } = documents
  const own = takeFromDocument(documents, doc, old)
  // Nearly every second token keeps its topic: the word and the totals change only when it does not.
  const leaving = changeOf(topics, old, -1)
  const oldPhi = phi[old]!
  phi[old] = leaving.phi

  const sum = sumOver(documents, doc, phi)
  const draw = random() * (sum + (topics.prior + leaving.prior))
  const isOfDocument = draw < sum
  const e = isOfDocument ? entryAt(documents, doc, phi, draw) : -1
  const id = isOfDocument
    ? documents.topic[e]!
    : drawFromPrior(topics, draw - sum, old, leaving.prior)
  if (id === old) {
    count[own]!++
    phi[old] = oldPhi
    return id
  }
  if (isOfDocument) count[e]!++
  else addToDocument(documents, doc, id)
  if (count[own] === 0) removeFromDocument(documents, doc, own)
  settle(topics, old, leaving)
  settle(topics, id, changeOf(topics, id, 1))
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
