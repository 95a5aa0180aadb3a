/** The real lasso under the simulator: the certificate holds whoever computed it, and through crashes. */
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../shared/app.ts'
import { lasso } from '../../shared/apps/lasso/app.ts'
import { push } from '../../shared/linear/push.ts'
import { seededRandom } from '../../shared/random.ts'
import { encodeShard, openShard } from '../../shared/shard.ts'
import { openEngine } from './engine.ts'
import { type SimOptions, type SimVolunteer, simulate } from './sim.ts'
import { sumDataset } from './testdata/sumApp.ts'

const ROWS = 60
const COLUMNS = 200
const PER_SHARD = 25
const LAMBDA_RATIO = 0.1

/** Each column is a noisy copy of its left neighbour nine times out of ten; ten of them matter. */
function problem(seed: number): { dataset: Dataset; columns: Float64Array[]; y: Float64Array } {
  const random = seededRandom(seed)
  const columns: Float64Array[] = []
  for (let j = 0; j < COLUMNS; j++) {
    const left = j > 0 && random.below(10) > 0 ? columns[j - 1]! : null
    columns.push(
      Float64Array.from({ length: ROWS }, (_, i) => (left?.[i] ?? 0) + random.normal() * 0.5),
    )
  }
  const y = Float64Array.from({ length: ROWS }, () => random.normal())
  for (let k = 0; k < 10; k++) {
    const column = columns[random.below(COLUMNS)]!
    const a = random.normal()
    for (let i = 0; i < ROWS; i++) y[i]! += a * column[i]!
  }
  // The manifest of a made-up dataset of the same cut, with these columns in its shards.
  const frame = sumDataset(seed, ROWS, COLUMNS, PER_SHARD)
  const shards = frame.manifest.shards.map(({ firstColumn, columns: m }) => {
    const mine = columns.slice(firstColumn, firstColumn + m)
    const shape = { layout: 'dense', valueType: 'f64', rows: ROWS, firstColumn } as const
    return openShard(encodeShard({ ...shape, columns: mine }))
  })
  const dataset = { ...frame, target: y, shard: (k: number) => shards[k]! }
  return { dataset, columns, y }
}

/** The objective at its optimum by plain coordinate descent, standardised, with an intercept. */
function optimum(columns: Float64Array[], y: Float64Array): number {
  const n = y.length
  const mean = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / n
  const x = columns.map((column) => {
    const centre = mean(column)
    const centred = column.map((v) => v - centre)
    const scale = Math.sqrt(centred.reduce((sum, v) => sum + v * v, 0) / n)
    return centred.map((v) => v / scale)
  })
  const r = y.map((v) => v - mean(y))
  const dotOf = (a: Float64Array): number => a.reduce((sum, v, i) => sum + v * r[i]!, 0)
  const lambda = LAMBDA_RATIO * Math.max(...x.map((column) => Math.abs(dotOf(column)) / n))
  const beta = new Float64Array(x.length)
  for (let sweep = 0, moved = 1; sweep < 20_000 && moved > 1e-10; sweep++) {
    moved = 0
    x.forEach((column, j) => {
      const z = beta[j]! + dotOf(column) / n
      const step = Math.sign(z) * Math.max(Math.abs(z) - lambda, 0) - beta[j]!
      if (step === 0) return
      beta[j]! += step
      for (let i = 0; i < n; i++) r[i]! -= step * column[i]!
      moved = Math.max(moved, Math.abs(step))
    })
  }
  const penalty = beta.reduce((sum, b) => sum + Math.abs(b), 0)
  return r.reduce((sum, v) => sum + v * v, 0) / (2 * n) + lambda * penalty
}

function scenario(seed: number, isWild: boolean): SimOptions & { truth: number } {
  const { dataset, columns, y } = problem(seed)
  const volunteer = (k: number): SimVolunteer => ({
    name: `v${k}`,
    workers: 2,
    workPerMs: 1_000 * (k + 1),
    rttMs: 10,
    joinMs: 20 * k,
    leaveMs: isWild && k === 3 ? 150 : null,
    backMs: isWild && k === 3 ? 400 : null,
    vices: isWild && k > 0 ? { lie: 0.1 * k, twice: 0.1, stall: 0.02, fail: 0.05 } : {},
  })
  const spec = lasso.spec.parse({ lambdaRatio: LAMBDA_RATIO, tol: 1e-6 })
  return {
    seed,
    jobs: [{ id: 'lasso', app: lasso, spec, dataset, push, seed, submittedMs: 0 }],
    volunteers: Array.from({ length: 5 }, (_, k) => volunteer(k)),
    crashesMs: isWild ? [200, 900, 1_600] : [],
    untilMs: 600_000,
    truth: optimum(columns, y),
  }
}

describe('lasso', () => {
  for (const isWild of [false, true])
    test(isWild ? 'liars, leavers and three crashes' : 'honest volunteers', () => {
      for (let seed = 1; seed <= 4; seed++) {
        const { truth, ...options } = scenario(seed, isWild)
        const { jobs, acknowledged, endMs } = simulate(options)
        const { conclusion, log } = jobs.lasso!
        expect(conclusion, `seed ${seed} at ${endMs} ms`).toMatchObject({ status: 'finished' })
        const { objective, gap } = conclusion!.summary as { objective: number; gap: number }
        expect(gap, `seed ${seed}`).toBeLessThanOrEqual(1e-6)
        // The gap is relative to ½‖y − ȳ‖²/n, which is less than three times the optimum here.
        expect(Math.abs(objective / truth - 1), `seed ${seed}`).toBeLessThan(3e-6)
        const [job] = options.jobs
        const replayed = openEngine({ ...job!, epoch: 99, log })
        expect(lasso.results(replayed.state as never)).toEqual(conclusion!.results)
        const logged = new Set(log.map((record) => record.lease))
        for (const lease of acknowledged.lasso!) expect(logged.has(lease)).toBe(true)
      }
    })
})
