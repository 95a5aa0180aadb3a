/** Chaos: whatever tabs, wires and the server's power supply do, no half-sweep raises the objective. */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../server/core/engine.ts'
import type { LogRecord } from '../../../server/core/events.ts'
import { type SimVolunteer, simulate } from '../../../server/core/sim.ts'
import type { Push } from '../../app.ts'
import { datasetOf, randomRatings } from '../../factors/testData.ts'
import { seededRandom } from '../../random.ts'
import { mf } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { MfState } from './state.ts'

const kinds = [
  { rank: 4 },
  { rank: 3, solver: 'ccd', weighted: true },
  { rank: 3, implicit: true, alpha: 2, lambda: 0.5 },
] as const

/** Some pushes come back as NaN: a broken machine, not a liar. */
function brokenNowAndThen(seed: number): Push {
  const random = seededRandom(seed ^ 0xbad)
  return (lease, shards) => {
    const delta = push(lease, shards)
    if (random.next() < 0.2) delta.rows![random.below(delta.rows!.length)] = Number.NaN
    return delta
  }
}

function play(seed: number, spec: Record<string, unknown>, isCalm: boolean) {
  const random = seededRandom(seed)
  const test = randomRatings(seed + 500, 80, 50, 200)
  const dataset = datasetOf(randomRatings(seed, 80, 50, 1000), 80, 50, { test })
  const vices = { twice: 0.1, stall: 0.03, fail: 0.1, late: 0.03, lose: 0.05, freeze: 0.005 }
  const volunteer = (k: number): SimVolunteer => ({
    ...{ name: `v${k}`, workers: 1 + (k % 3), workPerMs: 1000 * (k + 1), rttMs: 5 + 10 * k },
    ...{ joinMs: 20 * k, leaveMs: null, backMs: null, vices: {} },
    ...(!isCalm && k > 0 && { vices }),
    ...(!isCalm && k > 2 && { leaveMs: 100 * k, backMs: 100 * k + 400 * random.next() }),
  })
  const job = {
    ...{ id: 'mf', app: mf, dataset, seed, submittedMs: 0, openMemory },
    spec: mf.spec.parse({ ...spec, sweeps: 5, tol: 0, top: 3 }),
    push: isCalm ? push : brokenNowAndThen(seed),
  }
  const result = simulate({
    ...{ seed, jobs: [job], untilMs: 900_000 },
    volunteers: Array.from({ length: 6 }, (_, k) => volunteer(k)),
    crashesMs: isCalm ? [] : Array.from({ length: 3 }, () => Math.floor(1500 * random.next())),
  })
  return { job, ...result, ...result.jobs.mf! }
}

/** The objective after every half-sweep, as the log has it. */
function objectives(log: readonly LogRecord[]): number[] {
  return log.flatMap(({ arrays }) => {
    if (arrays.half) return [arrays.half[0]!]
    return arrays.sweep ? [arrays.sweep[1]!] : []
  })
}

let broken = 0

describe.each(kinds)('chaos: %o', (spec) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('seed %i', (seed) => {
    const wild = play(seed, spec, false)
    expect(wild.conclusion, `at ${wild.endMs} ms`).toMatchObject({ status: 'finished' })
    broken += wild.answers['not-finite'] ?? 0

    const path = objectives(wild.log)
    expect(path).toHaveLength(10)
    path.slice(1).forEach((after, k) => {
      expect(after).toBeLessThanOrEqual(path[k]! * (1 + 1e-6))
    })

    const logged = new Set(wild.log.map(({ lease }) => lease))
    for (const lease of wild.acknowledged.mf!) expect(logged.has(lease)).toBe(true)

    const replayed = openEngine({ ...wild.job, epoch: 99, log: wild.log }).state as MfState
    expect(mf.results(replayed)).toEqual(wild.conclusion!.results)

    const calm = play(seed, spec, true)
    expect(wild.conclusion!.results).toEqual(calm.conclusion!.results)
    expect(path).toEqual(objectives(calm.log))
  })
})

test('some answers were broken', () => expect(broken).toBeGreaterThan(20))
