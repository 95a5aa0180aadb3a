/** Every schedule there is ends at the same certified optimum; what is leased is leased once. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correlationOf } from '../../linear/dependency.ts'
import { openDesign } from '../../linear/design.ts'
import type { Memo } from '../../linear/leases.ts'
import { push } from '../../linear/push.ts'
import { rebuild } from '../../linear/track.ts'
import { seededRandom } from '../../random.ts'
import { datasetOfFamily, makeFamily } from '../../schedule/families.ts'
import { POLICIES } from '../../schedule/policy.ts'
import { lasso } from './app.ts'
import { drive, randomDataset, solvePlainly } from './testData.ts'

const options = { standardize: true, intercept: true }

describe('every schedule reaches the optimum', () => {
  const dataset = randomDataset(21)
  const reference = new Map<number, number>()
  const check = (schedule: Record<string, unknown>, slots = 3): void => {
    const { state } = drive(dataset, { lambdaRatio: 0.1, tol: 1e-8, schedule }, { slots })
    const { objective, gap, lambda } = lasso.summary(state) as Record<string, number>
    if (!reference.has(lambda!))
      reference.set(lambda!, solvePlainly(dataset, lambda!, options).objective)
    expect(gap).toBeLessThanOrEqual(1e-8)
    expect(Math.abs(objective! / reference.get(lambda!)! - 1)).toBeLessThan(1e-7)
  }

  it.each(POLICIES)('%s', (policy) => {
    check({ policy })
    check({ policy, workingSet: false })
    check({ policy, workingSet: false, sweeps: 1, rho: 0.1 })
  })

  it.each([
    { priority: false },
    { power: 2 },
    { eta: 0 },
    { eta: 1 },
    { rho: 1 },
    { rho: 0.05 },
    { balance: 'count' },
    { policy: 'static', balance: 'lpt' },
    { policy: 'static', balance: 'count' },
    { policy: 'rotation', balance: 'prefix' },
    { depth: 0 },
    { depth: 1, workingSet: false },
    { sweeps: 1 },
    { memory: 0 },
    { screening: false },
    { warmup: 0, workingSet: false, candidates: 1 },
  ])('%o', (schedule) => {
    check(schedule)
    check(schedule, 8)
  })
})

describe('what is in flight', () => {
  it('is leased once, and is not correlated by ρ or more with a neighbour in another block', () => {
    const family = makeFamily('neighbours', { seed: 3, rows: 80, columns: 400 })
    const dataset = datasetOfFamily(family, 3_000)
    const schedule = { policy: 'dependency', workingSet: false, sweeps: 1, rho: 0.4 }
    const spec = lasso.spec.parse({ lambdaRatio: 0.05, intercept: false, schedule })
    const state = lasso.open(spec, dataset, seededRandom(4))
    const design = openDesign(dataset, spec, null)
    const correlation = correlationOf(design)
    const random = seededRandom(5)
    const flight: ReturnType<typeof lasso.schedule>[] = []
    for (let turn = 0; turn < 120; turn++) {
      const block = lasso.schedule(state, { workPerMs: 20, rttMs: 1, holds: () => true, slots: 6 })
      if (!('idle' in block)) {
        const index = (block.memo as Memo).index
        const held = flight.flatMap((b) => ('idle' in b ? [] : [...(b.memo as Memo).index]))
        held.sort((a, b) => a - b)
        for (const j of index) {
          expect(held).not.toContain(j)
          const [left, right] = [Math.max(...held.filter((k) => k < j)), held.find((k) => k > j)]
          for (const k of [left, right])
            if (k !== undefined && k >= 0) expect(correlation(j, k)).toBeLessThan(0.4)
        }
        flight.push(block)
      }
      if (flight.length < 6 && random.below(3) > 0) continue
      const [done] = flight.splice(random.below(flight.length), 1)
      if (!done || 'idle' in done) continue
      if (random.below(5) === 0) lasso.release(state, done)
      else lasso.pull(state, done, push(done.arrays, done.shards.map(dataset.shard)))
      while (lasso.advance(state));
    }
  })
})

describe('screening', () => {
  it('never removes a variable of the optimum, and removes some', () => {
    let removed = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(0.05, 0.3, 0.8),
        (seed, ratio) => {
          const dataset = randomDataset(seed)
          const { state } = drive(dataset, { lambdaRatio: ratio, tol: 1e-7 }, { seed })
          const { track, points } = state.lanes[0]!
          const { beta } = solvePlainly(dataset, points[0]!.lambda, options)
          for (let j = 0; j < beta.length; j++)
            if (Math.abs(beta[j]!) > 1e-6) expect(track.marks[j]! & 2, `variable ${j}`).toBe(0)
          removed += track.screened
        },
      ),
      { numRuns: 30 },
    )
    expect(removed).toBeGreaterThan(100)
  })
})

describe('the model', () => {
  it('keeps r = y − Xβ and the objective to rounding, under any schedule', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.constantFrom(...POLICIES),
        (seed, policy) => {
          const schedule = { policy, workingSet: seed % 2 === 0 }
          const spec = { lambdaRatio: 0.05, tol: 1e-6, schedule }
          const { state, records } = drive(randomDataset(seed), spec, { seed, slots: 4 })
          const again = lasso.open(state.spec, state.dataset, seededRandom(seed))
          for (const record of records) lasso.replay(again, record)
          const { track } = state.lanes[0]!
          const before = { residual: track.residual.slice(), objective: track.objective }
          expect(again.lanes[0]!.track.beta).toEqual(track.beta)
          rebuild(track)
          track.residual.forEach((r, i) => {
            expect(Math.abs(r - before.residual[i]!)).toBeLessThan(1e-9)
          })
          expect(Math.abs(track.objective / before.objective - 1)).toBeLessThan(1e-12)
        },
      ),
      { numRuns: 20 },
    )
  })
})
