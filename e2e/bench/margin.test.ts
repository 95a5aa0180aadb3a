/** The primal objective of a support vector machine, by hand, and its gap by what is certified. */
import { expect, test } from 'vitest'
import { inMemory } from '../../shared/schedule/families.ts'
import { encodeShard, openShard } from '../../shared/shard.ts'
import { openMargin } from './margin.ts'

/** Two features of three examples: (1, 0), (0, 2), (-1, 1). */
const columns = [Float64Array.of(1, 0, -1), Float64Array.of(0, 2, 1)]
const shape = { layout: 'dense', valueType: 'f64', rows: 3, firstColumn: 0 } as const
const y = Float64Array.of(1, 1, 0)
const dataset = inMemory('three', 3, 2, y, [openShard(encodeShard({ ...shape, columns }))])

test('half the squared norm and C times what is missing to a margin of 1', () => {
  const margin = openMargin(dataset, { c: 2, tol: 1e-3 })
  // At 0 every example misses all of 1; at (1, 0.25) they miss 0, 0.5 and 1 + (-1 + 0.25) = 0.25.
  expect(margin.measure(Float64Array.of(0, 0))).toMatchObject({ objective: 6, nonZeros: 0 })
  const { objective, gap, nonZeros } = margin.measure(Float64Array.of(1, 0.25))
  expect(objective).toBeCloseTo(0.5 * (1 + 0.0625) + 2 * (0.5 + 0.25), 12)
  expect([gap, nonZeros]).toEqual([1, 2])
})

test('the gap is the distance to the best dual value told, relative to the objective', () => {
  const margin = openMargin(dataset, { c: 2, tol: 1e-3 })
  margin.bound(3)
  margin.bound(1)
  expect(margin.measure(Float64Array.of(0, 0)).gap).toBeCloseTo(0.5, 12)
})
