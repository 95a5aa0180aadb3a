/**
 * Chaos with the real linear models, the lasso and logistic regression: any schedule, volunteers that
 * lie, stall, freeze, lose their connection, come and go, and a server that dies. After every event
 * of an engine: the objective has not risen, the residual is what β says to 1e-9, every variable is
 * in one lease at most, and no delta was committed twice. In the end: the optimum that plain
 * coordinate descent finds, and everything that was acknowledged in the log (a lease is never granted
 * again, so what is there in the end was never lost). With every other seed the server has passes of
 * its own, so that it looks at gradients itself. A failure prints its seed.
 */
import { describe, expect, test } from 'vitest'
import type { AnyApp, Dataset } from '../../shared/app.ts'
import { lasso } from '../../shared/apps/lasso/app.ts'
import { solvePlainly } from '../../shared/apps/lasso/testData.ts'
import { logistic } from '../../shared/apps/logistic/app.ts'
import { solvePlainly as solveClasses } from '../../shared/apps/logistic/testData.ts'
import { plainPasses } from '../../shared/columns/passes.ts'
import type { Memo } from '../../shared/linear/leases.ts'
import { isLeased } from '../../shared/linear/marks.ts'
import { push } from '../../shared/linear/push.ts'
import type { LinearState } from '../../shared/linear/state.ts'
import { type Random, seededRandom } from '../../shared/random.ts'
import { inMemory } from '../../shared/schedule/families.ts'
import { POLICIES } from '../../shared/schedule/policy.ts'
import { encodeShard, openShard } from '../../shared/shard.ts'
import { type Engine, openEngine } from './engine.ts'
import { type SimMoment, type SimOptions, simulate } from './sim.ts'
import { drawFleet } from './simFleet.ts'

const ROWS = 24
const TOL = 1e-6

/** One of the linear models, with a solver of its own to be held against. */
interface Model {
  readonly app: AnyApp
  readonly seeds: number
  /** y from the values of a linear function. */
  respond(values: Float64Array): Float64Array
  reference(dataset: Dataset, lambda: number, l1Ratio: number): number
}

const options = { standardize: true, intercept: true }
const models: readonly Model[] = [
  {
    ...{ app: lasso, seeds: 200, respond: (values) => values },
    reference: (dataset, lambda, l1Ratio) =>
      solvePlainly(dataset, lambda, { ...options, l1Ratio }).objective,
  },
  {
    ...{ app: logistic, seeds: 80 },
    // Above the third of eight: two classes, not of one size.
    respond(values) {
      const limit = [...values].sort((a, b) => a - b)[9]!
      return values.map((v, i) => (v > limit !== (i % 8 === 0) ? 1 : -1))
    },
    reference: (dataset, lambda, l1Ratio) => solveClasses(dataset, lambda, { l1Ratio }).objective,
  },
]

/** Neighbouring columns correlate; four of them matter. */
function problem(model: Model, random: Random, columns: number) {
  const x: Float64Array[] = []
  for (let j = 0; j < columns; j++) {
    const left = random.below(3) > 0 ? x[j - 1] : undefined
    x.push(Float64Array.from({ length: ROWS }, (_, i) => (left?.[i] ?? 1) + 0.5 * random.normal()))
  }
  const values = Float64Array.from({ length: ROWS }, () => random.normal())
  for (let k = 0; k < 4; k++) {
    const a = 2 * random.normal()
    x[random.below(columns)]!.forEach((v, i) => {
      values[i]! += a * v
    })
  }
  const y = model.respond(values)
  const perShard = 4 + random.below(12)
  const shards = Array.from({ length: Math.ceil(columns / perShard) }, (_, k) => {
    const mine = x.slice(k * perShard, (k + 1) * perShard)
    const shape = { layout: 'dense', valueType: 'f64', rows: ROWS } as const
    return openShard(encodeShard({ ...shape, firstColumn: k * perShard, columns: mine }))
  })
  return { model, x, dataset: inMemory('chaos', ROWS, columns, y, shards) }
}

type Scenario = SimOptions & ReturnType<typeof problem>

function scenario(model: Model, seed: number): Scenario {
  const { app } = model
  const random = seededRandom(seed)
  const given = problem(model, random, 12 + random.below(30))
  if (seed % 2 === 0) given.dataset = { ...given.dataset, passes: plainPasses }
  const schedule = {
    policy: POLICIES[random.below(POLICIES.length)]!,
    workingSet: random.below(3) > 0,
    rho: [0.1, 0.5, 1][random.below(3)]!,
    ...(random.below(4) === 0 ? { depth: random.below(3) } : {}),
    ...(random.below(4) === 0 ? { sweeps: 1 + random.below(3) } : {}),
    memory: random.below(5),
  }
  const lambdaRatio = 0.05 + 0.4 * random.next()
  const l1Ratio = seed % 4 === 0 ? 0.5 : 1
  const spec = app.spec.parse({ lambdaRatio, l1Ratio, tol: TOL, schedule })
  const fleet = {
    volunteers: 1 + random.below(8),
    workPerMs: [50, 5_000] as const,
    arriveMs: 2_000,
    leavers: 0.3,
    liars: random.below(2) * 0.4,
    trouble: random.below(2) * 0.2,
  }
  const crashes = random.below(4)
  return {
    ...given,
    seed,
    jobs: [{ id: 'job', app, spec, dataset: given.dataset, push, seed, submittedMs: 0 }],
    volunteers: drawFleet(fleet, random),
    crashesMs: Array.from({ length: crashes }, () => 8_000 * random.next()).sort((a, b) => a - b),
    diskMs: 10 * random.next(),
    untilMs: 3_600_000,
  }
}

/** r where f = β₀ + X̃β, from β alone and with nothing of the app but its means and scales. */
function checkResidual({ model, x }: Scenario, state: LinearState): void {
  const { problem, residual, beta, design, intercept } = state.lanes[0]!.track
  const fit = new Float64Array(ROWS).fill(intercept)
  beta.forEach((b, j) => {
    if (b === 0) return
    for (let i = 0; i < ROWS; i++) fit[i]! += (b * (x[j]![i]! - design.mean[j]!)) / design.scale[j]!
  })
  for (let i = 0; i < ROWS; i++) {
    const expected = model.app === lasso ? fit[i]! : 1 / (1 + Math.exp(-fit[i]!))
    const r = problem.target[i]! - expected
    if (!(Math.abs(r - residual[i]!) < 1e-9))
      throw new Error(`residual ${i} is ${residual[i]} instead of ${r}`)
  }
  const sum = residual.reduce((a, b) => a + b, 0)
  if (Math.abs(sum) > 1e-9) throw new Error(`the residual sums to ${sum}`)
}

/** Every variable is in one block at most, and the app's marks say the same. */
function checkLeases(engine: Engine, state: LinearState): void {
  const leased = engine.leases.blocks().flatMap(({ memo }) => [...(memo as Memo).index])
  if (new Set(leased).size !== leased.length) throw new Error('a variable is leased twice')
  const { track } = state.lanes[0]!
  const marked = [...track.beta.keys()].filter((j) => isLeased(track, j)).length
  if (marked !== leased.length) throw new Error(`${marked} marked of ${leased.length} leased`)
}

function invariants(given: Scenario): (moment: SimMoment) => void {
  const objectives = new WeakMap<Engine, number>()
  const committed = new Set<number>()
  return ({ engine, effects }) => {
    const state = engine.state as LinearState
    const { objective } = state.lanes[0]!.track
    const before = objectives.get(engine)
    if (before !== undefined && objective > before * (1 + 1e-12))
      throw new Error(`the objective rose from ${before} to ${objective}`)
    objectives.set(engine, objective)
    checkResidual(given, state)
    checkLeases(engine, state)
    for (const effect of effects) {
      if (effect.type !== 'append' || effect.record.lease === null) continue
      if (committed.has(effect.record.lease)) throw new Error('a delta was committed twice')
      committed.add(effect.record.lease)
    }
  }
}

function check(model: Model, seed: number): ReturnType<typeof simulate> {
  const { app } = model
  const given = scenario(model, seed)
  const result = simulate({ ...given, watch: invariants(given) })
  const { conclusion, log } = result.jobs.job!
  if (conclusion?.status !== 'finished')
    throw new Error(
      `${conclusion?.status ?? 'nothing'} at ${result.endMs} ms: ${conclusion?.error}`,
    )
  const { objective, gap, lambda } = conclusion.summary as Record<string, number>
  const [job] = given.jobs
  const replayed = openEngine({ ...job!, epoch: 999, log })
  const state = replayed.state as LinearState
  const reference = model.reference(given.dataset, lambda!, state.spec.l1Ratio)
  const { scaleOfGap, design } = state.lanes[0]!.track
  expect(gap).toBeLessThanOrEqual(TOL)
  expect(Math.abs(objective! - reference)).toBeLessThan(
    (1.001 * TOL * scaleOfGap) / design.weightSum,
  )
  expect(app.results(state)).toEqual(conclusion.results)
  const logged = new Set(log.map((record) => record.lease))
  for (const lease of result.acknowledged.job!) expect(logged.has(lease)).toBe(true)
  return result
}

describe.each(models)('chaos: $app.name', (model) => {
  test(`${model.seeds} seeds end at the optimum`, { timeout: 300_000 }, () => {
    const answers: Record<string, number> = {}
    for (let seed = 1; seed <= model.seeds; seed++) {
      try {
        for (const [answer, count] of Object.entries(check(model, seed).answers))
          answers[answer] = (answers[answer] ?? 0) + count
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
      }
    }
    for (const reason of ['expired', 'malformed', 'wrong-shape', 'wrong-values', 'accepted'])
      expect(answers[reason], reason).toBeGreaterThan(0)
  })

  test('one seed makes one run', () => {
    const run = (): unknown => {
      const { jobs, answers, steps, endMs } = simulate(scenario(model, 23))
      return { answers, steps, endMs, log: jobs.job!.log }
    }
    expect(run()).toEqual(run())
  })
})
