/**
 * Random topic-model leases over shards of every sparse kind: what the conformance suite runs. Small
 * and awkward on purpose: empty documents, one topic, two-byte topics, counts beyond a pair. Kernels
 * are deterministic, so the tolerance is none.
 */
import type { Random } from '../../random.ts'
import { encodeShard, openShard, type Shard } from '../../shard.ts'
import type { Problem } from '../problem.ts'
import { after, delta, SCALARS, topicBytes, writeTopic } from './buffers.ts'
import { PairWriter } from './pairs.ts'

const VALUE_TYPES = ['u8', 'i16', 'f32', 'f64'] as const
/** Rows from which a shard needs u32 row indices. */
const ROWS_LONG = 65_537

interface Options {
  readonly topics: number
  readonly words: number
  readonly documents: number
  readonly valueType: (typeof VALUE_TYPES)[number]
  /** Largest count of a word in a document. */
  readonly countMax: number
  /** Entries of a document, about. */
  readonly entries: number
}

export function* ldaProblems(random: Random): Generator<Problem> {
  for (const valueType of VALUE_TYPES)
    for (const topics of [1, 2, 17, 256, 257, 1000]) {
      const shape = { words: 1 + random.below(60), documents: 1 + random.below(12) }
      yield problem({ topics, valueType, ...shape, countMax: 3, entries: 10 }, random)
    }
  const common = { topics: 20, valueType: 'i16' } as const
  yield problem({ ...common, words: 40, documents: 30, countMax: 700, entries: 12 }, random)
  yield problem({ ...common, words: ROWS_LONG, documents: 9, countMax: 2, entries: 50 }, random)
  yield problem({ ...common, words: 30, documents: 5, countMax: 2, entries: 0 }, random)
  yield problem({ ...common, words: 300, documents: 60, countMax: 4, entries: 80 }, random)
}

function randomShard(options: Options, random: Random): Shard {
  const { words, documents, entries, countMax, valueType } = options
  const columns = Array.from({ length: documents }, (_, j) => {
    // Every fifth document is empty.
    const draws = j % 5 === 4 ? 0 : entries
    const rows = [...new Set(Array.from({ length: draws }, () => random.below(words)))]
    rows.sort((a, b) => a - b)
    const max = valueType === 'u8' ? Math.min(countMax, 255) : countMax
    return { rows, values: rows.map(() => 1 + random.below(max)) }
  })
  return openShard(
    encodeShard({ rows: words, firstColumn: 0, layout: 'sparse', valueType, columns }),
  )
}

/** Counts of topics by row, as a lease carries them. */
function pairsOf(rows: readonly Uint32Array[], topics: number) {
  const writer = new PairWriter(topics)
  const pairs = Uint32Array.from(rows, (row) => {
    const from = writer.length
    row.forEach((count, k) => {
      writer.push(k, count)
    })
    return writer.length - from
  })
  return { pairs, topics: writer.topics(), counts: writer.counts() }
}

function problem(options: Options, random: Random): Problem {
  const { topics, words } = options
  const shards = [randomShard(options, random), randomShard(options, random)]
  const firstWord = random.below(Math.ceil(words / 3))
  const n = 1 + random.below(words - firstWord)
  const wordCounts = new Map<number, Uint32Array>()
  const slot: number[] = []
  const column: number[] = []
  const docCounts: Uint32Array[] = []
  const z: number[][] = Array.from({ length: n }, () => [])
  const totals = Uint32Array.from({ length: topics }, () => random.below(50))
  shards.forEach((shard, s) => {
    for (let j = 0; j < shard.columns; j++) {
      if (random.below(6) === 0) continue
      slot.push(s)
      column.push(j)
      const doc = new Uint32Array(topics)
      docCounts.push(doc)
      for (let e = shard.starts[j]!; e < shard.starts[j + 1]!; e++) {
        const word = shard.rowIndex[e]! - firstWord
        const isInside = word >= 0 && word < n
        for (let c = 0; c < shard.values[e]!; c++) {
          const k = random.below(1 + random.below(topics))
          doc[k]!++
          totals[k]!++
          if (!isInside) continue
          z[word]!.push(k)
          if (!wordCounts.has(word)) wordCounts.set(word, new Uint32Array(topics))
          wordCounts.get(word)![k]!++
        }
      }
    }
  })
  const none = new Uint32Array(0)
  const rows = Array.from({ length: n }, (_, w) => wordCounts.get(w) ?? none)
  const doc = pairsOf(docCounts, topics)
  const word = pairsOf(rows, topics)
  const bytes = topicBytes(topics)
  const topicsOf = z.flat()
  const packed = new Uint8Array(topicsOf.length * bytes)
  for (const [t, k] of topicsOf.entries()) writeTopic(packed, t, bytes, k)
  const beta = 0.01 + random.next()
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.topics] = topics
  scalars[SCALARS.beta] = beta
  scalars[SCALARS.betaSum] = beta * words
  scalars[SCALARS.firstWord] = firstWord
  scalars[SCALARS.words] = n
  return {
    name: `${options.valueType}, K=${topics}, ${slot.length} documents × ${n} words, ${topicsOf.length} tokens`,
    shards: shards.map((shard) => shard.bytes),
    tolerance: Object.fromEntries([...delta, ...after].map(({ name }) => [name, () => 0])),
    lease: {
      scalars,
      seed: Uint32Array.from({ length: 4 }, () => random.u32() | 1),
      alpha: Float64Array.from({ length: topics }, () => 0.02 + random.next()),
      totals,
      slot: Uint32Array.from(slot),
      column: Uint32Array.from(column),
      docPairs: doc.pairs,
      docTopics: doc.topics,
      docCounts: doc.counts,
      wordPairs: word.pairs,
      wordTopics: word.topics,
      wordCounts: word.counts,
      z: packed,
    },
  }
}
