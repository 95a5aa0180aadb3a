/** The buffers of a topic-model lease and delta: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * A lease is a cell: m documents × n words in a row, its T tokens and K topics. Tokens are numbered in
 * the order in which they are sampled: word by word, in a word document by document, a word that stands
 * c times in a document c times in a row.
 *
 * Topics are `topicBytes(K)` bytes each, lowest first. Counts are pairs (topic, count ≤ 255), topics
 * ascending, because sums are taken in this order; a larger count is several pairs of the same topic one
 * after the other.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //   (5)  see SCALARS below
  { name: 'seed', type: 'u32' }, //      (4)  of the generator; not all zero
  { name: 'alpha', type: 'f64' }, //     (K)  α_k
  { name: 'totals', type: 'u32' }, //    (K)  s_k: tokens of topic k in the corpus, at the leased version
  { name: 'slot', type: 'u32' }, //      (m)  index into the lease's shards
  { name: 'column', type: 'u32' }, //    (m)  column within that shard
  { name: 'docPairs', type: 'u32' }, //  (m)  pairs of each document
  { name: 'docTopics', type: 'u8' }, //  (Σ docPairs · bytes)
  { name: 'docCounts', type: 'u8' }, //  (Σ docPairs)  D_dk over the whole document, not the cell alone
  { name: 'wordPairs', type: 'u32' }, // (n)  pairs of each word; none are needed where the word is not in the cell
  { name: 'wordTopics', type: 'u8' }, // (Σ wordPairs · bytes)
  { name: 'wordCounts', type: 'u8' }, // (Σ wordPairs)  B_wk over the whole corpus
  { name: 'z', type: 'u8' }, //          (T · bytes)  topic of every token
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** K. */
  topics: 0,
  /** β of one word. */
  beta: 1,
  /** β · size of the vocabulary. */
  betaSum: 2,
  /** First word (row of the shards) of the cell. */
  firstWord: 3,
  /** Words of the cell in a row, n. */
  words: 4,
} as const

export const delta = [
  { name: 'changed', type: 'u8' }, // (⌈T/8⌉)  one bit a token, lowest first: has its topic changed?
  { name: 'topic', type: 'u8' }, //   (changes · bytes)  new topics of the changed tokens, in order
] as const satisfies readonly BufferSpec[]

/**
 * What a kernel computes besides, for the tab's memory (memory.ts): the cell as it is then, in the form
 * and with the names of a lease. It does not travel.
 */
export const after = [
  { name: 'docPairs', type: 'u32' }, //  (m)
  { name: 'docTopics', type: 'u8' }, //  (Σ docPairs · bytes)
  { name: 'docCounts', type: 'u8' }, //  (Σ docPairs)
  { name: 'wordPairs', type: 'u32' }, // (n)
  { name: 'wordTopics', type: 'u8' }, // (Σ wordPairs · bytes)
  { name: 'wordCounts', type: 'u8' }, // (Σ wordPairs)
  { name: 'z', type: 'u8' }, //          (T · bytes)
] as const satisfies readonly BufferSpec[]

export const TOPICS_MAX = 65_536

export const topicBytes = (topics: number): 1 | 2 => (topics <= 256 ? 1 : 2)

export function readTopic(from: ArrayLike<number>, i: number, bytes: 1 | 2): number {
  return bytes === 1 ? from[i]! : from[2 * i]! | (from[2 * i + 1]! << 8)
}

export function writeTopic(to: Uint8Array, i: number, bytes: 1 | 2, topic: number): void {
  if (bytes === 1) to[i] = topic
  else {
    to[2 * i] = topic
    to[2 * i + 1] = topic >> 8
  }
}
