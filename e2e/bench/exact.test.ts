/** The measure of all programs, against the references and against brute force. */
import { expect, test } from 'vitest'
import { seededRandom } from '../../shared/random.ts'
import { inMemory } from '../../shared/schedule/families.ts'
import { encodeShard, openShard } from '../../shared/shard.ts'
import { openSet } from '../evaluate/realSets.ts'
import { leukemia } from '../lassoSets.ts'
import { openExact } from './exact.ts'

const tol = 1e-6

test('λmax and the objective at 0 are those of the reference', async () => {
  const dataset = await openSet(leukemia)
  const problem = { app: 'lasso', ratio: 0.1, tol, standardize: true, intercept: true } as const
  const exact = openExact(dataset, problem)
  expect(exact.lambda).toBeCloseTo(0.1 * leukemia.lambdaMax, 8)
  const atZero = exact.measure(new Float64Array(exact.d))
  expect(atZero.objective).toBeCloseTo(exact.gapUnit, 12)
  expect(atZero.nonZeros).toBe(0)
  // β = 0 is optimal at λmax.
  const top = openExact(dataset, { ...problem, ratio: 1 })
  expect(top.measure(new Float64Array(top.d)).gap).toBeLessThan(1e-12)
})

test('logistic: λmax of the reference, log 2 at 0, optimal there at λmax', async () => {
  const dataset = await openSet(leukemia)
  const problem = { app: 'logistic', ratio: 0.1, tol, standardize: true, intercept: false } as const
  const exact = openExact(dataset, problem)
  expect(exact.lambda).toBeCloseTo(0.0377955932, 8)
  expect(exact.measure(new Float64Array(exact.d)).objective).toBeCloseTo(Math.LN2, 12)
  const top = openExact(dataset, { ...problem, ratio: 1 })
  expect(top.measure(new Float64Array(top.d)).gap).toBeLessThan(1e-12)
})

/** One column: the optimum is found by bisection on the objective's slope. */
function oneColumn() {
  const random = seededRandom(5)
  const x = Float64Array.from({ length: 30 }, () => random.normal())
  const y = x.map((v) => (v + random.normal() > 0 ? 1 : -1))
  const shape = { layout: 'dense', valueType: 'f64', rows: 30, firstColumn: 0 } as const
  return inMemory('one', 30, 1, y, [openShard(encodeShard({ ...shape, columns: [x] }))])
}

test.each(['lasso', 'logistic'] as const)(
  '%s: the gap bounds what is lost, and vanishes',
  (app) => {
    const problem = { app, ratio: 0.2, tol, standardize: false, intercept: false }
    const exact = openExact(oneColumn(), problem)
    const at = (b: number) => exact.measure(Float64Array.of(b))
    let [low, high] = [-10, 10]
    for (let k = 0; k < 200; k++) {
      const [a, b] = [low + (high - low) / 3, high - (high - low) / 3]
      if (at(a).objective < at(b).objective) high = b
      else low = a
    }
    const best = at(low).objective
    expect(at(low).gap).toBeLessThan(1e-6)
    for (const b of [-1, 0.1, low + 0.01, 2]) {
      const { objective, gap } = at(b)
      expect(gap * exact.gapUnit).toBeGreaterThanOrEqual(objective - best - 1e-12)
    }
    // The dual value of the optimum is remembered, or told: what is missing is known to all digits.
    const { objective } = at(low + 0.01)
    expect(exact.aboveBest(objective) * exact.gapUnit).toBeCloseTo(objective - best, 6)
    const alone = openExact(oneColumn(), problem)
    alone.bound(best)
    expect(alone.aboveBest(objective) * alone.gapUnit).toBeCloseTo(objective - best, 12)
  },
)
