/** Generated data is what it says, and the same from one seed. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Dataset } from '../../../shared/app.ts'
import { axpy } from '../../../shared/columns.ts'
import { openFile } from '../../evaluate/realSets.ts'
import { writeGenotypes } from './genotypes.ts'
import { writeSparse } from './sparse.ts'
import { splitLines } from './split.ts'

const folder = mkdtempSync(join(tmpdir(), 'shoal-generate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string): string => join(folder, name)

const columnsOf = ({ manifest, shard }: Dataset): Float64Array[] =>
  manifest.shards.flatMap((entry, k) =>
    Array.from({ length: entry.columns }, (_, c) => {
      const out = new Float64Array(manifest.rows)
      axpy(shard(k), c, 1, out)
      return out
    }),
  )

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length
  const [p, q] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - p) * (b[i]! - q)
    aa += (a[i]! - p) ** 2
    bb += (b[i]! - q) ** 2
  }
  return ab / Math.sqrt(aa * bb || 1)
}

const neighbours = (columns: Float64Array[]): number[] =>
  columns.slice(1).map((column, j) => Math.abs(correlation(column, columns[j]!)))

test('sparse: 25 non-zeros a column, nine of ten columns follow their neighbour', async () => {
  const [path, targetPath] = [at('x.mtx'), at('y.csv')]
  await writeSparse({ path, targetPath, rows: 450, columns: 600, seed: 3 })
  const dataset = await openFile({ path, targetPath })
  expect(dataset.manifest).toMatchObject({ rows: 450, columns: 600, nonZeros: 25 * 600 })
  expect(dataset.manifest.shards[0]).toMatchObject({ layout: 'sparse', valueType: 'i16' })
  const close = neighbours(columnsOf(dataset)).filter((r) => r > 0.8).length / 599
  expect(close).toBeGreaterThan(0.86)
  expect(close).toBeLessThan(0.94)
})

test('genotypes: 0, 1, 2 in two bits, correlated along the chromosome', async () => {
  const [path, targetPath] = [at('g.npy'), at('gy.csv')]
  await writeGenotypes({ path, targetPath, rows: 200, columns: 500, seed: 3 })
  const dataset = await openFile({ path, targetPath })
  expect(dataset.manifest).toMatchObject({ rows: 200, columns: 500, constantColumns: 0 })
  expect(dataset.manifest.shards[0]).toMatchObject({ layout: 'dense', valueType: 'u2' })
  const columns = columnsOf(dataset)
  const far = columns.slice(250).map((column, j) => Math.abs(correlation(column, columns[j]!)))
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
  expect(mean(neighbours(columns))).toBeGreaterThan(2 * mean(far))
})

test('the same seed gives the same bytes, another one does not', async () => {
  const bytesOf = async (name: string, seed: number): Promise<Buffer> => {
    await writeSparse({ path: at(name), targetPath: at('t.csv'), rows: 50, columns: 20, seed })
    return readFileSync(at(name))
  }
  const first = await bytesOf('a.mtx', 1)
  expect(await bytesOf('b.mtx', 1)).toEqual(first)
  expect(await bytesOf('c.mtx', 2)).not.toEqual(first)
})

test('split: every line in one part, the head in both, the share held out, the whole gone', async () => {
  const lines = Array.from({ length: 2000 }, (_, k) => `${k},x`)
  const [path, train, test] = [at('all.csv'), at('train.csv'), at('test.csv')]
  writeFileSync(path, `head\n${lines.join('\n')}\n`)
  await splitLines({ path, train, test, share: 0.1, seed: 1 })
  const parts = [train, test].map((part) => readFileSync(part, 'utf8').trimEnd().split('\n'))
  expect(parts.map(([head]) => head)).toEqual(['head', 'head'])
  const rest = parts.flatMap((part) => part.slice(1))
  expect(rest.sort()).toEqual([...lines].sort())
  expect(parts[1]!.length).toBeGreaterThan(150)
  expect(parts[1]!.length).toBeLessThan(250)
  expect(existsSync(path)).toBe(false)
})
