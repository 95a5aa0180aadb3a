/** The same matrix in any format becomes the same dataset; what goes in comes out. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../shared/random.ts'
import { memoryStore } from '../store/memoryStore.ts'
import { formatSummary, type IngestInput, ingest } from './ingest.ts'
import {
  type Descr,
  type Rows,
  testFolder,
  toArray,
  toCoordinate,
  toCsv,
  toLibsvm,
  toNpy,
} from './testFiles.ts'
import { ingestOne, rowsOf, targetOf } from './testKit.ts'

const folder = testFolder()
afterAll(folder.remove)

const take = (content: string | Uint8Array, name: string, more?: Partial<IngestInput>) =>
  ingestOne(folder.write(name, content), more)

const random = seededRandom(7)
const matrix = (n: number, d: number, cell: (j: number) => number): Rows =>
  Array.from({ length: n }, () => Array.from({ length: d }, (_, j) => cell(j)))
const sparse = (density: number, x: () => number) => () => (random.next() < density ? x() : 0)

/** What a file may hold, with the .npy types that can. */
const contents: { name: string; rows: Rows; npy: Descr[] }[] = [
  { name: 'bits', rows: matrix(9, 21, () => random.below(2)), npy: ['b1', 'u1', 'i8'] },
  {
    name: 'dosages',
    rows: matrix(23, 40, () => random.below(3)),
    npy: ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'],
  },
  {
    name: 'integers',
    rows: matrix(8, 12, () => random.below(60000) - 30000),
    npy: ['i2', 'i4', 'i8', 'f4', 'f8'],
  },
  { name: 'large', rows: matrix(5, 6, () => random.below(2 ** 40) * -1024), npy: ['i8', 'f8'] },
  { name: 'floats', rows: matrix(7, 9, () => Math.fround(random.normal())), npy: ['f4', 'f8'] },
  { name: 'doubles', rows: matrix(6, 11, () => random.normal() * 1e-9), npy: ['f8'] },
  {
    name: 'sparse',
    rows: matrix(
      200,
      60,
      sparse(0.02, () => random.normal()),
    ),
    npy: ['f8'],
  },
  {
    name: 'mixed',
    rows: matrix(300, 90, (j) =>
      j % 30 === 0 ? random.normal() : j % 3 === 0 ? random.below(3) : sparse(0.01, () => 7)(),
    ),
    npy: ['f8'],
  },
]

describe.each(contents)('a matrix of $name', ({ name: content, rows, npy }) => {
  const y = rows.map((_, i) => i / 8)
  const files: Record<string, string | Uint8Array> = {
    'm.csv': toCsv(rows),
    'm.tsv': toCsv(rows, '\t'),
    'semicolons.csv': toCsv(rows, ';'),
    'quoted.csv': toCsv(rows.map((row) => row.map((x) => `"${x}"`) as unknown as number[])),
    'windows.csv': toCsv(rows).replaceAll('\n', '\r\n'),
    'noEnd.csv': toCsv(rows).trimEnd(),
    'm.svm': toLibsvm(rows, y),
    'zero.svm': toLibsvm(rows, y, 0),
    'coordinate.mtx': toCoordinate(rows),
    'array.mtx': toArray(rows),
    ...Object.fromEntries(
      npy.flatMap((kind) =>
        ['<', '>'].flatMap((order) =>
          [false, true].map((fortran) => [
            `${kind}-${order === '<' ? 'little' : 'big'}-${fortran ? 'F' : 'C'}.npy`,
            toNpy(rows, kind, order, fortran),
          ]),
        ),
      ),
    ),
  }
  const targetPath = folder.write(`y-${content}.csv`, toCsv(y.map((x) => [x])))

  it.each(Object.keys(files))('is the same dataset from %s', async (name) => {
    const expected = await take(files['m.csv']!, 'expected.csv', { targetPath })
    const more = name.endsWith('.svm') ? {} : { targetPath }
    for (const file of [name, `${name}.gz`]) {
      const { manifest, store } = await take(files[name]!, file, more)
      expect(rowsOf(store, manifest)).toEqual(rows)
      expect(targetOf(store, manifest)).toEqual(y)
      expect(manifest.id).toBe(expected.manifest.id)
    }
    // Without memory everything goes through the temporary file.
    const { manifest } = await take(files[name]!, name, { ...more, memoryBytes: 0 })
    expect(manifest.id).toBe(expected.manifest.id)
  })
})

describe('round trips', () => {
  const value = fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: -40000, max: 40000 }),
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const rowsArbitrary = fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 }))
    .chain(([n, d]) =>
      fc.array(fc.array(value, { minLength: d, maxLength: d }), { minLength: n, maxLength: n }),
    )
  const writers: Record<string, (rows: Rows) => string | Uint8Array> = {
    'p.csv': (rows) => toCsv(rows),
    'p.tsv.gz': (rows) =>
      toCsv(
        rows,
        '\t',
        rows[0]!.map((_, j) => `name ${j}`),
      ),
    'p.svm': (rows) =>
      toLibsvm(
        rows,
        rows.map((_, i) => i),
      ),
    'coordinate.mtx': (rows) => toCoordinate(rows),
    'array.mtx.gz': (rows) => toArray(rows),
    'p.npy': (rows) => toNpy(rows),
    'fortran.npy.gz': (rows) => toNpy(rows, 'f8', '>', true),
  }
  it.each(Object.keys(writers))('any matrix through %s', async (name) => {
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, async (rows) => {
        // One row has a constant label, which is refused; a target of its own replaces it.
        fc.pre(rows.length > 1 || !name.endsWith('.svm'))
        const { store, manifest } = await take(writers[name]!(rows), name)
        expect(rowsOf(store, manifest)).toEqual(rows.map((row) => row.map((x) => x + 0)))
        const constant = rows[0]!.filter((x, j) => rows.every((row) => row[j] === x))
        expect(manifest.constantColumns).toBe(constant.length)
        expect(manifest.nonZeros).toBe(rows.flat().filter((x) => x !== 0).length)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a dataset', () => {
  it('is named after its file, or after its folder when the file says nothing', async () => {
    const path = folder.write('X.csv', '1,2\n3,4\n')
    const named = async (input: Partial<IngestInput>) =>
      (await ingest({ path, ...input }, memoryStore())).name
    expect(await named({ fileName: 'leukemia/X.svm.gz', format: 'csv' })).toBe('leukemia')
    expect(await named({ fileName: 'prices.2024.csv.gz' })).toBe('prices.2024')
    expect(await named({ fileName: 'X.csv' })).toBe('X')
    expect(await named({ name: 'mine' })).toBe('mine')
  })

  it('knows gzip and formats by content, whatever the names', async () => {
    const rows = [
      [1, 0],
      [0, 2],
    ]
    for (const content of [toCsv(rows), toCoordinate(rows), toNpy(rows), toLibsvm(rows, [1, 2])])
      for (const packed of [content, gzipSync(content)]) {
        const { store, manifest } = await take(packed, 'upload.bin')
        expect(rowsOf(store, manifest)).toEqual(rows)
      }
  })

  it('takes y from .npy, in one dimension or two, over the labels of the file', async () => {
    const y = toNpy([[1], [2]], 'i4')
    const flat = Buffer.concat([y.subarray(0, 128)])
    flat.write("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }".padEnd(117), 10)
    const vector = Buffer.concat([flat, y.subarray(128)])
    expect(vector.length).toBe(136)
    for (const [name, bytes] of Object.entries({ 'y.npy': y, 'y1.npy.gz': vector })) {
      const targetPath = folder.write(name, bytes)
      const { store, manifest } = await take('5 1:1\n6 2:3\n', 'l.svm', { targetPath })
      expect(targetOf(store, manifest)).toEqual([1, 2])
    }
  })

  it('is the same after a second ingest, which stores nothing new', async () => {
    const store = memoryStore()
    const path = folder.write('twice.csv', toCsv(matrix(20, 5, () => random.normal())))
    const first = await ingest({ path }, store)
    const second = await ingest({ path, name: 'again' }, store)
    expect(second).toEqual({ ...first, name: 'again', source: first.source })
    expect(store.dataset('again')!.manifest.id).toBe(first.id)
  })

  it('is summarised for people', async () => {
    const rows = matrix(50, 8, (j) => (j === 3 ? 2 : random.below(3)))
    const targetPath = folder.write('y.csv', `weight\n${rows.map((_, i) => i).join('\n')}`)
    const { manifest } = await take(toCsv(rows), 'small.csv', { targetPath })
    expect(
      formatSummary({ ...manifest, id: '0'.repeat(64), nonZeros: 250 }),
    ).toMatchInlineSnapshot(`
      "dataset           small (000000000000)
      source            small.csv (CSV); y: y.csv (CSV)
      rows (n)          50
      columns (d)       8
      non-zeros         250 (63 %)
      constant columns  1
      size on disk      160 bytes in 1 shard: 1 dense u2
      target            weight
      column names      x1, x2, …"
    `)
  })

  it('reports progress from 0 to 1, no more than once a per cent', async () => {
    const path = folder.write('p.csv', toCsv(matrix(20000, 20, () => random.normal())))
    const seen: string[] = []
    const fractions: number[] = []
    await ingest({ path }, memoryStore(), ({ phase, fraction }) => {
      if (seen.at(-1) !== phase) seen.push(phase)
      if (phase === 'read') fractions.push(fraction)
    })
    expect(seen).toEqual(['read', 'write'])
    expect(fractions.length).toBeGreaterThan(3)
    expect(fractions.length).toBeLessThan(103)
    expect(fractions.at(-1)).toBe(1)
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b))
  })

  it('leaves no temporary file', async () => {
    const tempDir = join(folder.path, '.')
    const rows = matrix(100, 50, () => random.normal())
    const path = folder.write('spilled.csv', toCsv(rows))
    const before = readdirSync(tempDir)
    await ingest({ path, tempDir, memoryBytes: 0 }, memoryStore())
    expect(readdirSync(tempDir)).toEqual(before)
  })
})
