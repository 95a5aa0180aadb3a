/** Corpora for tests: made up from topics, or read from word lists; and a driver without a server. */
import type { App, Block, Dataset, Push } from '../../app.ts'
import { type Random, seededRandom } from '../../random.ts'
import { encodeShard, openShard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import type { LdaSpec } from './spec.ts'
import type { LdaState } from './state.ts'

/** Words of each document, in any order; a word that stands twice is listed twice. */
export type Texts = readonly (readonly number[])[]

/** Documents drawn from the model itself: a few topics each, every topic a few favourite words. */
export function generatedTexts(
  options: { documents: number; words: number; topics: number; length: number },
  random: Random,
): Texts {
  const { documents, words, topics, length } = options
  const favourites = Array.from({ length: topics }, () =>
    Array.from({ length: 15 }, () => random.below(words)),
  )
  return Array.from({ length: documents }, () => {
    const mine = [random.below(topics), random.below(topics)]
    return Array.from({ length: random.below(2 * length) }, () => {
      const favourite = favourites[mine[random.below(2)]!]!
      return random.below(10) === 0 ? random.below(words) : favourite[random.below(15)]!
    })
  })
}

export function corpusOf(texts: Texts, words: number, perShard: number): Dataset {
  const columns = texts.map((text) => {
    const counts = new Map<number, number>()
    for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1)
    const rows = [...counts.keys()].sort((a, b) => a - b)
    return { rows, values: rows.map((word) => counts.get(word)!) }
  })
  const shards = Array.from({ length: Math.ceil(texts.length / perShard) }, (_, k) => {
    const shape = { layout: 'sparse', valueType: 'i16', rows: words } as const
    const mine = columns.slice(k * perShard, (k + 1) * perShard)
    return openShard(encodeShard({ ...shape, firstColumn: k * perShard, columns: mine }))
  })
  const hash = (k: number): string => k.toString(16).padStart(64, '0')
  const entries = shards.map(({ bytes, firstColumn, columns: m, nonZeros }, k) => {
    const kind = { layout: 'sparse', valueType: 'i16' } as const
    return { hash: hash(k), bytes: bytes.byteLength, firstColumn, columns: m, nonZeros, ...kind }
  })
  const total = (of: 'nonZeros' | 'bytes'): number => entries.reduce((sum, e) => sum + e[of], 0)
  return {
    manifest: {
      version: 1,
      kind: 'corpus',
      id: hash(999_999),
      name: 'texts',
      rows: words,
      columns: texts.length,
      nonZeros: total('nonZeros'),
      constantColumns: 0,
      bytes: total('bytes'),
      shards: entries,
      target: null,
      targetName: null,
      columnNames: null,
      source: 'made up',
    },
    target: null,
    shard: (k) => shards[k]!,
    columnName: (j) => `doc${j + 1}`,
    rowName: (i) => `word${i + 1}`,
    extra: () => undefined,
  }
}

/** A lease in flight, with what its tab will answer. */
export interface Flight {
  readonly block: Block
  readonly delta: Arrays
}

export interface DriveOptions {
  readonly slots: number
  readonly push: Push
  /** Of a lease never to come back; 0 by default. */
  readonly loss?: number
  readonly workPerMs?: number
  /** Hears every record, as the log would. */
  readonly onRecord?: (record: Arrays) => void
  readonly onCommit?: (state: LdaState) => void
}

/** Run a job to its end with `slots` leases in flight that come back in random order. */
export function drive(
  app: App<LdaSpec, LdaState>,
  state: LdaState,
  options: DriveOptions,
  random: Random = seededRandom(7),
): void {
  const { slots, push, loss = 0, workPerMs = 500_000, onCommit } = options
  const log = options.onRecord ?? (() => {})
  const flights: Flight[] = []
  const offer = { workPerMs, rttMs: 1, holds: () => true, slots }
  while (!app.finished(state)) {
    while (flights.length < slots) {
      const block = app.schedule(state, offer)
      if ('idle' in block) break
      const shards = block.shards.map((k) => state.corpus.dataset.shard(k))
      flights.push({ block, delta: push(block.arrays, shards) })
    }
    const [flight] = flights.splice(random.below(flights.length), 1)
    if (!flight) throw new Error('nothing is in flight and nothing can be leased')
    if (random.next() < loss) {
      app.release(state, flight.block)
      continue
    }
    const fault = app.check(state, flight.block, flight.delta)
    if (fault) throw new Error(fault)
    log(app.pull(state, flight.block, flight.delta).record)
    onCommit?.(state)
    for (let moved = app.advance(state); moved; moved = app.advance(state)) log(moved.record)
  }
}
