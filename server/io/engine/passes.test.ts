/** Passes in WebAssembly against plain loops, on every kind of shard, one after the other. */
import { beforeAll, expect, test } from 'vitest'
import { type ColumnOf, type Passes, plainPasses } from '../../../shared/columns/passes.ts'
import { type Kind, randomShard } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { buildKernels } from '../../setup/kernels.mjs'
import { openPasses } from './passes.ts'

const KINDS: Kind[] = [
  ...(['u2', 'u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType) => ({ layout: 'dense', valueType }) as const,
  ),
  ...(['u8', 'i16', 'f32', 'f64'] as const).map(
    (valueType) => ({ layout: 'sparse', valueType }) as const,
  ),
]

/** With one shard in memory at a time, and with some. */
let passes: Passes
let roomy: Passes
beforeAll(async () => {
  const built = (await buildKernels()).find(({ app }) => app === 'columns')!
  passes = openPasses(0, built.path)!
  roomy = openPasses(1 << 20, built.path)!
}, 60_000)

/** Sums of n terms in another order. */
function expectClose(got: Float64Array, want: Float64Array, size: number): void {
  expect(got.length).toBe(want.length)
  const furthest = got.reduce((most, v, k) => Math.max(most, Math.abs(v - want[k]!)), 0)
  expect(furthest).toBeLessThanOrEqual(1e-15 * size)
}

test.each([
  [1, 3],
  [37, 5],
  [130, 300],
  [66_000, 2],
])('%i rows, %i columns', (n, m) => {
  const random = seededRandom(n)
  const normals = (length: number) => Float64Array.from({ length }, () => random.normal())
  const [r, a] = [normals(n), normals(m)]
  a[0] = 0
  const w = Float64Array.from({ length: n }, () => random.next())
  for (const kind of KINDS) {
    const shard = randomShard(kind, n, m, random)
    const { squares: sizes } = plainPasses.moments(shard, null)
    const size = n * (1 + Math.max(...sizes))
    expectClose(passes.products(shard, r), plainPasses.products(shard, r), size)
    for (const weights of [null, w]) {
      const [got, want] = [passes.moments(shard, weights), plainPasses.moments(shard, weights)]
      expectClose(got.sum, want.sum, size)
      expectClose(got.squares, want.squares, size)
    }
    const [out, plain] = [r.slice(), r.slice()]
    passes.combine(shard, a, out)
    plainPasses.combine(shard, a, plain)
    expectClose(out, plain, size * m)
  }
})

test('shards that stay in memory are not taken for each other, also when they do not all fit', () => {
  const random = seededRandom(3)
  const r = Float64Array.from({ length: 2000 }, () => random.normal())
  const kind: Kind = { layout: 'dense', valueType: 'f64' }
  const few = Array.from({ length: 5 }, () => randomShard(kind, r.length, 4, random))
  const many = [...few, randomShard(kind, r.length, 60, random)]
  for (const shards of [few, many, few])
    for (let round = 0; round < 2; round++)
      for (const shard of shards) {
        expect(roomy.products(shard, r)).toEqual(passes.products(shard, r))
        const [out, want] = [new Float64Array(r.length), new Float64Array(r.length)]
        const a = Float64Array.from({ length: shard.columns }, () => random.normal())
        roomy.combine(shard, a, out)
        passes.combine(shard, a, want)
        expect(out).toEqual(want)
      }
})

test('products of two columns, of one shard or two', () => {
  const random = seededRandom(7)
  const n = 131
  const dense = KINDS.filter(({ layout }) => layout === 'dense')
  const shards = dense.map((kind) => randomShard(kind, n, 3, random))
  const w = Float64Array.from({ length: n }, () => random.next())
  for (const weights of [null, w, null])
    for (const shard of shards)
      for (const other of [...shards, shard])
        for (const [j, k] of [
          [0, 1],
          [0, 2],
          [1, 1],
        ] as const) {
          const [x, y] = [
            { shard, j },
            { shard: other, j: k },
          ]
          const want = plainPasses.pair(x, y, weights)
          const size = (of: ColumnOf) =>
            Math.sqrt(plainPasses.moments(of.shard, null).squares[of.j]!)
          const got = Float64Array.of(passes.pair(x, y, weights))
          expectClose(got, Float64Array.of(want), n * size(x) * size(y))
        }
})

test('without the kernel there are none, and plain loops are used', () => {
  expect(openPasses(0, '/nowhere/columns.wasm')).toBeUndefined()
})
