/**
 * The smallest app that can go wrong in every way: it adds up columns of integers, some rounds in
 * turn, x_j ← x_j + round · Σ_i x_ij. A delta applied twice or lost, a block leased twice or a wrong
 * delta accepted all end in a wrong number, exactly.
 */
import { z } from 'zod'
import type { AnyApp, App, Dataset, Push } from '../../../shared/app.ts'
import { seededRandom } from '../../../shared/random.ts'
import { encodeShard, openShard, type Shard } from '../../../shared/shard.ts'

export interface SumSpec {
  rounds: number
  /** Columns a lease, at most. */
  block: number
  /** Throw in the pull that follows this many deltas; 0: never. */
  throwAfter: number
}

export interface SumState {
  spec: SumSpec
  dataset: Dataset
  sums: Float64Array
  values: Float64Array
  round: number
  done: Uint8Array
  leased: Uint8Array
  cursor: number
  deltas: number
}

const lease = [
  { name: 'round', type: 'f64' }, //  (1)
  { name: 'index', type: 'u32' }, //  (m)  column in the dataset
  { name: 'slot', type: 'u32' }, //   (m)  index into the lease's shards
  { name: 'column', type: 'u32' }, // (m)  column within that shard
] as const
const delta = [{ name: 'change', type: 'f64' }] as const // (m)

const app: App<SumSpec, SumState> = {
  name: 'sum',
  title: 'Sums',
  purpose: 'Adds up columns.',
  spec: z.object({
    rounds: z.number().int().default(1),
    block: z.number().int().default(4),
    throwAfter: z.number().int().default(0),
  }),
  dataset: 'matrix',
  summaryLine: 'add up columns',
  flags: [],
  buffers: { lease, delta },
  open(spec, dataset, random) {
    const d = dataset.manifest.columns
    const sums = new Float64Array(d)
    dataset.manifest.shards.forEach(({ firstColumn, columns }, k) => {
      for (let j = 0; j < columns; j++) sums[firstColumn + j] = columnSum(dataset.shard(k), j)
    })
    const flags = { done: new Uint8Array(d), leased: new Uint8Array(d) }
    const values = new Float64Array(d)
    return { spec, dataset, sums, values, round: 1, ...flags, cursor: random.below(d), deltas: 0 }
  },
  schedule(state, offer) {
    if (app.finished(state)) return { idle: 'finished' }
    const { dataset, done, leased, spec } = state
    const { shards, columns: d, rows } = dataset.manifest
    const index: number[] = []
    for (let i = 0; i < d && index.length < spec.block; i++) {
      const j = (state.cursor + i) % d
      if (!done[j] && !leased[j]) index.push(j)
    }
    if (index.length === 0) return { idle: 'waiting-for-others' }
    state.cursor = (index.at(-1)! + 1) % d
    for (const j of index) leased[j] = 1
    const shardOf = (j: number): number => shards.findLastIndex((s) => s.firstColumn <= j)
    const needed = [...new Set(index.map(shardOf))]
    return {
      arrays: {
        round: Float64Array.of(state.round),
        index: Uint32Array.from(index),
        slot: Uint32Array.from(index, (j) => needed.indexOf(shardOf(j))),
        column: Uint32Array.from(index, (j) => j - shards[shardOf(j)]!.firstColumn),
      },
      shards: needed,
      work: index.length * rows * (offer.slots > 0 ? 1_000 : 0),
      memo: index,
      repeatable: true,
    }
  },
  check(state, block, { change }) {
    const index = block.memo as number[]
    if (change!.length !== index.length)
      return `shape: change has ${change!.length} values, expected ${index.length}`
    const wrong = index.findIndex((j, i) => change![i] !== state.round * state.sums[j]!)
    return wrong < 0 ? null : `column ${index[wrong]} changes by ${change![wrong]}`
  },
  pull(state, block, { change }) {
    state.deltas++
    if (state.deltas === state.spec.throwAfter) throw new Error('the sum overflowed')
    const index = block.memo as number[]
    for (const j of index) {
      if (!state.leased[j] || state.done[j]) throw new Error(`column ${j} was not leased`)
      state.leased[j] = 0
    }
    const record = { index: Uint32Array.from(index), change: change! }
    app.replay(state, record)
    return { record, updates: index.length }
  },
  release(state, block) {
    for (const j of block.memo as number[]) state.leased[j] = 0
  },
  advance(state) {
    if (app.finished(state) || !state.done.every((done) => done === 1)) return null
    const record = { round: Float64Array.of(state.round + 1) }
    const note = `round ${state.round}/${state.spec.rounds} is complete`
    app.replay(state, record)
    return { record, note }
  },
  snapshot: ({ values, done, round }) => ({ values, done, reached: Float64Array.of(round) }),
  replay(state, { round, index, change, values, done, reached }) {
    if (reached) {
      state.values.set(values!)
      state.done.set(done!)
      state.round = reached[0]!
      return
    }
    if (round) {
      state.round = round[0]!
      state.done.fill(0)
      return
    }
    index!.forEach((j, i) => {
      state.values[j]! += change![i]!
      state.done[j] = 1
    })
  },
  finished: (state) => state.round > state.spec.rounds,
  progress: (state) => ({
    phase: `round ${Math.min(state.round, state.spec.rounds)}/${state.spec.rounds}`,
    fraction: null,
    values: { total: total(state) },
  }),
  summary: (state) => ({ total: total(state) }),
  results: (state) => [
    { name: 'sums.csv', mediaType: 'text/csv', text: [...state.values].join('\n') },
  ],
}

export const sumApp: AnyApp = app

export const sumPush: Push = ({ round, slot, column }, shards) => ({
  change: Float64Array.from(
    column!,
    (j, i) => round![0]! * columnSum(shards[slot![i]!]!, j as number),
  ),
})

function total(state: SumState): number {
  return state.values.reduce((sum, x) => sum + x, 0)
}

function columnSum(shard: Shard, j: number): number {
  let sum = 0
  for (let i = 0; i < shard.rows; i++) sum += shard.values[j * shard.stride + i]!
  return sum
}

/** What every column must hold in the end. */
export function sumsExpected(dataset: Dataset, rounds: number): string {
  const state = app.open({ rounds, block: 1, throwAfter: 0 }, dataset, seededRandom(0))
  return [...state.sums].map((sum) => (sum * rounds * (rounds + 1)) / 2).join('\n')
}

/** A dense u8 matrix of small integers, cut into shards of `perShard` columns. */
export function sumDataset(seed: number, rows: number, columns: number, perShard: number): Dataset {
  const random = seededRandom(seed)
  const shards: Shard[] = []
  for (let firstColumn = 0; firstColumn < columns; firstColumn += perShard) {
    const m = Math.min(perShard, columns - firstColumn)
    const values = Array.from({ length: m }, () =>
      Uint8Array.from({ length: rows }, () => random.below(10)),
    )
    const layout = { layout: 'dense', valueType: 'u8', rows, firstColumn } as const
    shards.push(openShard(encodeShard({ ...layout, columns: values })))
  }
  const hash = (k: number): string => (seed * 1_000 + k).toString(16).padStart(64, '0')
  const entries = shards.map(
    ({ bytes, firstColumn, columns: m, nonZeros, layout, valueType }, k) => ({
      hash: hash(k),
      bytes: bytes.byteLength,
      firstColumn,
      columns: m,
      nonZeros,
      layout,
      valueType,
    }),
  )
  return {
    manifest: {
      version: 1,
      kind: 'matrix',
      id: hash(999),
      name: `sums-${seed}`,
      rows,
      columns,
      nonZeros: entries.reduce((sum, entry) => sum + entry.nonZeros, 0),
      constantColumns: 0,
      bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
      shards: entries,
      target: null,
      targetName: null,
      columnNames: null,
      source: 'made up',
    },
    target: null,
    shard: (k) => shards[k]!,
    columnName: (j) => `x${j + 1}`,
    rowName: (i) => `${i + 1}`,
    extra: () => undefined,
  }
}
