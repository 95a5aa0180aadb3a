/** Ratings in every format, what the dataset holds, and the sentences for files that hold none. */
import { existsSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { forEachEntry } from '../../../../shared/columns.ts'
import type { Manifest } from '../../../../shared/dataset.ts'
import { decodeFrame } from '../../../../shared/wire.ts'
import { openDataset } from '../../engine/dataset.ts'
import type { Store } from '../../store/store.ts'
import type { IngestInput } from '../ingest.ts'
import { testFolder } from '../testFiles.ts'
import { ingestOne, realSet, refusal } from '../testKit.ts'

const folder = testFolder()
afterAll(() => folder.remove())

type Triple = [user: string, item: string, rating: number]

/** All ratings of a side, by name, in order. */
function triplesOf(store: Store, manifest: Manifest, side: 'columns' | 'rows'): Triple[] {
  const dataset = openDataset(store, manifest)
  const triples: Triple[] = []
  let next = 0
  manifest.shards.forEach((entry, k) => {
    if (entry.side !== side) return
    const shard = dataset.shard(k)
    expect(shard.firstColumn).toBe(next)
    expect(shard.rows).toBe(side === 'rows' ? manifest.columns : manifest.rows)
    next += shard.columns
    for (let j = 0; j < shard.columns; j++)
      forEachEntry(shard, j, (i, a) => {
        const [u, v] = side === 'rows' ? [shard.firstColumn + j, i] : [i, shard.firstColumn + j]
        triples.push([dataset.rowName(u), dataset.columnName(v), a])
      })
  })
  expect(next).toBe(side === 'rows' ? manifest.rows : manifest.columns)
  return triples.sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1))
}

function testOf(store: Store, manifest: Manifest): Triple[] {
  const dataset = openDataset(store, manifest)
  const { user, item, rating } = decodeFrame(dataset.extra('test')!).arrays
  return Array.from(user!, (u, t) => [
    dataset.rowName(u),
    dataset.columnName(item![t]!),
    rating![t]!,
  ])
}

const ingestRatings = (name: string, text: string, more: Partial<IngestInput> = {}) =>
  ingestOne(folder.write(name, text), { kind: 'ratings', ...more })

const EXPECTED: Triple[] = [
  ['ann', 'alien', 5],
  ['ann', 'brazil', 0],
  ['bob', 'alien', 3],
  ['eve', 'heat', 4],
]
const lines = (separator: string, more = ''): string =>
  EXPECTED.map(([u, i, a]) => [u, i, a].join(separator) + more).join('\n')

describe('formats', () => {
  it.each<[string, string]>([
    ['plain.csv', lines(',')],
    ['plain.csv.gz', `${lines(',')}\n`],
    ['header.csv', `userId,movieId,rating,timestamp\n${lines(',', ',1365029107')}\n`],
    ['odd header.csv', `who,what,how much\r\n${lines(',').replaceAll('\n', '\r\n')}\r\n`],
    ['turned.csv', `rating,item,user\n${EXPECTED.map(([u, i, a]) => `${a},${i},${u}`).join('\n')}`],
    ['quoted.csv', lines(',').replaceAll(/[a-z]+/g, '"$&"')],
    ['semicolons.csv', `"User-ID";"ISBN";"Book-Rating"\n${lines(';')}`],
    ['tabs.tsv', lines('\t', '\t881250949')],
    ['ratings.dat', `\ufeff${lines('::', '::978300760')}\n\n`],
    ['train.txt', `# made for a test\n${lines(' ')}\n`],
  ])('%s', async (name, text) => {
    const { store, manifest } = await ingestRatings(name, text)
    expect(manifest).toMatchObject({ kind: 'ratings', rows: 3, columns: 3, nonZeros: 4 })
    expect(manifest.facts).toEqual({ ratings: 4, duplicates: 0 })
    expect(triplesOf(store, manifest, 'rows')).toEqual(EXPECTED)
    expect(triplesOf(store, manifest, 'columns')).toEqual(EXPECTED)
  })

  it('MatrixMarket, with rows and columns that have no ratings', async () => {
    const text = '%%MatrixMarket matrix coordinate integer general\n%\n3 4 2\n3 1 5\n1 4 2\n'
    const { store, manifest } = await ingestRatings('r.mtx', text)
    expect(manifest).toMatchObject({ rows: 3, columns: 4, nonZeros: 2 })
    const expected = [
      ['1', '4', 2],
      ['3', '1', 5],
    ]
    expect(triplesOf(store, manifest, 'rows')).toEqual(expected)
    expect(triplesOf(store, manifest, 'columns')).toEqual(expected)
  })

  it('pairs without ratings are ratings of 1', async () => {
    const { store, manifest } = await ingestRatings('seen.csv', 'user,item\na,x\nb,x\n')
    expect(triplesOf(store, manifest, 'rows').map(([, , a]) => a)).toEqual([1, 1])
  })

  it.each<[string, number, string]>([
    ['half stars', 3.5, 'f32'],
    ['tenths', 0.1, 'f64'],
    ['negative', -7, 'i16'],
    ['whole', 255, 'u8'],
  ])('%s keep their value', async (name, rating, valueType) => {
    const { store, manifest } = await ingestRatings(`${name}.csv`, `a,x,${rating}\nb,y,1\n`)
    expect(manifest.shards.map((shard) => shard.valueType)).toEqual([valueType, valueType])
    expect(triplesOf(store, manifest, 'columns')[0]).toEqual(['a', 'x', rating])
  })
})

describe('what is kept', () => {
  it('of ratings of the same pair the last, and how many went', async () => {
    const { store, manifest } = await ingestRatings('twice.csv', 'a,x,1\nb,x,2\na,x,3\na,x,4\n')
    expect(manifest.facts).toEqual({ ratings: 2, duplicates: 2 })
    expect(triplesOf(store, manifest, 'rows')).toEqual([
      ['a', 'x', 4],
      ['b', 'x', 2],
    ])
  })

  it('a test file, with people nobody has heard of', async () => {
    const testPath = folder.write('test.txt', 'bob heat 2\nzoe alien 1\n')
    const { store, manifest } = await ingestRatings('t.csv', lines(','), { testPath })
    expect(manifest).toMatchObject({ rows: 4, columns: 3, nonZeros: 4 })
    expect(manifest.facts).toMatchObject({ testRatings: 2, testRatingsOfNewUsers: 1 })
    expect(testOf(store, manifest)).toEqual([
      ['bob', 'heat', 2],
      ['zoe', 'alien', 1],
    ])
    expect(triplesOf(store, manifest, 'columns')).toEqual(EXPECTED)
  })

  it('a share set apart, by seed', async () => {
    const all = Array.from({ length: 400 }, (_, k) => `u${k % 20},i${(k / 20) | 0},${k % 5}`)
    const text = all.join('\n')
    const one = await ingestRatings('h.csv', text, { holdout: 0.1, seed: 1 })
    const again = await ingestRatings('h.csv', text, { holdout: 0.1 })
    const two = await ingestRatings('h.csv', text, { holdout: 0.1, seed: 2 })
    expect(again.manifest.id).toBe(one.manifest.id)
    expect(two.manifest.id).not.toBe(one.manifest.id)
    const test = testOf(one.store, one.manifest)
    expect(test.length).toBeGreaterThan(20)
    expect(test.length).toBeLessThan(60)
    const training = triplesOf(one.store, one.manifest, 'rows')
    expect([...training, ...test].map((triple) => triple.join()).sort()).toEqual([...all].sort())
  })

  it('large sides are cut into shards of even size', async () => {
    const random = (k: number): number => (k * 7919) % 50_021
    const text = Array.from({ length: 550_000 }, (_, k) => `${random(k)} ${k % 997} 3`).join('\n')
    const { manifest } = await ingestRatings('large.txt', text)
    for (const side of ['columns', 'rows'] as const) {
      const sizes = manifest.shards.filter((shard) => shard.side === side).map((s) => s.bytes)
      expect(sizes.length).toBeGreaterThan(1)
      expect(Math.max(...sizes)).toBeLessThan(1.5 * Math.min(...sizes))
    }
  })
})

describe('refused', () => {
  const kind = 'ratings'
  it.each<[string, string, RegExp, Partial<IngestInput>?]>([
    ['text.csv', 'a,x,1\nb,y,good\n', /^text.csv, line 2: "good" is not a finite number; expected/],
    ['gone.csv', 'a,x,1\nb,y,NA\n', /^gone.csv, line 2: the rating is missing; remove the line\.$/],
    ['first.csv', 'a,x,\nb,y,1\n', /^first.csv, line 1: the rating is missing/],
    [
      'short.csv',
      'a,x,1\nb,y\n',
      /^short.csv, line 2 has 2 fields, the lines before it 3; correct/,
    ],
    ['one.csv', 'a\nb\n', /^one.csv, line 1 has 1 field, expected user, item and rating/],
    ['nobody.csv', 'a,x,1\n,y,1\n', /^nobody.csv, line 2: the user is missing/],
    ['inf.dat', 'a::x::1\nb::y::1e999\n', /^inf.dat, line 2: "1e999" is not a finite number/],
    ['header.csv', 'userId,movieId,rating\n', /^header.csv has no ratings; expected lines of user/],
    ['open.csv', 'a,"x,1\n', /^open.csv, line 1: the quoted field is never closed/],
    ['after.csv', 'a,"x"y,1\n', /^after.csv, line 1: text follows a closing quote/],
    [
      'm.mtx',
      '%%MatrixMarket matrix array real general\n1 1\n3\n',
      /^m.mtx, line 1: .* no ratings/,
    ],
    ['n.mtx', '%%MatrixMarket matrix coordinate real general\n2 2 1\n0 1 5\n', /so add 1 to every/],
    ['o.mtx', '%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 5\n', /has 1 entry, but/],
    ['p.mtx', '%%MatrixMarket matrix coordinate real general\n9999999 1 1\n1 1 5\n', /claims/],
    ['all.csv', 'a,x,1\n', /no ratings/, { holdout: 1e-9 }],
    ['share.csv', 'a,x,1\n', /A share of 1.5 cannot be set apart/, { holdout: 1.5 }],
    ['both.csv', 'a,x,1\n', /The test set is given twice/, { holdout: 0.1, testPath: 'x' }],
    ['m.csv', 'a,x,1\n', /is no text of ratings/, { format: 'npy' }],
  ])('%s', async (name, text, sentence, more) => {
    expect(await refusal(folder.write(name, text), { kind, ...more })).toMatch(sentence)
  })
})

const MOVIES = realSet('mf/movietweetings/')
describe.skipIf(!existsSync(MOVIES))('MovieTweetings', () => {
  it('comes in as it is told', async () => {
    const { manifest } = await ingestOne(`${MOVIES}train.txt`, {
      kind: 'ratings',
      testPath: `${MOVIES}test.txt`,
    })
    expect(manifest).toMatchObject({ rows: 16_554, columns: 10_506, nonZeros: 90_000 })
    expect(manifest.facts).toMatchObject({ testRatings: 10_000, duplicates: 0 })
    const { manifest: all } = await ingestOne(`${MOVIES}ratings.dat`, { kind: 'ratings' })
    expect(all).toMatchObject({ rows: 16_554, columns: 10_506, nonZeros: 100_000 })
  })
})
