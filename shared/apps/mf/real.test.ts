/** MovieTweetings from file to recommendations with the SIMD kernel; and the speed of that kernel. */
import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Backend } from '../../../client/backends/backend.ts'
import { choose } from '../../../client/backends/load.ts'
import { openDataset } from '../../../server/io/engine/dataset.ts'
import { ingest } from '../../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../../server/io/store/memoryStore.ts'
import { buildKernels } from '../../../server/setup/kernels.mjs'
import type { Dataset, Push } from '../../app.ts'
import { mf } from './app.ts'
import { objectiveOf } from './measure.ts'
import { drive } from './testData.ts'

const MOVIES = new URL('../../../../shared/data/mf/movietweetings/', import.meta.url).pathname

/** Pushes of a backend that holds all shards. */
function pushOf(backend: Backend, dataset: Dataset): Push {
  const hashes = new Map(dataset.manifest.shards.map(({ hash }, k) => [dataset.shard(k), hash]))
  for (const [shard, hash] of hashes) backend.hold(hash, shard.bytes)
  return (arrays, shards) =>
    backend.run(
      arrays,
      shards.map((shard) => hashes.get(shard)!),
    )
}

describe.skipIf(!existsSync(MOVIES))('MovieTweetings', () => {
  let dataset: Dataset
  let push: Push
  let path: string
  beforeAll(async () => {
    const store = memoryStore()
    const input = { kind: 'ratings', path: `${MOVIES}train.txt`, testPath: `${MOVIES}test.txt` }
    dataset = openDataset(store, await ingest(input as Parameters<typeof ingest>[0], store))
    path = (await buildKernels()).find(({ app }) => app === 'mf')!.path
    push = pushOf(await choose('mf', { module: readFileSync(path) }), dataset)
  })

  it.each<[Record<string, unknown>, number]>([
    // As it comes; then with libmf's λ (1.674 and 1.697 are its figures, without biases).
    [{}, 1.56],
    [{ rank: 16 }, 1.56],
    [{ lambda: 0.1, weighted: true }, 1.674],
    [{ weighted: true }, 1.59],
    [{ solver: 'ccd' }, 1.56],
  ])('%o reaches a test RMSE of %f, never rising', (spec, bound) => {
    const { state, refusals } = drive(
      dataset,
      { ...spec, top: 0 },
      { push, slots: 4, workPerMs: 1e6 },
    )
    expect(refusals).toEqual([])
    let last = Number.POSITIVE_INFINITY
    for (const { halfObjective, objective } of state.points) {
      expect(halfObjective).toBeLessThanOrEqual(last)
      expect(objective).toBeLessThanOrEqual(halfObjective)
      last = objective
    }
    expect(mf.summary(state).testRmse).toBeLessThanOrEqual(bound)
    expect(Math.abs(last / objectiveOf(state) - 1)).toBeLessThan(1e-6)
  })

  it('at libmf’s weak λ it stops where the validation ratings say, below libmf’s figure', async () => {
    const store = memoryStore()
    const paths = { path: `${MOVIES}train.txt`, testPath: `${MOVIES}test.txt` }
    const held = openDataset(
      store,
      await ingest({ kind: 'ratings', ...paths, validation: 0.05 }, store),
    )
    const { state } = drive(
      held,
      { rank: 16, lambda: 0.05, weighted: true, top: 0 },
      {
        push: pushOf(await choose('mf', { module: readFileSync(path) }), held),
        slots: 4,
        workPerMs: 1e6,
      },
    )
    const { testRmse, bestSweep } = mf.summary(state) as Record<string, number>
    expect(testRmse).toBeLessThan(1.697)
    expect(bestSweep).toBeLessThan(state.points.length)
  })

  it('gives the same bytes with one slot and with eight, and whoever dies', () => {
    const spec = { sweeps: 3, top: 0 }
    const one = drive(dataset, spec, { push, slots: 1, workPerMs: 1e8 })
    const many = drive(dataset, spec, {
      ...{ push, slots: 8, order: 7, workPerMs: 1e6 },
      spoil: (answer, random) => (random.next() < 0.1 ? null : answer),
    })
    expect(many.leases).toBeGreaterThan(2 * one.leases)
    expect(
      Buffer.compare(bytesOf(many.state.items.factors), bytesOf(one.state.items.factors)),
    ).toBe(0)
    expect(many.state.points).toEqual(one.state.points)
  })

  it('recommends what was not seen, best first', () => {
    const { state } = drive(dataset, { rank: 8, sweeps: 3 }, { push, slots: 2, workPerMs: 1e7 })
    const file = mf.results(state).find(({ name }) => name === 'recommendations.csv')!
    const rows = file.text.trim().split('\n').slice(1)
    expect(rows.length).toBeGreaterThan(100_000)
    const first = rows.slice(0, 10).map((row) => row.split(','))
    expect(new Set(first.map(([user]) => user)).size).toBe(1)
    const scores = first.map(([, , , score]) => Number(score))
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    const all = rows.map((row) => Number(row.slice(row.lastIndexOf(',') + 1)))
    expect(all.reduce((a, b) => Math.max(a, b))).toBe(10)
    expect(all.reduce((a, b) => Math.min(a, b))).toBeGreaterThanOrEqual(0)
  })

  it('implicit feedback ranks far above chance', () => {
    const spec = { implicit: true, rank: 16, sweeps: 5, top: 10 }
    const { state } = drive(dataset, spec, { push, slots: 4, workPerMs: 1e7 })
    const { precisionAt10, ndcgAt10 } = mf.summary(state) as Record<string, number>
    // 10 of 10 000 items hit one of a user's two or three with a chance of 0.0003 each.
    expect(precisionAt10).toBeGreaterThan(0.025)
    expect(ndcgAt10).toBeGreaterThan(0.08)
  })
})

const bytesOf = (array: Float32Array): Uint8Array => new Uint8Array(array.buffer)
