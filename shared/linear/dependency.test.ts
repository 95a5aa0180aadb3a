/** Correlations of columns as they lie in shards, against plain loops over standardised ones. */
import { expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { inMemory } from '../schedule/families.ts'
import { encodeShard, openShard } from '../shard.ts'
import { correlationOf } from './dependency.ts'
import { openDesign } from './design.ts'

const ROWS = 30
const random = seededRandom(6)
const columns = Array.from({ length: 8 }, (_, j) =>
  Float64Array.from({ length: ROWS }, () =>
    j === 5 ? 1 : random.below(3) === 0 ? 1 + random.below(9) : 0,
  ),
)
/** Three columns dense, the others sparse, a shard each kind. */
const dataset = inMemory('mixed', ROWS, 8, new Float64Array(ROWS), [
  openShard(
    encodeShard({
      ...{ layout: 'dense', valueType: 'u8', rows: ROWS, firstColumn: 0 },
      columns: columns.slice(0, 3),
    }),
  ),
  openShard(
    encodeShard({
      ...{ layout: 'sparse', valueType: 'f32', rows: ROWS, firstColumn: 3 },
      columns: columns.slice(3).map((column) => {
        const rows = Uint32Array.from([...column.keys()].filter((i) => column[i] !== 0))
        return { rows, values: Float32Array.from(rows, (i) => column[i]!) }
      }),
    }),
  ),
])

function plain(j: number, k: number, w: Float64Array, isCentred: boolean): number {
  const total = w.reduce((a, b) => a + b, 0)
  const of = (x: Float64Array): Float64Array => {
    const mean = isCentred ? x.reduce((sum, v, i) => sum + w[i]! * v, 0) / total : 0
    return x.map((v) => v - mean)
  }
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, v, i) => sum + w[i]! * v * b[i]!, 0)
  const [a, b] = [of(columns[j]!), of(columns[k]!)]
  return Math.abs(dot(a, b)) / Math.sqrt(dot(a, a) * dot(b, b))
}

it.each([
  ['centred', true, false],
  ['as they are', false, false],
  ['weighted', true, true],
])('of columns %s, dense and sparse, in any order', (_, intercept, isWeighted) => {
  const weights = isWeighted ? Float64Array.from({ length: ROWS }, (_, i) => i % 4) : null
  const design = openDesign(dataset, { standardize: true, intercept }, weights)
  const correlation = correlationOf(design)
  for (let turn = 0; turn < 200; turn++) {
    const [j, k] = [random.below(8), random.below(8)]
    const isConstant = j === 5 || k === 5
    const want = isConstant ? 0 : plain(j, k, weights ?? new Float64Array(ROWS).fill(1), intercept)
    expect(correlation(j, k)).toBeCloseTo(want, 9)
  }
})
