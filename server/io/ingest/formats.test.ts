/** What is particular to one format. */
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../shared/random.ts'
import type { IngestInput } from './ingest.ts'
import { type Rows, testFolder, toCoordinate, toNpy } from './testFiles.ts'
import { ingestOne, rowsOf, targetOf } from './testKit.ts'

const folder = testFolder()
afterAll(folder.remove)

const take = (content: string | Uint8Array, name: string, more?: Partial<IngestInput>) =>
  ingestOne(folder.write(name, content), more)

describe('CSV', () => {
  it('takes names and the target from the header', async () => {
    const text = 'age,"blood, ""pressure""",y,"two\nlines"\n1,2,0.5,3\n4,5,0.25,6\n'
    const { store, manifest } = await take(text, 'people.csv', { target: 'y' })
    expect(manifest).toMatchObject({ name: 'people', rows: 2, columns: 3, targetName: 'y' })
    expect(rowsOf(store, manifest)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(targetOf(store, manifest)).toEqual([0.5, 0.25])
    const names = new TextDecoder().decode(store.blob(manifest.columnNames!)!)
    expect(names.split('\n')).toEqual(['age', 'blood, "pressure"', 'two lines'])
  })

  it('knows a header of numbers by the target asked for, and x2 without a header', async () => {
    const header = await take('0,1,2\n5,6,7\n8,9,10\n', 'h.csv', { target: '1' })
    expect(header.manifest).toMatchObject({ rows: 2, columns: 2 })
    expect(targetOf(header.store, header.manifest)).toEqual([6, 9])
    const plain = await take('0,1,2\n5,6,7\n8,9,10\n', 'p.csv', { target: 'x2' })
    expect(plain.manifest).toMatchObject({ rows: 3, columns: 2, columnNames: null })
    expect(targetOf(plain.store, plain.manifest)).toEqual([1, 6, 9])
  })

  it('imputes the mean of what is there, and only when asked', async () => {
    const text = 'a,b,c\n1,,0.1\n2,NA,0.1\n6,4,?\n,2,0.1\n'
    const { store, manifest } = await take(text, 'holes.csv', { impute: 'mean' })
    expect(rowsOf(store, manifest)).toEqual([
      [1, 3, 0.1],
      [2, 3, 0.1],
      [6, 4, 0.1],
      [3, 2, 0.1],
    ])
    expect(manifest.constantColumns).toBe(1)
    const cells = [1, Number.NaN, 3, Number.NaN, 5, 6].map((x, i) => [x, i])
    for (const fortran of [false, true])
      for (const memoryBytes of [0, 1e6]) {
        const npy = await take(toNpy(cells, 'f4', '<', fortran), 'holes.npy', {
          impute: 'mean',
          memoryBytes,
        })
        const first = rowsOf(npy.store, npy.manifest).map((row) => row[0])
        expect(first).toEqual([1, 3.75, 3, 3.75, 5, 6])
      }
    const svm = await take('1 1:nan 3:2\n2 1:4\n3 2:nan 3:1\n', 'holes.svm', { impute: 'mean' })
    expect(rowsOf(svm.store, svm.manifest)).toEqual([
      [2, 0, 2],
      [4, 0, 0],
      [0, 0, 1],
    ])
  })
})

describe('MatrixMarket', () => {
  const banner = '%%MatrixMarket matrix'
  it.each([
    ['coordinate real symmetric\n3 3 3\n1 1 5\n3 1 2\n3 2 -1\n', [5, 0, 2, 0, 0, -1, 2, -1, 0]],
    ['coordinate pattern general\n2 3 2\n2 3\n1 1\n', [1, 0, 0, 0, 0, 1]],
    ['coordinate integer skew-symmetric\n2 2 1\n2 1 3\n', [0, -3, 3, 0]],
    ['array real symmetric\n3 3\n1\n2\n3\n4\n5\n6\n', [1, 2, 3, 2, 4, 5, 3, 5, 6]],
    ['array integer skew-symmetric\n3 3\n1\n2\n3\n', [0, -1, -2, 1, 0, -3, 2, 3, 0]],
  ])('%s', async (text, cells) => {
    const { store, manifest } = await take(`${banner} ${text}`, 'm.mtx')
    expect(rowsOf(store, manifest).flat()).toEqual(cells)
  })

  it('takes entries in any order, also when they are spilled in many runs', async () => {
    const random = seededRandom(3)
    const rows: Rows = Array.from({ length: 400 }, () =>
      Array.from({ length: 30 }, () => random.below(5) && random.below(1000)),
    )
    const [banner, comment, size, ...entries] = toCoordinate(rows).trim().split('\n')
    entries.sort((a, b) => (a.at(-1)! < b.at(-1)! ? -1 : 1))
    const text = `${[banner, comment, size, ...entries].join('\n')}\n`
    const { store, manifest } = await take(text, 'shuffled.mtx', { memoryBytes: 0 })
    expect(rowsOf(store, manifest)).toEqual(rows)
  })
})
