/**
 * Chaos with the real engine and fleet: volunteers that lie, stall, freeze, come and go, and a server
 * that dies. The dual never falls, no example is leased twice, and the end is the optimum that plain
 * coordinate descent finds. A failure prints its seed.
 */
import { expect, test } from 'vitest'
import { type Engine, openEngine } from '../../../server/core/engine.ts'
import { type SimMoment, type SimOptions, simulate } from '../../../server/core/sim.ts'
import { drawFleet } from '../../../server/core/simFleet.ts'
import { checkSnapshots } from '../../../server/core/testdata/snapshots.ts'
import { plainPasses } from '../../columns/passes.ts'
import { type Random, seededRandom } from '../../random.ts'
import { svm } from './app.ts'
import type { Memo } from './leases.ts'
import { push } from './push.ts'
import type { SvmState } from './state.ts'
import { randomExamples, solvePlainly } from './testData.ts'

const SEEDS = 60
const TOL = 1e-6

function specOf(random: Random) {
  return svm.spec.parse({
    c: [0.1, 1, 5][random.below(3)],
    loss: ['hinge', 'squared'][random.below(2)],
    bias: random.below(2),
    tol: TOL,
    schedule: { leaseMs: 1, priority: random.below(3) > 0, shrinking: random.below(3) > 0 },
  })
}

function scenario(seed: number): SimOptions {
  const random = seededRandom(seed)
  const shape = [20 + random.below(40), 3 + random.below(10), 4 + random.below(12)] as const
  const examples = randomExamples(...shape, random)
  // With every other seed the server has passes of its own and looks at all examples itself.
  const dataset = seed % 2 === 0 ? { ...examples, passes: plainPasses } : examples
  const fleet = {
    volunteers: 1 + random.below(8),
    workPerMs: [50, 5_000] as const,
    arriveMs: 2_000,
    leavers: 0.3,
    liars: random.below(2) * 0.8,
    trouble: random.below(2) * 0.2,
  }
  const job = { id: 'svm', app: svm, spec: specOf(random), dataset, push, seed, submittedMs: 0 }
  const crashes = Array.from({ length: random.below(4) }, () => 8_000 * random.next())
  return {
    seed,
    jobs: [job],
    volunteers: drawFleet(fleet, random),
    crashesMs: crashes.sort((a, b) => a - b),
    diskMs: 10 * random.next(),
    snapshotEveryBytes: 500,
    untilMs: 3_600_000,
  }
}

/** Every example is in one block at most, and the app's marks say the same. */
function checkLeases(engine: Engine, { leased }: SvmState): void {
  const all = engine.leases.blocks().flatMap(({ memo }) => [...(memo as Memo).examples])
  if (new Set(all).size !== all.length) throw new Error('an example is leased twice')
  const marked = leased.reduce((a, b) => a + b, 0)
  if (marked !== all.length) throw new Error(`${marked} marked of ${all.length} leased`)
}

function invariants(): (moment: SimMoment) => void {
  const duals = new WeakMap<Engine, number>()
  const committed = new Set<number>()
  return ({ engine, effects }) => {
    const state = engine.state as SvmState
    for (const effect of effects) {
      if (effect.type === 'append' && effect.record.lease !== null) {
        if (committed.has(effect.record.lease)) throw new Error('a delta was committed twice')
        committed.add(effect.record.lease)
        const before = duals.get(engine) ?? 0
        if (state.dual < before * (1 - 1e-12))
          throw new Error(`the dual fell from ${before} to ${state.dual}`)
        duals.set(engine, state.dual)
      }
      if (effect.type === 'grant' || effect.type === 'ended') checkLeases(engine, state)
    }
  }
}

function check(seed: number): ReturnType<typeof simulate> {
  const options = scenario(seed)
  const [job] = options.jobs
  const result = simulate({ ...options, watch: invariants() })
  const { conclusion, log } = result.jobs.svm!
  if (conclusion?.status !== 'finished')
    throw new Error(
      `${conclusion?.status ?? 'nothing'} at ${result.endMs} ms: ${conclusion?.error}`,
    )
  const { primal, dual, gap } = conclusion.summary as Record<string, number>
  const [low, high] = solvePlainly(job!.dataset, job!.spec as never)
  expect(gap).toBeLessThanOrEqual(TOL)
  expect(dual).toBeLessThanOrEqual(high * (1 + 1e-9))
  expect(primal).toBeGreaterThanOrEqual(low * (1 - 1e-9))
  const replayed = openEngine({ ...job!, epoch: 999, log })
  expect(svm.results(replayed.state as SvmState)).toEqual(conclusion.results)
  checkSnapshots(job!, result.jobs.svm!)
  const logged = new Set(log.map((record) => record.lease))
  for (const lease of result.acknowledged.svm!) expect(logged.has(lease)).toBe(true)
  return result
}

test(`${SEEDS} seeds end at the optimum`, { timeout: 120_000 }, () => {
  const answers: Record<string, number> = {}
  let snapshots = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const result = check(seed)
      snapshots += result.jobs.svm!.snapshots.length
      for (const [answer, count] of Object.entries(result.answers))
        answers[answer] = (answers[answer] ?? 0) + count
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
    }
  }
  expect(snapshots).toBeGreaterThan(SEEDS)
  for (const reason of ['expired', 'malformed', 'wrong-shape', 'wrong-values', 'accepted'])
    expect(answers[reason], reason).toBeGreaterThan(0)
})

test('one seed makes one run', () => {
  const run = (): unknown => {
    const { jobs, answers, steps, endMs } = simulate(scenario(23))
    return { answers, steps, endMs, log: jobs.svm!.log }
  }
  expect(run()).toEqual(run())
})
