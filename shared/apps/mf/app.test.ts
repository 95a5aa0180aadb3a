/** The mathematics of matrix factorisation, whoever computes it, and what must not happen to it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { errorsOn } from '../../factors/model.ts'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { mf } from './app.ts'
import { objectiveOf } from './measure.ts'
import { type Driven, drive } from './testData.ts'

const USERS = 60
const ITEMS = 50
const small = (seed: number) =>
  datasetOf(randomRatings(seed), USERS, ITEMS, { test: randomRatings(seed + 1000).slice(0, 50) })

function modelOf({ state }: Driven): Float32Array[] {
  return [state.users.factors, state.users.bias, state.items.factors, state.items.bias]
}

const kinds = [
  { rank: 3 },
  { rank: 4, weighted: true, biases: false },
  { rank: 4, uncertainty: 2 },
  { rank: 3, solver: 'ccd' },
  { rank: 3, implicit: true, alpha: 2, lambda: 0.5, weighted: true },
  { rank: 4, precision: 'f16' },
]

describe('objective', () => {
  it.each(kinds)('no commit raises it: %o', (kind) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, slots) => {
          let last = Number.POSITIVE_INFINITY
          drive(
            small(seed),
            { ...kind, sweeps: 4, tol: 0 },
            {
              seed,
              slots,
              onPull(state) {
                const now = objectiveOf(state)
                expect(now).toBeLessThanOrEqual(last * (1 + 1e-6))
                last = now
              },
            },
          )
        },
      ),
      { numRuns: 4 },
    )
  })

  it.each(kinds)('the tabs’ losses add up to it: %o', (kind) => {
    const { state } = drive(small(5), { ...kind, sweeps: 6, tol: 0, lambda: 0.5 })
    expect(state.points).toHaveLength(6)
    const [first, last] = [state.points[0]!, state.points.at(-1)!]
    expect(Math.abs(state.exactObjective / last.objective - 1)).toBeLessThan(1e-6)
    expect(last.objective).toBeLessThan(first.objective)
    expect(first.halfObjective).toBeGreaterThan(first.objective)
    expect(state.doubts).toBe(0)
  })
})

describe('the model', () => {
  it.each(kinds)('is the same bit for bit with any number of slots: %o', (kind) => {
    const spec = { ...kind, sweeps: 5, tol: 0 }
    const one = drive(small(7), spec, { slots: 1, workPerMs: 1e6 })
    for (const slots of [2, 5, 16]) {
      const many = drive(small(7), spec, { slots, order: slots, workPerMs: 200 })
      expect(many.leases).toBeGreaterThan(one.leases)
      expect(modelOf(many)).toEqual(modelOf(one))
      expect(many.state.points).toEqual(one.state.points)
    }
  })

  it.each(kinds)('comes back bit for bit from the log, whole or cut anywhere: %o', (kind) => {
    const dataset = small(8)
    const spec = mf.spec.parse({ ...kind, sweeps: 4, tol: 0 })
    const driven = drive(dataset, spec, { slots: 4 })
    const again = mf.open(spec, dataset, seededRandom(1))
    for (const record of driven.records) mf.replay(again, record)
    expect(mf.finished(again)).toBe(true)
    expect(mf.results(again)).toEqual(mf.results(driven.state))
    expect(mf.summary(again)).toEqual(mf.summary(driven.state))
    for (const length of [0, 1, 7, driven.records.length - 2]) {
      const state = mf.open(spec, dataset, seededRandom(1))
      for (const record of driven.records.slice(0, length)) mf.replay(state, record)
      while (mf.advance(state));
      const offer = { workPerMs: 1000, rttMs: 1, holds: () => true, slots: 2 }
      const block = mf.finished(state) ? null : mf.schedule(state, offer)
      expect(block === null || 'arrays' in block).toBe(true)
    }
  })

  it('is the same when tabs die, lie and repeat themselves', () => {
    const spec = { rank: 3, sweeps: 5, tol: 0 }
    const honest = drive(small(9), spec)
    const wild = drive(small(9), spec, {
      slots: 6,
      order: 3,
      spoil(answer, random) {
        const draw = random.next()
        if (draw < 0.2) return null
        if (draw < 0.4) return { ...answer, rows: answer.rows!.map((x) => 100 * x + 5) }
        if (draw < 0.5) return { ...answer, loss: answer.loss!.map((x) => -1 - x) }
        return answer
      },
    })
    expect(wild.refusals.length).toBeGreaterThan(10)
    expect(modelOf(wild)).toEqual(modelOf(honest))
  })

  it('mends rows that someone lied about and nobody looked at', () => {
    const spec = { rank: 3, sweeps: 6, tol: 0 }
    const honest = drive(small(10), { ...spec, sweeps: 7 })
    let lies = 0
    const lied = drive(small(10), spec, {
      // One row in a lease, in the middle of the job: the audit finds some of these.
      spoil(answer, random) {
        if (lies > 30 || answer.loss!.length < 4) return answer
        lies++
        const rows = answer.rows!.slice()
        const at = random.below(answer.loss!.length) * 3
        for (let k = 0; k < 3; k++) rows[at + k]! *= 0.5
        return { ...answer, rows }
      },
    })
    expect(lied.refusals.length).toBeGreaterThan(0)
    expect(lied.refusals.length).toBeLessThan(lies)
    const [want, got] = [honest, lied].map(({ state }) => state.exactObjective)
    expect(Math.abs(got! / want! - 1)).toBeLessThan(0.02)
  })
})

describe('bad deltas', () => {
  const dataset = small(11)
  const spec = { rank: 4, sweeps: 3 }
  const reasonsFor = (spoil: (answer: Arrays) => Arrays): string[] => {
    let left = 40
    return drive(dataset, spec, { spoil: (answer) => (left-- > 0 ? spoil(answer) : answer) })
      .refusals
  }
  it.each<[string, (a: Arrays) => Arrays, RegExp]>([
    [
      'too short',
      (a) => ({ ...a, rows: a.rows!.slice(1) }),
      /^shape: rows has \d+ values, expected/,
    ],
    ['no bias', (a) => ({ ...a, bias: new Float32Array(0) }), /^shape: bias has 0 values/],
    ['huge', (a) => ({ ...a, rows: a.rows!.map(() => 1e6) }), /costs more than no row at all/],
    ['negative loss', (a) => ({ ...a, loss: a.loss!.map(() => -1) }), /costs more than no row/],
    [
      'zeros',
      (a) => ({ ...a, rows: a.rows!.map(() => 0) }),
      /the loss is another one|does not solve/,
    ],
    [
      'a flattering loss',
      (a) => ({ ...a, loss: a.loss!.map((x) => x / 2) }),
      /the loss is another/,
    ],
  ])('%s', (_name, spoil, reason) => {
    const reasons = reasonsFor(spoil)
    expect(reasons.length).toBeGreaterThan(0)
    for (const found of reasons) expect(found).toMatch(reason)
  })
})

describe('stopping and options', () => {
  it('ends at a small relative decrease, before the last sweep', () => {
    const { state } = drive(small(12), { rank: 2, tol: 0.01, sweeps: 100 })
    const [before, last] = state.points.slice(-2)
    expect(state.points.length).toBeLessThan(100)
    expect(before!.objective - last!.objective).toBeLessThanOrEqual(0.01 * before!.objective)
  })

  it('early stopping hands out the best model by the validation set, whatever the test set says', () => {
    const spec = { rank: 8, lambda: 0.05, lambdaBias: 0.05, tol: 0, sweeps: 50 }
    const validation = randomRatings(2013).slice(0, 50)
    const test = randomRatings(3013).slice(0, 50)
    const dataset = datasetOf(randomRatings(13), USERS, ITEMS, { test, validation })
    const { state } = drive(dataset, spec)
    const best = state.points.reduce((a, b) => (b.validRmse < a.validRmse ? b : a))
    expect(mf.summary(state)).toMatchObject({ validRmse: best.validRmse, testRmse: best.testRmse })
    expect(errorsOn(state, state.validation).rmse).toBe(best.validRmse)
    expect(state.points.length).toBeLessThan(50)
    const deaf = drive(dataset, { ...spec, earlyStop: false })
    expect(deaf.state.points).toHaveLength(50)
    expect(deaf.state.best).toBeNull()
  })

  it('says what does not fit', () => {
    const open = (spec: Record<string, unknown>, dataset = small(14)) =>
      mf.open(mf.spec.parse(spec), dataset, seededRandom(1))
    const noTest = datasetOf([[0, 0, -1]], 1, 1)
    expect(() => open({ earlyStop: true }, noTest)).toThrow(/ingest the data with --validation/)
    expect(() => open({ implicit: true }, noTest)).toThrow(/are counts and not negative/)
    const matrix = { ...noTest, manifest: { ...noTest.manifest, kind: 'matrix' as const } }
    expect(() => open({}, matrix)).toThrow(/needs ratings/)
    expect(() => mf.spec.parse({ implicit: true, solver: 'ccd' })).toThrow(/no ccd solver/)
  })

  it('a rating alone, and rows without any', () => {
    const { state } = drive(datasetOf([[1, 2, 5]], 3, 4), { rank: 2 })
    expect(mf.summary(state)).toMatchObject({ mean: 5, ratings: 1 })
    for (const file of mf.results(state)) expect(file.name).toMatch(/\.(npy|csv)$/)
  })
})
