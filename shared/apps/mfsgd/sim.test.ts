/** Chaos: whatever tabs, wires and the server's power supply do, nothing acknowledged is lost. */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../server/core/engine.ts'
import { type SimOptions, type SimVolunteer, simulate } from '../../../server/core/sim.ts'
import { datasetOf } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import { mfsgd } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { SgdState } from './state.ts'
import { plantedRatings } from './testData.ts'

const EPOCHS = 12
const WILD_SEEDS = 8
const shape = { users: 200, items: 60, each: 30, rank: 2, noise: 0.3 }

function scenario(seed: number, isWild: boolean): SimOptions {
  const random = seededRandom(seed)
  const { train, test: held } = plantedRatings(seed, shape)
  const dataset = datasetOf(train, shape.users, shape.items, { test: held })
  const volunteer = (k: number): SimVolunteer => {
    const vice = (most: number): number =>
      isWild && k > 0 && random.below(2) === 0 ? most * random.next() : 0
    const leaves = isWild && k === 3
    return {
      ...{ name: `v${k}`, workers: 2, workPerMs: 2000 * (k + 1), rttMs: 10, joinMs: 20 * k },
      ...{ leaveMs: leaves ? 150 : null, backMs: leaves ? 400 : null },
      vices: {
        ...{ lie: vice(0.4), twice: vice(0.3), late: vice(0.05), stall: vice(0.05) },
        ...{ fail: vice(0.2), freeze: vice(0.02), lose: vice(0.2) },
      },
    }
  }
  const spec = mfsgd.spec.parse({
    rank: 4,
    epochs: EPOCHS,
    top: 3,
    schedule: { audit: 1, parts: 6, blocks: 4 },
  })
  const job = { id: 'mfsgd', app: mfsgd, spec, dataset, seed, push, submittedMs: 0 }
  return {
    seed,
    // Every second fleet has tabs that remember.
    jobs: [seed % 2 === 0 ? job : { ...job, openMemory }],
    volunteers: Array.from({ length: 5 }, (_, k) => volunteer(k)),
    crashesMs: isWild ? [200, 900, 1600, 2000 + 4000 * random.next()] : [],
    untilMs: 3_600_000,
  }
}

/** Runs a scenario to its end; returns how its deltas were answered. */
function survive(seed: number, isWild: boolean): Record<string, number> {
  const options = scenario(seed, isWild)
  const { jobs, acknowledged, endMs, answers } = simulate(options)
  const { conclusion, log } = jobs.mfsgd!
  expect(conclusion, `seed ${seed} at ${endMs} ms`).toMatchObject({ status: 'finished' })
  const { epochs, testRmse } = conclusion!.summary as { epochs: number; testRmse: number }
  expect(epochs).toBe(EPOCHS)
  expect(testRmse, `seed ${seed}`).toBeLessThan(2 * shape.noise)
  const [job] = options.jobs
  const replayed = openEngine({ ...job!, epoch: 99, log }).state as SgdState
  expect(mfsgd.results(replayed), `seed ${seed}`).toEqual(conclusion!.results)
  const logged = log.flatMap(({ lease }) => lease ?? [])
  expect(new Set(logged).size).toBe(logged.length)
  const known = new Set(logged)
  expect(acknowledged.mfsgd!.filter((lease) => !known.has(lease))).toEqual([])
  return answers
}

describe('matrix factorisation by SGD', () => {
  test('honest volunteers: nothing is refused as wrong', () => {
    for (let seed = 1; seed <= 3; seed++) expect(survive(seed, false)['wrong-values'] ?? 0).toBe(0)
  })

  test(`chaos and four crashes (${WILD_SEEDS} seeds)`, () => {
    const met: Record<string, number> = {}
    for (let seed = 1; seed <= WILD_SEEDS; seed++)
      for (const [answer, count] of Object.entries(survive(seed, true)))
        met[answer] = (met[answer] ?? 0) + count
    expect(met['wrong-shape']).toBeGreaterThan(0)
    expect(met['wrong-values']).toBeGreaterThan(0)
  })
})
