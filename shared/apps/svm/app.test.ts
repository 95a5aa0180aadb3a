/** The mathematics: the dual never falls, the gap is what it says, the end is the optimum, the log repeats it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainPasses } from '../../columns/passes.ts'
import { UserError } from '../../errors.ts'
import { seededRandom } from '../../random.ts'
import type { Arrays } from '../../wire.ts'
import { svm } from './app.ts'
import { settle } from './open.ts'
import { gapOf, scoresOf } from './problem.ts'
import { push } from './push.ts'
import { lookExactly, primalOf, type SvmState } from './state.ts'
import { drive, examplesOf, randomExamples, solvePlainly } from './testData.ts'

const TOL = 1e-7

const jobs = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  slots: fc.integer({ min: 1, max: 6 }),
  n: fc.integer({ min: 5, max: 60 }),
  d: fc.integer({ min: 1, max: 20 }),
  c: fc.constantFrom(0.01, 1, 30),
  loss: fc.constantFrom('hinge', 'squared'),
  bias: fc.constantFrom(0, 1),
  shrinking: fc.boolean(),
  /** Has the host passes of its own, so that it looks at all examples itself? */
  looks: fc.boolean(),
})

/** The plain solver is far from done with it after 30,000 sweeps. */
const slow = {
  ...{ seed: 7, slots: 1, n: 42, d: 3, c: 30, loss: 'hinge', bias: 0 },
  ...{ shrinking: false, looks: false },
} as const

function open(job: typeof jobs extends fc.Arbitrary<infer T> ? T : never) {
  const { seed, n, d, c, loss, bias, shrinking, looks } = job
  const dataset = {
    ...randomExamples(n, d, 7, seededRandom(seed)),
    ...(looks && { passes: plainPasses }),
  }
  const spec = svm.spec.parse({ c, loss, bias, tol: TOL, schedule: { shrinking, leaseMs: 1 } })
  const reopen = (): SvmState => svm.open(spec, dataset, seededRandom(seed))
  return { dataset, spec, reopen, state: reopen() }
}

test('the dual never falls, whatever is in flight; the end is the optimum, certified', () => {
  fc.assert(
    fc.property(jobs, (job) => {
      const { dataset, spec, state } = open(job)
      const [low, high] = solvePlainly(dataset, spec)
      let before = 0
      const onCommit = ({ dual }: SvmState): void => {
        expect(dual).toBeGreaterThanOrEqual(before - 1e-12 * Math.abs(before))
        before = dual
      }
      drive(state, { slots: job.slots, push, loss: 0.1, onCommit }, seededRandom(job.seed))
      const { primal, dual, gap } = svm.summary(state) as Record<string, number>
      expect(gap).toBeLessThanOrEqual(TOL)
      expect(primal! - dual!).toBeGreaterThanOrEqual(-1e-12 * primal!)
      // Both sides of the optimum, hence the gap bounds how far either is from it.
      expect(primal).toBeGreaterThanOrEqual(low * (1 - 1e-9))
      expect(dual).toBeLessThanOrEqual(high * (1 + 1e-9))
      for (const point of state.history) {
        expect(point.primal).toBeGreaterThanOrEqual(low * (1 - 1e-9))
        expect(point.dual).toBeLessThanOrEqual(high * (1 + 1e-9))
      }
    }),
    { numRuns: 40, examples: [[slow]] },
  )
})

test('a malicious step in the box cannot lower the dual', () => {
  fc.assert(
    fc.property(jobs, (job) => {
      const { spec, state } = open(job)
      const random = seededRandom(job.seed)
      const { problem } = state
      let before = 0
      // Δw is true, so that the check passes: any α, or as far away as the box allows.
      const twist = (delta: Arrays, block: { arrays: Arrays; memo: unknown }): Arrays => {
        if (random.below(3) > 0) return delta
        const { examples } = block.memo as { examples: Uint32Array }
        const most = Number.isFinite(problem.upper) ? problem.upper : 10 * spec.c
        const alpha = Float64Array.from(
          examples,
          () => [0, most, most * random.next()][random.below(3)]!,
        )
        if (alpha.every((a, k) => a === block.arrays.alpha![k])) return delta
        const moved = new Float64Array(problem.n)
        examples.forEach((i, k) => {
          moved[i] = alpha[k]! - block.arrays.alpha![k]!
        })
        return { ...delta, alpha, change: changeOf(state, moved) }
      }
      const onCommit = ({ dual }: SvmState): void => {
        expect(dual).toBeGreaterThanOrEqual(before - 1e-12 * Math.abs(before))
        before = dual
      }
      expect(drive(state, { slots: job.slots, push, twist, onCommit }, random)).toBe(0)
      expect(lookExactly(state).gap).toBeLessThanOrEqual(TOL)
    }),
    { numRuns: 40 },
  )
})

/** Σ y δ x. */
function changeOf({ problem }: SvmState, moved: Float64Array): Float64Array {
  const out = new Float64Array(problem.d)
  for (let j = 0; j < out.length; j++) {
    const unit = new Float64Array(problem.d)
    unit[j] = 1
    const column = scoresOf(problem, unit, 0)
    column.forEach((x, i) => {
      out[j]! += problem.classes.sign[i]! * moved[i]! * x
    })
  }
  return out
}

test('looks at primal and gap as often as it is asked to', () => {
  const dataset = randomExamples(60, 8, 7, seededRandom(4))
  const spec = svm.spec.parse({ c: 10, tol: 1e-6, schedule: { every: 1 } })
  const state = svm.open(spec, dataset, seededRandom(4))
  drive(state, { slots: 1, push })
  expect(state.history.length).toBeGreaterThan(10)
  // The last sweep of a lease may begin before an epoch is full, and is ended.
  for (const [k, { epochs }] of state.history.entries())
    expect(epochs - (state.history[k - 1]?.epochs ?? 0)).toBeLessThanOrEqual(2)
})

test('the gap is the sum of what the examples add to it', () => {
  const { state } = open({
    ...{
      seed: 3,
      slots: 2,
      n: 40,
      d: 10,
      c: 1,
      loss: 'squared',
      bias: 1,
      shrinking: true,
      looks: false,
    },
  })
  drive(state, { slots: 2, push })
  const { problem, alpha, score } = state
  let sum = 0
  for (let i = 0; i < alpha.length; i++)
    sum += gapOf(problem, alpha[i]!, problem.classes.sign[i]! * score[i]!)
  const primal = primalOf(problem, state.w, state.biasWeight, score)
  expect(sum).toBeCloseTo(primal - state.dual, 9)
})

test('the log gives the same bits again, from any of its prefixes', () => {
  fc.assert(
    fc.property(jobs, (job) => {
      const { state, reopen } = open(job)
      const log: Arrays[] = []
      drive(state, {
        slots: job.slots,
        push,
        onRecord: (record) => log.push(structuredClone(record)),
      })
      const again = reopen()
      for (const record of log) svm.replay(again, record)
      expect(again.alpha).toEqual(state.alpha)
      expect(svm.results(again)).toEqual(svm.results(state))
      expect(svm.summary(again)).toEqual(svm.summary(state))
      // A server that died in the middle goes on from there.
      const half = reopen()
      for (const record of log.slice(0, log.length / 2)) svm.replay(half, record)
      settle(half)
      drive(half, { slots: job.slots, push })
      expect(half.certificate!.gap).toBeLessThanOrEqual(TOL)
    }),
    { numRuns: 20 },
  )
})

describe('check', () => {
  const { state } = open({
    ...{
      seed: 5,
      slots: 1,
      n: 50,
      d: 12,
      c: 1,
      loss: 'hinge',
      bias: 1,
      shrinking: true,
      looks: false,
    },
  })
  const offer = { workPerMs: 1e6, rttMs: 1, holds: () => true, slots: 1 }
  const next = () => {
    const block = svm.schedule(state, offer)
    if ('idle' in block) throw new Error('nothing to lease')
    return { block, delta: push(block.arrays, block.shards.map(state.problem.dataset.shard)) }
  }
  const sweep = next()
  svm.pull(state, sweep.block, sweep.delta)
  const scan = next()
  const add = (from: ArrayLike<number>, k: number, by: number): Float64Array =>
    Float64Array.from(from, (v, i) => (i === k ? v + by : v))

  test('takes what an honest tab sends', () => {
    expect(svm.check(state, sweep.block, sweep.delta)).toBeNull()
    expect(svm.check(state, scan.block, scan.delta)).toBeNull()
    expect(scan.delta.score).toHaveLength(50)
  })

  const { alpha, change, stats } = sweep.delta
  test.each([
    ['alpha below 0', { alpha: add(alpha!, 3, -2) }, /^alpha/],
    ['alpha above C', { alpha: add(alpha!, 3, 2) }, /^alpha/],
    ['another alpha', { alpha: alpha!.map((a) => 0.5 * a) }, /^change is not/],
    ['another change', { change: add(change!, 2, 1e-3) }, /^change is not/],
    ['no change', { change: new Float64Array(0) }, /^shape: change/],
    ['a short alpha', { alpha: alpha!.slice(1) }, /^shape: alpha/],
    ['scores nobody asked for', { score: new Float32Array(4) }, /^shape: score/],
    [
      'long stats',
      {
        stats: add(stats!, 0, 0)
          .map(() => 1)
          .subarray(1),
      },
      /^shape: stats/,
    ],
  ])('%s is refused', (_, lie, reason) => {
    expect(svm.check(state, sweep.block, { ...sweep.delta, ...lie } as Arrays)).toMatch(reason)
  })

  test('another score is refused', () => {
    const score = scan.delta.score!.map((v, i) => (i === 7 ? v + 0.01 : v))
    expect(svm.check(state, scan.block, { ...scan.delta, score } as Arrays)).toMatch(/^score/)
  })
})

describe('what it hands out', () => {
  const x = [
    [2, 0, 0],
    [1, 1, 0],
    [-1, 0, 0],
    [-2, 1, 0],
    [0, 0, 0],
    [3, 0, 0],
    [-3, 0, 0],
  ]
  const y = [2, 2, 1, 1, 2, 1, 1]

  test('weights by name, support vectors, predictions in the data’s own labels', () => {
    const spec = svm.spec.parse({ tol: 1e-8 })
    const state = svm.open(spec, examplesOf(x, y, 3), seededRandom(1))
    drive(state, { slots: 1, push })
    const text = (name: string): string =>
      svm.results(state).find((file) => file.name === name)!.text
    expect(text('weights.csv')).toMatch(/^name,weight\nfeature 1,[-\d.e]+\nfeature 2,[-\d.e]+\n$/)
    const rows = text('predictions.csv').trimEnd().split('\n').slice(1)
    const right = rows.filter((row) => row.split(',')[1] === row.split(',')[2])
    expect(rows[0]).toMatch(/^1,2,2,/)
    expect(svm.summary(state)).toMatchObject({
      ...{ accuracy: right.length / 7, positiveLabel: '2', negativeLabel: '1' },
    })
    // The empty example can only be wrong by 1: it sits at its bound.
    expect(text('support_vectors.csv')).toMatch(/\n5,2,1\n/)
    expect(text('epochs.csv').split('\n')[1]).toBe('0,7,0,1')
  })

  test('examples kept back are no part of the problem', () => {
    const dataset = randomExamples(200, 5, 30, seededRandom(2))
    const spec = svm.spec.parse({ holdout: 0.3, tol: 1e-6, bias: 1 })
    const state = svm.open(spec, dataset, seededRandom(3))
    drive(state, { slots: 2, push })
    const { held } = state.problem
    expect(state.alpha.every((a, i) => held[i] === 0 || a === 0)).toBe(true)
    const { testExamples, testAccuracy } = svm.summary(state) as Record<string, number>
    expect(testExamples).toBe(held.reduce((a, b) => a + b, 0))
    expect(testAccuracy).toBeGreaterThan(0.7)
  })
})

test.each([
  [[1, 2, 3, 1], {}, /tells two classes apart.*3 values/],
  [[1, 1, 1, 1], {}, /every example has the same/],
  [[0, 1, 1, 1], { holdout: 0.9 }, /holdout of 0.9 leaves no two classes/],
])('labels %j are refused in a sentence', (y, more, message) => {
  const dataset = examplesOf([[1], [2], [3], [4]], y, 2)
  const tryIt = () => svm.open(svm.spec.parse(more), dataset, seededRandom(2))
  expect(tryIt).toThrow(UserError)
  expect(tryIt).toThrow(message)
})
