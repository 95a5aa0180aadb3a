/**
 * Topic models under the simulator, with the real engine and fleet: volunteers of every vice (garbage
 * of all kinds, NaN, duplicates, late and lost answers, frozen and closed tabs) and servers that die.
 * After every event the counts are what the topics of the tokens say; in the end the log alone gives
 * the model again, bit for bit. A failure prints its seed.
 */
import { describe, expect, test } from 'vitest'
import { openEngine } from '../../../server/core/engine.ts'
import { type SimOptions, type SimVolunteer, simulate } from '../../../server/core/sim.ts'
import { checkSnapshots } from '../../../server/core/testdata/snapshots.ts'
import { seededRandom } from '../../random.ts'
import { lda } from './app.ts'
import { documentsNow } from './byDocument.ts'
import { forEachTopic } from './counts.ts'
import { openMemory } from './memory.ts'
import { push, sampleCell } from './push.ts'
import type { LdaState } from './state.ts'
import { corpusOf, generatedTexts } from './testData.ts'

const SWEEPS = 15
const WILD_SEEDS = 12

function scenario(seed: number, isWild: boolean): SimOptions {
  const random = seededRandom(seed)
  const shape = { documents: 150, words: 200, topics: 8, length: 40 }
  const dataset = corpusOf(generatedTexts(shape, seededRandom(seed)), shape.words, 40)
  const volunteer = (k: number): SimVolunteer => {
    // The first is honest and stays, or nobody might be left to finish.
    const vice = (most: number): number =>
      isWild && k > 0 && random.below(2) === 0 ? most * random.next() : 0
    const leaves = isWild && k === 3
    return {
      name: `v${k}`,
      workers: 2,
      workPerMs: 20_000 * (k + 1),
      rttMs: 10,
      joinMs: 20 * k,
      leaveMs: leaves ? 150 : null,
      backMs: leaves ? 400 : null,
      vices: {
        ...{ lie: vice(0.4), twice: vice(0.3), late: vice(0.05), stall: vice(0.05) },
        ...{ fail: vice(0.2), freeze: vice(0.02), lose: vice(0.2) },
      },
    }
  }
  const schedule = { audit: 0.5 }
  const spec = lda.spec.parse({ topics: 8, sweeps: SWEEPS, learnAlpha: true, schedule })
  return {
    seed,
    // Every second fleet has tabs that remember.
    jobs: [
      {
        ...{ id: 'lda', app: lda, spec, dataset, seed, submittedMs: 0 },
        ...(seed % 2 === 0 ? { push } : { push: sampleCell, openMemory }),
      },
    ],
    volunteers: Array.from({ length: 5 }, (_, k) => volunteer(k)),
    // About as much as the records of a sweep.
    ...(isWild && { snapshotEveryBytes: 10_000 }),
    crashesMs: isWild ? [200, 900, 1_600, 2_000 + 4_000 * random.next()] : [],
    untilMs: 3_600_000,
    watch: ({ engine }) => checkConserved(engine.state as LdaState),
  }
}

/** Every token has one topic, and the counts by document, by word and in all agree about it. */
function checkConserved(state: LdaState): void {
  const { corpus, model } = state
  const { topics, byWord, totals } = model
  const sums = [new Uint32Array(topics), new Uint32Array(topics)] as const
  for (const d of corpus.training)
    forEachTopic(documentsNow(state), d, (k, count) => {
      sums[0][k]! += count
    })
  for (let w = 0; w < corpus.words; w++)
    forEachTopic(byWord, w, (k, count) => {
      sums[1][k]! += count
    })
  if (sums.some((sum) => sum.some((count, k) => count !== totals[k])))
    throw new Error(`counts differ: ${sums[0]} by documents, ${sums[1]} by words, ${totals}`)
  const tokens = totals.reduce((a, b) => a + b, 0)
  if (tokens !== corpus.tokens) throw new Error(`${tokens} tokens of ${corpus.tokens}`)
}

/** Runs a scenario to its end; returns how its deltas were answered. */
function survive(seed: number, isWild: boolean): Record<string, number> {
  const options = scenario(seed, isWild)
  const { jobs, acknowledged, endMs, answers } = simulate(options)
  const { conclusion, log } = jobs.lda!
  expect(conclusion, `seed ${seed} at ${endMs} ms`).toMatchObject({ status: 'finished' })
  const summary = conclusion!.summary as { sweeps: number; logLikelihoodPerToken: number }
  expect(summary.sweeps).toBe(SWEEPS)
  expect(summary.logLikelihoodPerToken, `seed ${seed}`).toBeGreaterThan(-8)
  const [job] = options.jobs
  const replayed = openEngine({ ...job!, epoch: 99, log }).state as LdaState
  expect(lda.results(replayed), `seed ${seed}`).toEqual(conclusion!.results)
  if (isWild) expect(checkSnapshots(job!, jobs.lda!)).toBeGreaterThan(1)
  const logged = log.flatMap(({ lease }) => lease ?? [])
  expect(new Set(logged).size).toBe(logged.length)
  const known = new Set(logged)
  expect(acknowledged.lda!.filter((lease) => !known.has(lease))).toEqual([])
  return answers
}

describe('topic models', () => {
  test('honest volunteers: nothing is refused as wrong', () => {
    for (let seed = 1; seed <= 3; seed++) expect(survive(seed, false)['wrong-values'] ?? 0).toBe(0)
  })

  test(`chaos and four crashes (${WILD_SEEDS} seeds)`, () => {
    const met: Record<string, number> = {}
    for (let seed = 1; seed <= WILD_SEEDS; seed++)
      for (const [answer, count] of Object.entries(survive(seed, true)))
        met[answer] = (met[answer] ?? 0) + count
    // That the chaos was one: wrong shapes, wrong topics and deltas of leases that are over.
    expect(met).toMatchObject({ 'wrong-shape': expect.any(Number) })
    expect(met['wrong-values']).toBeGreaterThan(0)
  })
})
