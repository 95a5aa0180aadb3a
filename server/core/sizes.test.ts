/** Blocks are sized for the volunteer that gets them, whatever its speed. */
import { expect, test } from 'vitest'
import type { Push } from '../../shared/app.ts'
import { lasso } from '../../shared/apps/lasso/app.ts'
import { scan } from '../../shared/linear/push.ts'
import { blocks, datasetOfFamily } from '../../shared/schedule/families.ts'
import { median } from './deadline.ts'
import { simulate } from './sim.ts'

/** Entries a ms: a phone in the reference kernel to a desktop in SIMD, three orders of magnitude. */
const SPEEDS = [1_000, 5_000, 20_000, 100_000, 300_000, 1_000_000]
const RTT_MS = 10
/** Until then a volunteer is being measured, in both of its slots. */
const LEASES_FIRST = 4

/** A tab that sweeps as often as it may, over variables that do not move. */
const tireless: Push = (lease, shards) => ({
  change: new Float64Array(lease.beta!.length),
  fit: new Float64Array(0),
  gradient:
    lease.scalars![4] === 1 ? scan(shards, lease.residual as Float64Array) : new Float32Array(0),
  stats: Float64Array.of(lease.scalars![2] as number, 1),
})

test('a lease is ten round trips of compute or more, and at most 2 s, over three orders of magnitude', () => {
  const dataset = datasetOfFamily(blocks({ seed: 2, rows: 1_000, columns: 2_000 }))
  const spec = lasso.spec.parse({
    lambdaRatio: 0.05,
    schedule: { workingSet: false, policy: 'random' },
  })
  const lastingMs = new Map<string, number[]>(SPEEDS.map((_, k) => [`v${k}`, []]))
  simulate({
    seed: 5,
    jobs: [
      { ...{ id: 'job', app: lasso, dataset, spec, seed: 1, submittedMs: 0 }, push: tireless },
    ],
    volunteers: SPEEDS.map((workPerMs, k) => ({
      ...{ name: `v${k}`, workers: 1, workPerMs, rttMs: RTT_MS },
      ...{ joinMs: 0, leaveMs: null, backMs: null, vices: {} },
    })),
    untilMs: 25_000,
    watch: ({ effects }) => {
      for (const effect of effects)
        if (effect.type === 'grant' && effect.arrays.beta!.length > 0) {
          const speed = SPEEDS[Number(effect.volunteer.slice(1))]!
          lastingMs.get(effect.volunteer)!.push(effect.work / speed)
        }
    },
  })
  for (const [name, all] of lastingMs) {
    const known = all.slice(LEASES_FIRST)
    expect(known.length, name).toBeGreaterThan(5)
    // Speeds are measured to the ±20 % by which the tabs vary.
    expect(median(known), name).toBeGreaterThanOrEqual(10 * RTT_MS * 0.8)
    expect(Math.max(...known), name).toBeLessThanOrEqual(2_000)
  }
})
