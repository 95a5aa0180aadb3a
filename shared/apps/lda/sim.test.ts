/** Topic models under the simulator: liars, leavers and crashes, with the real engine and fleet. */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../server/core/engine.ts'
import { type SimOptions, type SimVolunteer, simulate } from '../../../server/core/sim.ts'
import { seededRandom } from '../../random.ts'
import { lda } from './app.ts'
import { push } from './push.ts'
import type { LdaState } from './state.ts'
import { corpusOf, generatedTexts } from './testData.ts'

const SWEEPS = 15

function scenario(seed: number, isWild: boolean): SimOptions {
  const shape = { documents: 150, words: 200, topics: 8, length: 40 }
  const dataset = corpusOf(generatedTexts(shape, seededRandom(seed)), shape.words, 40)
  const volunteer = (k: number): SimVolunteer => ({
    name: `v${k}`,
    workers: 2,
    workPerMs: 20_000 * (k + 1),
    rttMs: 10,
    joinMs: 20 * k,
    leaveMs: isWild && k === 3 ? 150 : null,
    backMs: isWild && k === 3 ? 400 : null,
    vices: isWild && k > 0 ? { lie: 0.1 * k, twice: 0.1, stall: 0.02, fail: 0.05 } : {},
  })
  const spec = lda.spec.parse({
    topics: 8,
    sweeps: SWEEPS,
    learnAlpha: true,
    schedule: { audit: 0.5 },
  })
  return {
    seed,
    jobs: [{ id: 'lda', app: lda, spec, dataset, push, seed, submittedMs: 0 }],
    volunteers: Array.from({ length: 5 }, (_, k) => volunteer(k)),
    crashesMs: isWild ? [200, 900, 1_600] : [],
    untilMs: 600_000,
  }
}

describe('topic models', () => {
  for (const isWild of [false, true])
    test(isWild ? 'liars, leavers and three crashes' : 'honest volunteers', () => {
      let caught = 0
      for (let seed = 1; seed <= 3; seed++) {
        const options = scenario(seed, isWild)
        const { jobs, acknowledged, endMs, answers } = simulate(options)
        const { conclusion, log } = jobs.lda!
        expect(conclusion, `seed ${seed} at ${endMs} ms`).toMatchObject({ status: 'finished' })
        const summary = conclusion!.summary as { sweeps: number; logLikelihoodPerToken: number }
        expect(summary.sweeps).toBe(SWEEPS)
        expect(summary.logLikelihoodPerToken).toBeGreaterThan(-8)
        caught += answers['wrong-values'] ?? 0
        const [job] = options.jobs
        const replayed = openEngine({ ...job!, epoch: 99, log }).state as LdaState
        expect(lda.results(replayed)).toEqual(conclusion!.results)
        const { totals, byDocument } = replayed.model
        const counted = new Uint32Array(totals.length)
        for (const k of byDocument.z) counted[k]!++
        expect(totals).toEqual(counted)
        const logged = new Set(log.map((record) => record.lease))
        for (const lease of acknowledged.lda!) expect(logged.has(lease)).toBe(true)
      }
      expect(caught > 0).toBe(isWild)
    })
})
