/** The smallest complete app: the mean of every column, one shard a lease. */
import { z } from 'zod'
import type { App, BufferSpec, Dataset, Push } from '../app.ts'
import { moments } from '../columns.ts'
import { csv } from '../csv.ts'
import { type Random, seededRandom } from '../random.ts'
import type { Arrays } from '../wire.ts'
import type { Kernel } from './kernel.ts'

const lease: readonly BufferSpec[] = []
const delta: readonly BufferSpec[] = [{ name: 'mean', type: 'f64' }] // (m) columns of the shard

const meanOf = (shard: ReturnType<Dataset['shard']>, column: number): number =>
  moments(shard, column, null).sum / shard.rows

/** In the tab. */
const push: Push = (_lease, [shard]) => ({
  mean: Float64Array.from({ length: shard!.columns }, (_, j) => meanOf(shard!, j)),
})

export const kernel: Kernel = {
  app: 'means',
  buffers: { lease, delta },
  push,
  shape: (_lease, shards) => [shards[0]!.columns],
}

interface State {
  readonly dataset: Dataset
  readonly random: Random
  readonly mean: Float64Array // (d)
  /** Shards that nobody computes, and how many have no answer yet. */
  readonly free: Set<number>
  left: number
}

/** On the server. */
export const means: App<Record<string, never>, State> = {
  name: 'means',
  title: 'Column means',
  purpose: 'Adds up what was measured.',
  spec: z.object({}).strict(),
  dataset: 'matrix',
  summaryLine: 'the mean of every column',
  flags: [],
  buffers: { lease, delta },

  open(_spec, dataset, random) {
    const { columns, shards } = dataset.manifest
    const mean = new Float64Array(columns)
    const secret = seededRandom(random.u32())
    return { dataset, random: secret, mean, free: new Set(shards.keys()), left: shards.length }
  },

  schedule({ free, left, dataset }, offer) {
    if (left === 0) return { idle: 'finished' }
    const k = [...free].find(offer.holds) ?? [...free][0]
    if (k === undefined) return { idle: 'waiting-for-others' }
    free.delete(k)
    const { nonZeros } = dataset.manifest.shards[k]!
    return { arrays: {}, shards: [k], work: nonZeros, memo: k }
  },

  // One secret column is computed again: a lie is found in time, at a fraction of the work.
  check({ dataset, random }, { memo }, { mean }) {
    const shard = dataset.shard(memo as number)
    if (mean!.length !== shard.columns) return `shape: ${mean!.length} means of ${shard.columns}`
    const j = random.below(shard.columns)
    return Math.abs(mean![j]! - meanOf(shard, j)) <= 1e-9 ? null : `column ${j} is wrong`
  },

  pull(state, { memo }, { mean }) {
    const record = { shard: Uint32Array.of(memo as number), mean: mean! }
    replay(state, record)
    return { record, updates: mean!.length }
  },

  release: ({ free }, { memo }) => void free.add(memo as number),
  advance: () => null,
  replay,
  finished: ({ left }) => left === 0,

  progress({ left, dataset }) {
    const done = dataset.manifest.shards.length - left
    return { phase: 'adding', fraction: done / (done + left), values: { shardsLeft: left } }
  },
  summary: ({ mean }) => ({ columns: mean.length }),
  results({ mean, dataset }) {
    const rows = Array.from(mean, (value, j) => [dataset.columnName(j), value])
    return [csv('means.csv', [['name', 'mean'], ...rows])]
  },
}

/** What pull has logged, applied: the same state, bit for bit. */
function replay(state: State, { shard, mean }: Arrays): void {
  const k = shard![0]!
  state.mean.set(mean!, state.dataset.manifest.shards[k]!.firstColumn)
  state.free.delete(k)
  state.left--
}
