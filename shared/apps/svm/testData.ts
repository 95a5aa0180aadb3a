/** Examples for tests, a plain solver to compare with, and a driver without a server. */
import type { Block, Dataset, Push } from '../../app.ts'
import { forEachEntry } from '../../columns.ts'
import { type Random, seededRandom } from '../../random.ts'
import { encodeShard, openShard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { svm } from './app.ts'
import type { SvmSpec } from './spec.ts'
import type { SvmState } from './state.ts'

/** Rows are examples; zeros are left out of the shards. */
export function examplesOf(x: number[][], y: number[], perShard: number): Dataset {
  const d = x[0]!.length
  const shards = Array.from({ length: Math.ceil(x.length / perShard) }, (_, k) => {
    const mine = x.slice(k * perShard, (k + 1) * perShard).map((row) => {
      const rows = [...row.keys()].filter((j) => row[j] !== 0)
      return { rows, values: rows.map((j) => row[j]!) }
    })
    const shape = { layout: 'sparse', valueType: 'f64', rows: d } as const
    return openShard(encodeShard({ ...shape, firstColumn: k * perShard, columns: mine }))
  })
  const hash = (k: number): string => k.toString(16).padStart(64, '0')
  const entries = shards.map(({ bytes, firstColumn, columns, nonZeros }, k) => ({
    ...{ hash: hash(k), bytes: bytes.byteLength, firstColumn, columns, nonZeros },
    ...({ layout: 'sparse', valueType: 'f64' } as const),
  }))
  const total = (of: 'nonZeros' | 'bytes'): number => entries.reduce((sum, e) => sum + e[of], 0)
  return {
    manifest: {
      ...{ version: 1, kind: 'examples', id: hash(999_999), name: 'examples', rows: d },
      ...{ columns: x.length, nonZeros: total('nonZeros'), constantColumns: 0 },
      ...{ bytes: total('bytes'), shards: entries, target: hash(999_998), targetName: null },
      ...{ columnNames: null, source: 'made up' },
    },
    target: Float64Array.from(y),
    shard: (k) => shards[k]!,
    columnName: (j) => `x${j + 1}`,
    rowName: (j) => `feature ${j + 1}`,
    extra: () => undefined,
  }
}

/** Two noisy clouds that overlap; some features are rare. */
export function randomExamples(n: number, d: number, perShard: number, random: Random): Dataset {
  const plane = Array.from({ length: d }, () => random.normal())
  const x = Array.from({ length: n }, () =>
    plane.map((_, j) => (random.next() < 1 / (1 + j / 4) ? random.normal() : 0)),
  )
  const y = x.map((row) => {
    const score = row.reduce((sum, v, j) => sum + v * plane[j]!, 0)
    return score + random.normal() > 0 ? 1 : -1
  })
  y[0] = 1
  y[1] = -1
  return examplesOf(x, y, perShard)
}

/**
 * Cyclic dual coordinate descent until nothing moves, or for long: its D and P, between which the optimum
 * lies. (Of 42 examples of 3 features at C = 30 there are some whose dual still lacks 3e-6 by then.)
 */
export function solvePlainly(dataset: Dataset, spec: SvmSpec): [dual: number, primal: number] {
  const { columns: n, rows: d, shards } = dataset.manifest
  const x = shards.flatMap((_, k) => {
    const shard = dataset.shard(k)
    return Array.from({ length: shard.columns }, (_, c) => {
      const row = new Float64Array(d + 1)
      forEachEntry(shard, c, (j, v) => {
        row[j] = v
      })
      row[d] = spec.bias
      return row
    })
  })
  const largest = Math.max(...dataset.target!)
  const diagonal = spec.loss === 'squared' ? 1 / (2 * spec.c) : 0
  const upper = spec.loss === 'squared' ? Infinity : spec.c
  const alpha = new Float64Array(n)
  const w = new Float64Array(d + 1)
  for (let sweep = 0, moved = 1; sweep < 30_000 && moved > 1e-12; sweep++) {
    moved = 0
    x.forEach((row, i) => {
      const y = dataset.target![i] === largest ? 1 : -1
      let [score, q] = [0, diagonal]
      for (let j = 0; j <= d; j++) {
        score += row[j]! * w[j]!
        q += row[j]! * row[j]!
      }
      const gradient = y * score - 1 + diagonal * alpha[i]!
      const next = q > 0 ? Math.min(Math.max(alpha[i]! - gradient / q, 0), upper) : upper
      const step = next - alpha[i]!
      alpha[i] = next
      moved = Math.max(moved, Math.abs(step))
      for (let j = 0; j <= d; j++) w[j]! += y * step * row[j]!
    })
  }
  const sum = alpha.reduce((a, b) => a + b - 0.5 * diagonal * b * b, 0)
  const norm = w.reduce((a, v) => a + v * v, 0)
  let losses = 0
  x.forEach((row, i) => {
    const y = dataset.target![i] === largest ? 1 : -1
    const short = Math.max(0, 1 - y * row.reduce((score, v, j) => score + v * w[j]!, 0))
    losses += spec.loss === 'squared' ? short * short : short
  })
  return [sum - 0.5 * norm, 0.5 * norm + spec.c * losses]
}

export interface DriveOptions {
  readonly slots: number
  readonly push: Push
  /** Of a lease never to come back; 0 by default. */
  readonly loss?: number
  readonly workPerMs?: number
  /** What a tab does to an honest answer before it is sent; such answers may be refused. */
  readonly twist?: (delta: Arrays, block: Block) => Arrays
  /** Hears every record, as the log would. */
  readonly onRecord?: (record: Arrays) => void
  readonly onCommit?: (state: SvmState) => void
}

/** No test of ours needs a hundredth of it. */
const ANSWERS_MAX = 100_000

/** Run a job to its end with `slots` leases in flight that come back in random order. */
export function drive(state: SvmState, options: DriveOptions, random = seededRandom(7)): number {
  const { slots, push, loss = 0, workPerMs = 500, twist = (delta) => delta } = options
  const log = options.onRecord ?? (() => {})
  const flights: { block: Block; delta: Arrays }[] = []
  const offer = { workPerMs, rttMs: 1, holds: () => true, slots }
  let [refused, answers] = [0, 0]
  while (!svm.finished(state)) {
    while (flights.length < slots) {
      const block = svm.schedule(state, offer)
      if ('idle' in block) break
      const shards = block.shards.map((k) => state.problem.dataset.shard(k))
      flights.push({ block, delta: twist(push(block.arrays, shards), block) })
    }
    const [flight] = flights.splice(random.below(flights.length), 1)
    if (!flight) throw new Error('nothing is in flight and nothing can be leased')
    if (++answers > ANSWERS_MAX) throw new Error('the job does not end')
    const { block, delta } = flight
    if (random.next() < loss || svm.check(state, block, delta) !== null) {
      refused++
      svm.release(state, block)
      continue
    }
    log(svm.pull(state, block, delta).record)
    options.onCommit?.(state)
    for (let moved = svm.advance(state); moved; moved = svm.advance(state)) log(moved.record)
  }
  return refused
}
