/** Logistic regression ends at the certified optimum of plain descent, whatever is asked and whoever answers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../errors.ts'
import { push } from '../../linear/push.ts'
import { lookExactly } from '../../linear/screening.ts'
import { seededRandom } from '../../random.ts'
import { POLICIES } from '../../schedule/policy.ts'
import type { Arrays } from '../../wire.ts'
import { logistic } from './app.ts'
import { drive, type Plain, randomClasses, rowsOf, solvePlainly } from './testData.ts'

const offer = { workPerMs: 20, rttMs: 1, holds: () => true, slots: 3 }

describe('a whole job', () => {
  const cases: (Plain & { classWeight?: string })[] = [
    {},
    { standardize: false },
    { intercept: false },
    { standardize: false, intercept: false },
    { l1Ratio: 0.5 },
    { l1Ratio: 0.05, intercept: false },
    { classWeight: '1,3', weights: [1, 3] },
    { classWeight: '0.5,2', weights: [0.5, 2], l1Ratio: 0.7 },
  ]
  it.each(cases)('reaches the optimum of plain descent: %o', ({ weights, ...spec }) => {
    const dataset = randomClasses(7)
    const { state } = drive(dataset, { lambdaRatio: 0.1, tol: 1e-9, ...spec })
    const { objective, lambda, gap } = logistic.summary(state) as Record<string, number>
    const reference = solvePlainly(dataset, lambda!, { ...spec, ...(weights && { weights }) })
    expect(gap).toBeLessThanOrEqual(1e-9)
    expect(Math.abs(objective! / reference.objective - 1)).toBeLessThan(1e-7)
  })

  it.each(POLICIES)('reaches it by every schedule: %s', (policy) => {
    const dataset = randomClasses(21)
    for (const schedule of [{ policy }, { policy, workingSet: false, sweeps: 2 }]) {
      const { state } = drive(dataset, { lambdaRatio: 0.15, tol: 1e-7, schedule })
      const { objective, lambda } = logistic.summary(state) as Record<string, number>
      const reference = solvePlainly(dataset, lambda!).objective
      expect(Math.abs(objective! / reference - 1)).toBeLessThan(1e-6)
    }
  })

  it('never lets the objective rise: any slots, order, lost leases, useless or wild steps', () => {
    const wild = (a: Arrays, by: number): Arrays => ({
      ...a,
      change: a.change!.map((c) => by * c) as Float64Array,
      fit: a.fit!.map((f) => by * f) as Float64Array,
    })
    const arbitrary = fc.tuple(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom(0.02, 0.1, 0.5),
      fc.constantFrom(1, 0.4),
    )
    fc.assert(
      fc.property(arbitrary, ([seed, slots, lambdaRatio, l1Ratio]) => {
        const { objectives } = drive(
          randomClasses(seed),
          { lambdaRatio, l1Ratio, tol: 1e-6 },
          {
            slots,
            seed,
            spoil: (a, random) =>
              [null, wild(a, -3), wild(a, 40)][random.below(12)] ?? (random.below(9) ? a : null),
          },
        )
        for (let k = 1; k < objectives.length; k++)
          expect(objectives[k]).toBeLessThanOrEqual(objectives[k - 1]! * (1 + 1e-12))
      }),
      { numRuns: 25 },
    )
  })

  it('has a gap that is never less than what is missing, at any point on the way', () => {
    for (const [seed, l1Ratio] of [
      [1, 1],
      [2, 0.5],
      [3, 1],
    ] as const) {
      const dataset = randomClasses(seed)
      const spec = logistic.spec.parse({ lambdaRatio: 0.1, l1Ratio, schedule: { sweeps: 1 } })
      const state = logistic.open(spec, dataset, seededRandom(seed))
      const { track, grid } = state.lanes[0]!
      const best = solvePlainly(dataset, grid[0]!, { l1Ratio }).objective * track.design.weightSum
      for (let k = 0; k < 30; k++) {
        const block = logistic.schedule(state, offer)
        if ('idle' in block) break
        logistic.pull(state, block, push(block.arrays, block.shards.map(dataset.shard)))
        const gap = lookExactly(track, false)
        expect(gap).toBeGreaterThanOrEqual(track.objective - best - 1e-9 * best)
      }
    }
  })

  it('screens away no variable of the optimum, and some others', () => {
    let removed = 0
    for (let seed = 1; seed <= 12; seed++) {
      const dataset = randomClasses(seed)
      const l1Ratio = seed % 2 ? 1 : 0.6
      const { state } = drive(dataset, { lambdaRatio: 0.3, tol: 1e-7, l1Ratio }, { seed })
      const { track, points } = state.lanes[0]!
      const { beta } = solvePlainly(dataset, points[0]!.lambda, { l1Ratio })
      beta.forEach((b, j) => {
        if (Math.abs(b) > 1e-5) expect(track.marks[j]! & 2, `variable ${j}`).toBe(0)
      })
      removed += track.screened
    }
    expect(removed).toBeGreaterThan(50)
  })

  it('solves λ = λmax by β = 0, and λmax is that of the gradient at the best constant', () => {
    const { state } = drive(randomClasses(2), { lambdaRatio: 1 })
    expect(logistic.summary(state)).toMatchObject({ nnz: 0, auc: 0.5 })
    expect(solvePlainly(randomClasses(2), 0.999 * state.lambdaMax).beta.some((b) => b !== 0)).toBe(
      true,
    )
    expect(solvePlainly(randomClasses(2), 1.001 * state.lambdaMax).beta.every((b) => b === 0)).toBe(
      true,
    )
  })
})

describe('replay', () => {
  it('of the log gives the same model, bit for bit, and the same files', () => {
    const dataset = randomClasses(9)
    const spec = { path: 8, cv: 3, tol: 1e-7, l1Ratio: 0.8, classWeight: 'balanced' }
    const { state, records } = drive(dataset, spec, { workPerMs: 2_000 })
    const again = logistic.open(logistic.spec.parse(spec), dataset, seededRandom(1))
    for (const record of records) logistic.replay(again, record)
    expect(logistic.finished(again)).toBe(true)
    expect(again.lanes[0]!.track.beta).toEqual(state.lanes[0]!.track.beta)
    expect(logistic.results(again)).toEqual(logistic.results(state))
  })
})

describe('paths and cross-validation', () => {
  const dataset = randomClasses(6, 60, 20)
  const { state } = drive(dataset, { path: 8, cv: 3, tol: 1e-9 }, { workPerMs: 2_000 })

  it('hold out a third of each class, and solve what is left as if it were alone', () => {
    const foldOf = state.foldOf!
    for (let fold = 0; fold < 3; fold++) {
      const kept = [...foldOf.keys()].filter((i) => foldOf[i] !== fold)
      const share = kept.filter((i) => dataset.target![i] === 1).length / kept.length
      const all = dataset.target!.filter((v) => v === 1).length / 60
      expect(Math.abs(share - all)).toBeLessThan(0.04)
      const point = state.lanes[fold + 1]!.points[3]!
      const { objective } = solvePlainly(rowsOf(dataset, kept), point.lambda)
      expect(Math.abs(point.objective / objective - 1)).toBeLessThan(1e-6)
    }
  })

  it('follow the ridge, which changes with λ', () => {
    const spec = { path: 5, tol: 1e-8, l1Ratio: 0.6 }
    const { points } = drive(dataset, spec, { workPerMs: 2_000 }).state.lanes[0]!
    for (const point of points.slice(0, 4)) {
      const { objective } = solvePlainly(dataset, point.lambda, { l1Ratio: 0.6 })
      expect(Math.abs(point.objective / objective - 1)).toBeLessThan(1e-6)
    }
  })

  it('choose λ by the deviance of rows held out', () => {
    const files = new Map(logistic.results(state).map(({ name, text }) => [name, text]))
    const rows = files.get('cv.csv')!.trim().split('\n')
    expect(rows[0]).toBe('lambda,deviance,standard_error,choice,auc,accuracy')
    const deviance = rows.slice(1).map((row) => Number(row.split(',')[1]))
    const least = deviance.indexOf(Math.min(...deviance))
    expect(rows[1 + least]).toMatch(/min/)
    const predictions = files.get('predictions.csv')!.trim().split('\n')
    expect(predictions).toHaveLength(61)
    const held = predictions.slice(1).map((row) => Number(row.split(',')[5]))
    const mean = held.reduce((sum, p, i) => {
      return sum - 2 * Math.log(dataset.target![i] === 1 ? p : 1 - p)
    }, 0)
    expect(mean / 60).toBeCloseTo(deviance[least]!, 10)
    const summary = logistic.summary(state) as { accuracy: number; confusion: object }
    const right = predictions.slice(1).filter((row) => row.split(',')[1] === row.split(',')[6])
    expect(summary.accuracy).toBeCloseTo(right.length / 60, 12)
    expect(Object.values(summary.confusion).reduce((a, b) => a + b, 0)).toBe(60)
  })
})

describe('labels', () => {
  const given = randomClasses(1)
  const open = (target: Float64Array, more: object = {}) => {
    const dataset = { ...given, target, manifest: { ...given.manifest, ...more } }
    return logistic.open(logistic.spec.parse({ lambda: 0.1 }), dataset, seededRandom(1))
  }
  it('may be any two numbers, or two words', () => {
    const target = given.target!.map((v) => (v === 1 ? 2 : 1))
    const { response } = open(target)
    expect(response.target).toEqual(given.target!.map((v) => Number(v === 1)))
    const words = given.target!.map((v) => Number(v === 1))
    const { state } = drive(
      { ...given, target: words, manifest: { ...given.manifest, targetLabels: ['ALL', 'AML'] } },
      { lambda: 0.1 },
    )
    expect(logistic.summary(state).classes).toEqual({ negative: 'ALL', positive: 'AML' })
    expect(logistic.results(state).find((f) => f.name === 'predictions.csv')!.text).toMatch(
      /^row,class,probability,predicted\n1,AML,/,
    )
  })
  it.each([
    [given.target!.map((_, i) => i % 3), /has 3 values \(0, 1, 2\).*one class against the rest/],
    [given.target!.map(() => 1), /every example has the same y of dataset test: 1/],
    [given.target!.map((_, i) => i / 7), /has 40 values .*Keep the examples of two classes/],
  ])('are refused in a sentence', (target, message) => {
    expect(() => open(target)).toThrow(UserError)
    expect(() => open(target)).toThrow(message)
  })
  it.each(['balance', '1', '1,0', '1,-2', '1,2,3'])('class weights cannot be %s', (classWeight) => {
    expect(logistic.spec.safeParse({ lambda: 1, classWeight }).success).toBe(false)
  })
})
