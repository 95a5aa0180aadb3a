/** The real sets, where they lie beside the project. */
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../store/memoryStore.ts'
import { ingest } from './ingest.ts'
import { ingestOne, realSet, targetOf } from './testKit.ts'

const sets = realSet('lasso/')

describe.skipIf(!existsSync(sets))('real data', () => {
  it('leukemia: dense f32', async () => {
    const { store, manifest } = await ingestOne(`${sets}leukemia/X.npy.gz`, {
      targetPath: `${sets}leukemia/y.csv`,
    })
    expect(manifest).toMatchObject({ name: 'leukemia', rows: 72, columns: 7129, targetName: 'y' })
    expect(manifest.constantColumns).toBe(0)
    expect(manifest.shards.every((s) => s.layout === 'dense' && s.valueType === 'f32')).toBe(true)
    expect(new Set(targetOf(store, manifest))).toEqual(new Set([-1, 1]))
  })

  it('genotypes: dense u2 in even shards, the same when spilled', async () => {
    const input = {
      path: `${sets}genotypes/X.npy.gz`,
      targetPath: `${sets}genotypes/y.csv`,
    }
    const manifest = await ingest(input, memoryStore())
    expect(manifest).toMatchObject({ name: 'genotypes', rows: 1814, columns: 10346 })
    expect(manifest.shards.every((s) => s.layout === 'dense' && s.valueType === 'u2')).toBe(true)
    const columns = manifest.shards.map((shard) => shard.columns)
    expect(Math.max(...columns) - Math.min(...columns)).toBeLessThan(2)
    const spilled = await ingest({ ...input, memoryBytes: 1 << 20 }, memoryStore())
    expect(spilled.id).toBe(manifest.id)
  })

  it('newsgroups: sparse, balanced by non-zeros', async () => {
    const manifest = await ingest({ path: `${sets}newsgroups/train.svm.gz` }, memoryStore())
    expect(manifest).toMatchObject({ rows: 11315, columns: 53256, nonZeros: 1565132 })
    expect(manifest.name).toBe('newsgroups')
    const nonZeros = manifest.shards.map((shard) => shard.nonZeros)
    expect(manifest.shards.every(({ layout }) => layout === 'sparse')).toBe(true)
    expect(Math.min(...nonZeros)).toBeGreaterThan(0.9 * Math.max(...nonZeros))
  })
})
