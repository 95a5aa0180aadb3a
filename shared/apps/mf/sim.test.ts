/** The grid in one process: stalls, deaths, repeats and three crashes change no bit; lies do not last. */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../server/core/engine.ts'
import { type SimOptions, type SimVolunteer, simulate } from '../../../server/core/sim.ts'
import { checkSnapshots } from '../../../server/core/testdata/snapshots.ts'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { mf } from './app.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'

type Vices = SimVolunteer['vices']

function scenario(seed: number, vices: Vices | null): SimOptions {
  const test = randomRatings(seed + 500, 150, 80, 300)
  const dataset = datasetOf(randomRatings(seed, 150, 80, 3000), 150, 80, { test })
  const volunteer = (k: number): SimVolunteer => ({
    name: `v${k}`,
    workers: 2,
    workPerMs: 2000 * (k + 1),
    rttMs: 10,
    joinMs: 20 * k,
    leaveMs: vices && k === 3 ? 150 : null,
    backMs: vices && k === 3 ? 400 : null,
    vices: vices && k > 0 ? vices : {},
  })
  const spec = mf.spec.parse({ rank: 4, sweeps: 6, tol: 0, top: 3 })
  return {
    seed,
    jobs: [{ id: 'mf', app: mf, spec, dataset, push, seed, submittedMs: 0 }],
    volunteers: Array.from({ length: 5 }, (_, k) => volunteer(k)),
    // About a sweep's records.
    ...(vices && { snapshotEveryBytes: 8_000 }),
    crashesMs: vices ? [100, 300, 900] : [],
    untilMs: 600_000,
  }
}

function play(seed: number, vices: Vices | null) {
  const options = scenario(seed, vices)
  const { jobs, acknowledged, answers, endMs } = simulate(options)
  const { conclusion, log } = jobs.mf!
  expect(conclusion, `seed ${seed} at ${endMs} ms`).toMatchObject({ status: 'finished' })
  const replayed = openEngine({ ...options.jobs[0]!, epoch: 99, log })
  expect(mf.results(replayed.state as MfState)).toEqual(conclusion!.results)
  if (vices) expect(checkSnapshots(options.jobs[0]!, jobs.mf!)).toBeGreaterThan(3)
  const logged = new Set(log.map((record) => record.lease))
  for (const lease of acknowledged.mf!) expect(logged.has(lease)).toBe(true)
  return { conclusion: conclusion!, answers }
}

describe('matrix factorisation on the grid', () => {
  test('stalls, deaths, repeats and crashes: the same bytes', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const honest = play(seed, null)
      const wild = play(seed, { twice: 0.1, stall: 0.03, fail: 0.1, late: 0.02 })
      expect(wild.conclusion.results, `seed ${seed}`).toEqual(honest.conclusion.results)
      expect(wild.conclusion.summary).toEqual(honest.conclusion.summary)
    }
  })

  test('liars: found, and the objective is what it would be', () => {
    let found = 0
    for (let seed = 4; seed <= 9; seed++) {
      const honest = play(seed, null)
      const wild = play(seed, { lie: 0.3, twice: 0.1 })
      found += wild.answers['wrong-values'] ?? 0
      const [want, got] = [honest, wild].map((run) => run.conclusion.summary!.objective as number)
      expect(Math.abs(got! / want! - 1), `seed ${seed}`).toBeLessThan(0.01)
    }
    expect(found).toBeGreaterThan(0)
  })
})
