/** A small app, dataset and job for the tests of server/io: sums numbers that tabs send back. */
import { z } from 'zod'
import type { AnyApp, App } from '../../../shared/app.ts'
import type { Manifest } from '../../../shared/dataset.ts'
import { UserError } from '../../../shared/errors.ts'
import { encodeShard } from '../../../shared/shard.ts'
import type { DatasetRecord, JobRecord, Store } from '../store/store.ts'

interface CountingState {
  target: number
  inFlight: Set<number>
  next: number
  sum: number
  shards: number
}

/** Every block is one number k; an honest tab answers with k·2. Ends after `target` commits. */
const counting: App<{ target: number }, CountingState> = {
  name: 'counting',
  title: 'Counting',
  purpose: 'Doubles numbers.',
  spec: z.object({ target: z.number().int().min(1).default(3) }).strict(),
  dataset: 'matrix',
  summaryLine: 'double numbers',
  flags: [],
  buffers: {
    lease: [{ name: 'k', type: 'f64' }],
    delta: [{ name: 'double', type: 'f64' }],
  },
  open: (spec, dataset) => ({
    target: spec.target,
    inFlight: new Set(),
    next: 0,
    sum: dataset.shard(0).rows * 0,
    shards: dataset.manifest.shards.length,
  }),
  schedule(state) {
    if (state.sum >= state.target) return { idle: 'finished' }
    if (state.sum + state.inFlight.size >= state.target) return { idle: 'waiting-for-others' }
    const k = ++state.next
    state.inFlight.add(k)
    const shards = [k % state.shards]
    return { arrays: { k: Float64Array.of(k) }, shards, work: 1, memo: k }
  },
  check: (_state, block, delta) =>
    delta.double!.length === 1 && delta.double![0] === 2 * block.arrays.k![0]!
      ? null
      : 'twice the number was expected',
  pull(state, block, delta) {
    state.inFlight.delete(block.memo as number)
    state.sum++
    return { record: { double: delta.double! }, updates: 1 }
  },
  release(state, block) {
    state.inFlight.delete(block.memo as number)
  },
  advance: () => null,
  snapshot: ({ sum }) => ({ sum: Float64Array.of(sum) }),
  replay(state, { sum }) {
    state.sum = sum ? sum[0]! : state.sum + 1
  },
  finished: (state) => state.sum >= state.target,
  progress: (state) => ({
    phase: `${state.sum} of ${state.target}`,
    fraction: state.sum / state.target,
    values: { sum: state.sum },
  }),
  summary: (state) => ({ sum: state.sum }),
  results: (state) => [{ name: 'sum.csv', mediaType: 'text/csv', text: `sum\n${state.sum}\n` }],
}

/** Fails as soon as it is asked for a block: an app with a bug. */
const crashing: AnyApp = {
  ...counting,
  name: 'crashing',
  schedule() {
    throw new Error('a bug in the app')
  },
}

/** Finds at the start that the spec does not fit the data. */
const picky: AnyApp = {
  ...counting,
  name: 'picky',
  open() {
    throw new UserError('The target is constant; choose another column.')
  },
}

export const fakeApps: Record<string, AnyApp> = { counting, crashing, picky }

/** Publish a 2 × 2 dataset, one column per shard, whose content depends on `salt`. */
export async function fakeDataset(store: Store, name: string, salt = 1): Promise<DatasetRecord> {
  const entries = await Promise.all(
    [0, 1].map(async (firstColumn) => {
      const bytes = encodeShard({
        layout: 'dense',
        valueType: 'f64',
        rows: 2,
        firstColumn,
        columns: [[salt, firstColumn + 1]],
      })
      const hash = await store.putBlob(bytes)
      const shape = { firstColumn, columns: 1, nonZeros: 2 }
      return {
        ...{ hash, bytes: bytes.length, ...shape },
        ...{ layout: 'dense' as const, valueType: 'f64' as const },
      }
    }),
  )
  const target = await store.putBlob(new Uint8Array(Float64Array.of(salt, -1).buffer))
  const manifest: Manifest = {
    ...{ version: 1, kind: 'matrix', name, rows: 2, columns: 2, nonZeros: 4, constantColumns: 0 },
    id: salt.toString(16).padStart(64, '0'),
    bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0),
    shards: entries,
    ...{ target, targetName: 'y', columnNames: null, source: 'test' },
  }
  const record = { manifest, createdMs: 1 }
  await store.putDataset(record)
  return record
}

export function fakeJob(manifest: Manifest, changes: Partial<JobRecord> = {}): JobRecord {
  return {
    id: 'job-1',
    name: 'a job',
    purpose: 'testing',
    app: 'counting',
    dataset: manifest.id,
    datasetShape: {
      ...{ name: manifest.name, rows: manifest.rows },
      ...{ columns: manifest.columns, bytes: manifest.bytes },
    },
    spec: { target: 3 },
    seed: 1,
    status: 'running',
    error: null,
    createdMs: 1,
    finishedMs: null,
    runningMs: 0,
    epoch: 0,
    phase: 'starting',
    fraction: null,
    values: {},
    counters: {
      ...{ leases: 0, deltas: 0, refused: 0, expired: 0, updates: 0 },
      ...{ computeMs: 0, elapsedMs: 0, heldMs: 0, engineMs: 0, checkMs: 0 },
      ...{ bytesDown: 0, bytesUp: 0, volunteers: 0, leaseP50Ms: null, leaseP95Ms: null },
    },
    summary: null,
    results: [],
    ...changes,
  }
}
