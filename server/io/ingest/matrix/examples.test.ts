/** A table cut by examples: the same numbers turned over, the target and the names beside them. */
import { afterAll, expect, it } from 'vitest'
import { seededRandom } from '../../../../shared/random.ts'
import { openDataset } from '../../engine/dataset.ts'
import { testFolder, toCsv, toLibsvm, toNpy } from '../testFiles.ts'
import { ingestOne, refusal, rowsOf, targetOf } from '../testKit.ts'

const folder = testFolder()
afterAll(folder.remove)

const EXAMPLES = 90
const FEATURES = 37
const random = seededRandom(3)
const rows = Array.from({ length: EXAMPLES }, () =>
  Array.from({ length: FEATURES }, (_, j) =>
    // Every feature is used, so that LIBSVM knows of it.
    j === 0 || random.next() < 0.1 ? Math.fround(random.normal()) : 0,
  ),
)
const y = rows.map(([x]) => (x! > 0 ? 1 : -1))
const names = rows[0]!.map((_, j) => `gene ${j + 1}`)
const turned = rows[0]!.map((_, j) => rows.map((row) => row[j]!))

it.each([
  ['x.svm', toLibsvm(rows, y)],
  [
    'x.csv',
    toCsv(
      rows.map((row, i) => [...row, y[i]!]),
      ',',
      [...names, 'y'],
    ),
  ],
])('%s', async (name, content) => {
  const path = folder.write(name, content)
  const target = name === 'x.csv' ? { target: 'y' } : {}
  // Without memory every entry goes through the disk.
  for (const memoryBytes of [undefined, 0]) {
    const more = { kind: 'examples', ...target, ...(memoryBytes === 0 && { memoryBytes }) } as const
    const { store, manifest } = await ingestOne(path, more)
    expect(manifest).toMatchObject({ kind: 'examples', rows: FEATURES, columns: EXAMPLES })
    expect(rowsOf(store, manifest)).toEqual(turned)
    expect(targetOf(store, manifest)).toEqual(y)
    const dataset = openDataset(store, manifest)
    expect(dataset.target).toHaveLength(EXAMPLES)
    expect(dataset.rowName(2)).toBe(name === 'x.csv' ? 'gene 3' : '3')
  }
})

it('dense arrays, with a file of labels', async () => {
  const x = folder.write('x.npy', toNpy(rows, 'f4'))
  const labels = folder.write('y.csv', `${y.join('\n')}\n`)
  const { store, manifest } = await ingestOne(x, { kind: 'examples', targetPath: labels })
  expect(rowsOf(store, manifest)).toEqual(turned)
  expect(targetOf(store, manifest)).toEqual(y)
  const matrix = await ingestOne(x, { targetPath: labels })
  expect(matrix.manifest.id).not.toBe(manifest.id)
})

it('without labels there are no examples', async () => {
  const path = folder.write('plain.csv', toCsv(rows))
  expect(await refusal(path, { kind: 'examples' })).toMatch(/no labels.*--target/)
})
