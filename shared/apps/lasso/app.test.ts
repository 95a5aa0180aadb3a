import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../errors.ts'
import { SCALARS } from '../../linear/buffers.ts'
import { coefficientsOf } from '../../linear/results.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { lasso } from './app.ts'
import { datasetOf, drive, randomDataset, solvePlainly, withPasses } from './testData.ts'

const cases = [
  { standardize: true, intercept: true },
  { standardize: false, intercept: true },
  { standardize: true, intercept: false },
  { standardize: false, intercept: false },
  { standardize: true, intercept: true, l1Ratio: 0.5 },
  { standardize: false, intercept: false, l1Ratio: 0.05 },
]

describe('a whole job', () => {
  it.each(cases)('reaches the optimum of plain coordinate descent: %o', (options) => {
    const dataset = randomDataset(7)
    const { state } = drive(dataset, { lambdaRatio: 0.1, tol: 1e-10, ...options })
    const summary = lasso.summary(state) as { objective: number; lambda: number; gap: number }
    const reference = solvePlainly(dataset, summary.lambda, options).objective
    expect(summary.gap).toBeLessThanOrEqual(1e-10)
    expect(Math.abs(summary.objective / reference - 1)).toBeLessThan(1e-8)
  })

  it.each(cases)('is looked at by the server itself where data are small: %o', (options) => {
    const dataset = withPasses(randomDataset(7))
    const { state, leased } = drive(dataset, { lambdaRatio: 0.1, tol: 1e-10, ...options })
    expect(leased.every(({ arrays }) => arrays.scalars![SCALARS.scan] === 0)).toBe(true)
    const summary = lasso.summary(state) as { objective: number; lambda: number; gap: number }
    const reference = solvePlainly(dataset, summary.lambda, options).objective
    expect(summary.gap).toBeLessThanOrEqual(1e-10)
    expect(Math.abs(summary.objective / reference - 1)).toBeLessThan(1e-8)
  })

  it('reports coefficients in the units of the data', () => {
    const dataset = randomDataset(11)
    const { state } = drive(dataset, { lambdaRatio: 0.05, tol: 1e-11 })
    const point = state.lanes[0]!.points[0]!
    const { index, value } = coefficientsOf(state, point)
    const { beta } = solvePlainly(dataset, point.lambda, { standardize: true, intercept: true })
    index.forEach((j, k) => {
      expect(value[k]).toBeCloseTo(beta[j]!, 4)
    })
  })

  it('with the guard, the objective never rises: any slots, order, parts and lost leases', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0.02, 0.1, 0.5),
        (seed, slots, lambdaRatio) => {
          const { objectives } = drive(
            randomDataset(seed),
            { lambdaRatio, tol: 1e-6 },
            { slots, seed, spoil: (a, random) => (random.below(5) === 0 ? null : a) },
          )
          for (let k = 1; k < objectives.length; k++)
            expect(objectives[k]).toBeLessThanOrEqual(objectives[k - 1]! * (1 + 1e-12))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('stays right when tabs send useless but consistent steps', () => {
    const spoil = (a: Arrays): Arrays => ({
      ...a,
      change: a.change!.map((c) => -3 * c) as Float64Array,
      fit: a.fit!.map((f) => -3 * f) as Float64Array,
    })
    const dataset = randomDataset(3)
    const half = drive(
      dataset,
      { lambdaRatio: 0.1 },
      { spoil: (a, r) => (r.below(2) ? spoil(a) : a) },
    )
    const honest = drive(dataset, { lambdaRatio: 0.1 })
    const objective = (d: typeof half): number => lasso.summary(d.state).objective as number
    expect(Math.abs(objective(half) / objective(honest) - 1)).toBeLessThan(1e-5)
  })

  it('without the guard and the parts rule off it is plain STRADS, and still ends certified alone', () => {
    const schedule = { guard: false, memory: 0 }
    const { state } = drive(randomDataset(5), { lambdaRatio: 0.1, schedule }, { slots: 1 })
    expect(lasso.summary(state).gap).toBeLessThanOrEqual(1e-6)
  })

  it('solves λ = λmax by β = 0', () => {
    const { state } = drive(randomDataset(2), { lambdaRatio: 1 })
    expect(lasso.summary(state)).toMatchObject({ nnz: 0 })
  })
})

describe('replay', () => {
  it('of the log gives the same model, bit for bit, and the job ends the same', () => {
    const dataset = randomDataset(9)
    const spec = { path: 12, tol: 1e-7 }
    const { state, records } = drive(dataset, spec)
    const again = lasso.open(lasso.spec.parse(spec), dataset, seededRandom(1))
    for (const record of records) lasso.replay(again, record)
    expect(lasso.finished(again)).toBe(true)
    expect(again.lanes[0]!.track.beta).toEqual(state.lanes[0]!.track.beta)
    expect(lasso.results(again)).toEqual(lasso.results(state))
  })

  it('of half a log leaves a job that goes on to the same optimum', () => {
    const dataset = randomDataset(9)
    const spec = lasso.spec.parse({ lambdaRatio: 0.05, tol: 1e-9 })
    const { state, records } = drive(dataset, { lambdaRatio: 0.05, tol: 1e-9 })
    const again = lasso.open(spec, dataset, seededRandom(1))
    for (const record of records.slice(0, records.length >> 1)) lasso.replay(again, record)
    expect(lasso.finished(again)).toBe(false)
    const block = lasso.schedule(again, { workPerMs: 20, rttMs: 1, holds: () => true, slots: 1 })
    expect('idle' in block).toBe(false)
    expect(lasso.progress(again).values.objective).toBeGreaterThan(
      lasso.summary(state).objective as number,
    )
  })
})

describe('a path', () => {
  it('has glmnet’s grid, warm starts, and one certified point per λ', () => {
    const { state, notes } = drive(randomDataset(4), { path: 20, tol: 1e-6 })
    const { points } = state.lanes[0]!
    expect(notes).toHaveLength(points.length)
    expect(points[0]).toMatchObject({ nonZeros: 0, lambda: state.lambdaMax })
    for (const [k, point] of points.entries()) {
      expect(point.gap).toBeLessThanOrEqual(1e-6)
      if (k > 0) expect(point.lambda / points[k - 1]!.lambda).toBeCloseTo(0.01 ** (1 / 19), 10)
      if (k > 0) expect(point.devianceRatio).toBeGreaterThanOrEqual(points[k - 1]!.devianceRatio)
    }
  })

  it('of an elastic net follows the ridge, which changes with λ', () => {
    const dataset = randomDataset(4)
    const { points } = drive(dataset, { path: 6, tol: 1e-9, l1Ratio: 0.4 }).state.lanes[0]!
    for (const point of points) {
      const options = { standardize: true, intercept: true, l1Ratio: 0.4 }
      const { objective } = solvePlainly(dataset, point.lambda, options)
      expect(Math.abs(point.objective / objective - 1)).toBeLessThan(1e-7)
    }
  })

  it('cross-validates: the held-out errors are those of solving each fold alone', () => {
    const dataset = randomDataset(6, 60, 20)
    const { state } = drive(dataset, { path: 8, cv: 3, tol: 1e-9 })
    const foldOf = state.foldOf!
    for (let fold = 0; fold < 3; fold++) {
      const lane = state.lanes[fold + 1]!
      const kept = [...foldOf.keys()].filter((i) => foldOf[i] !== fold)
      const columns = Array.from({ length: 20 }, (_, j) => columnOf(dataset, j, kept))
      const part = datasetOf(
        columns,
        Float64Array.from(kept, (i) => dataset.target![i]!),
      )
      const point = lane.points[5]!
      const options = { standardize: true, intercept: true }
      const { objective } = solvePlainly(part, point.lambda, options)
      expect(Math.abs(point.objective / objective - 1)).toBeLessThan(1e-6)
    }
    const files = lasso.results(state).map((f) => f.name)
    expect(files).toContain('cv.csv')
    const summary = lasso.summary(state) as { lambdaMin: number; lambda1se: number }
    expect(summary.lambda1se).toBeGreaterThanOrEqual(summary.lambdaMin)
  })
})

function columnOf(dataset: ReturnType<typeof randomDataset>, j: number, rows: number[]) {
  const shard = dataset.shard(Math.floor(j / 7))
  const first = ((j % 7) * shard.stride) / 8
  return Float64Array.from(rows, (i) => shard.values[first + i]!)
}

describe('what no honest tab sends', () => {
  const dataset = randomDataset(1)
  const spec = lasso.spec.parse({ lambdaRatio: 0.1 })
  const offer = { workPerMs: 1e4, rttMs: 1, holds: () => true, slots: 1 }
  const lies: [string, (a: Record<string, Float64Array>) => void, RegExp][] = [
    ['a short change', (a) => (a.change = new Float64Array(1)), /^shape: change has 1/],
    ['a missing fit', (a) => (a.fit = new Float64Array(0)), /^shape: fit has 0/],
    ['short stats', (a) => (a.stats = new Float64Array(1)), /^shape: stats/],
    [
      'a gradient nobody asked for',
      (a) => (a.gradient = Float32Array.of(1) as never),
      /^shape: grad/,
    ],
    ['one wrong value of the fit', (a) => (a.fit![3]! += 1e-3), /fit is not X times change/],
    ['one wrong change', (a) => (a.change![0]! += 1e-3), /fit is not X times change/],
  ]
  it.each(lies)('%s', async (_, lie, reason) => {
    const { push } = await import('../../linear/push.ts')
    const state = lasso.open(spec, dataset, seededRandom(1))
    const block = lasso.schedule(state, offer)
    if ('idle' in block) throw new Error('expected a block')
    const honest = push(block.arrays, block.shards.map(dataset.shard))
    expect(lasso.check(state, block, honest)).toBeNull()
    const spoilt = { ...honest, change: honest.change!.slice(), fit: honest.fit!.slice() }
    lie(spoilt as Record<string, Float64Array>)
    expect(lasso.check(state, block, spoilt)).toMatch(reason)
  })
})

describe('a spec that cannot be', () => {
  const parse = (spec: object) => lasso.spec.safeParse(spec)
  it.each([
    [{}, /exactly one of/],
    [{ lambda: 1, lambdaRatio: 0.1 }, /exactly one of/],
    [{ lambda: -1 }, /lambda must be > 0/],
    [{ lambda: 1, cv: 5 }, /cv needs a path/],
    [{ lambda: 1, typo: 2 }, /typo/],
  ])('%o', (spec, message) => {
    const result = parse(spec)
    expect(result.success).toBe(false)
    expect(JSON.stringify(result.error?.issues)).toMatch(message)
  })

  it('cv alone means a path of 100', () => {
    expect(parse({ cv: 5 }).data).toMatchObject({ cv: 5, path: 100 })
  })

  it('data without a target, or with too few rows for the folds, is refused in a sentence', () => {
    const { target, ...rest } = randomDataset(1)
    const open = (spec: object, dataset: object) => () =>
      lasso.open(lasso.spec.parse(spec), dataset as never, seededRandom(1))
    expect(open({ lambda: 1 }, { ...rest, target: null })).toThrow(UserError)
    expect(open({ cv: 30 }, { ...rest, target })).toThrow(/30 folds need at least 60 rows/)
  })
})
