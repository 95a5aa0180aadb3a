/**
 * A corpus drawn from the model that topic models assume (Blei, Ng, Jordan 2003), of any size:
 *
 *   φ_k ~ a few thousand words, by a power law, each topic in an order of its own
 *   θ_d ~ Dirichlet(α), z ~ θ_d, w ~ φ_z
 *
 * Words of all topics together follow a power law as words of a language do, because topics share the
 * frequent ones. Written as UCI bag of words, document by document; the head needs the number of
 * entries, which is known at the end, so its three lines are padded and filled in then. Of the corpus
 * nothing but one document is held, of the model K short tables.
 */

import { closeSync, openSync, writeSync } from 'node:fs'
import { type Random, seededRandom } from '../../../shared/random.ts'
import { columnFile } from './columnFile.ts'
import { drawFrom } from './drawFrom.ts'

export interface CorpusOptions {
  path: string
  /** V; about a fifth of them never occur. */
  words: number
  /** K. */
  topics: number
  /** About so many. */
  tokens: number
  /** Mean tokens of a document; lengths are log-normal around it. */
  length?: number
  /** Sum of α over the topics: a document is about so many. */
  alphaSum?: number
  seed: number
}

export interface CorpusShape {
  readonly documents: number
  readonly tokens: number
  readonly entries: number
}

/** Words of a topic, and the power law of their shares. */
const WORDS_OF_TOPIC = 2000
const EXPONENT = 1.05
/** A topic takes its words from the whole vocabulary as frequent words are likelier: skewed by this. */
const SKEW = 2.5
const HEAD_DIGITS = 12
const LENGTH_MIN = 5

export async function writeCorpus(options: CorpusOptions): Promise<CorpusShape> {
  const { path, words, topics, tokens, length = 120, alphaSum = 5, seed } = options
  const random = seededRandom(seed)
  const law = powerLaw(Math.min(WORDS_OF_TOPIC, words))
  const wordsOf = Array.from({ length: topics }, () => wordsOfTopic(words, law.length, random))
  const documents = Math.max(1, Math.round(tokens / length))
  const file = columnFile(path)
  let text = headOf({ documents: 0, tokens: 0, entries: 0 }, words)
  let written = 0
  let entries = 0
  for (let d = 1; d <= documents; d++) {
    const theta = stickBreaking(topics, alphaSum, random)
    const size = lengthOf(length, random)
    const counts = new Map<number, number>()
    for (let t = 0; t < size; t++) {
      const topic = theta.topic[drawFrom(theta.sums, random.next())]!
      const word = wordsOf[topic]![drawFrom(law, random.next())]!
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    for (const word of [...counts.keys()].sort((a, b) => a - b))
      text += `${d} ${word + 1} ${counts.get(word)}\n`
    written += size
    entries += counts.size
    if (text.length < 1 << 20) continue
    await file.write(text)
    text = ''
  }
  await file.write(text)
  await file.close()
  const shape = { documents, tokens: written, entries }
  const handle = openSync(path, 'r+')
  writeSync(handle, headOf(shape, words), 0)
  closeSync(handle)
  return shape
}

/** D, V and the number of entries, as wide whatever they are. */
function headOf({ documents, entries }: CorpusShape, words: number): string {
  return [documents, words, entries].map((n) => `${String(n).padEnd(HEAD_DIGITS)}\n`).join('')
}

/** Running shares of the ranks of a power law. */
function powerLaw(count: number): Float64Array {
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) {
    sum += (i + 3) ** -EXPONENT
    sums[i] = sum
  }
  return sums.map((x) => x / sum)
}

/** Words by rank: low numbers in more topics than high ones. Each at most once. */
function wordsOfTopic(words: number, count: number, random: Random): Uint32Array {
  const chosen = new Set<number>()
  for (let tries = 0; chosen.size < count && tries < 20 * count; tries++)
    chosen.add(Math.floor(words * random.next() ** SKEW))
  for (let w = 0; chosen.size < count; w++) chosen.add(w)
  return Uint32Array.from(chosen)
}

/**
 * θ of a Dirichlet with many small α: sticks are broken off (Sethuraman 1994) until a thousandth is
 * left, each for a topic drawn uniformly.
 */
function stickBreaking(
  topics: number,
  alphaSum: number,
  random: Random,
): { topic: number[]; sums: Float64Array } {
  const topic: number[] = []
  const sums: number[] = []
  let left = 1
  while (left > 1e-3) {
    // Beta(1, A) by its inverse.
    const share = 1 - (1 - random.next()) ** (1 / alphaSum)
    topic.push(random.below(topics))
    left *= 1 - share
    sums.push(1 - left)
  }
  sums[sums.length - 1] = 1
  return { topic, sums: Float64Array.from(sums) }
}

/** Twice as long, or half as long, are about as frequent: log-normal with that spread. */
function lengthOf(mean: number, random: Random): number {
  const spread = Math.log(2)
  const scale = mean * Math.exp(-(spread ** 2) / 2)
  return Math.max(LENGTH_MIN, Math.round(scale * Math.exp(spread * random.normal())))
}
