/** Item 5: simulated speed-up of one lasso on 1 to 10 000 volunteers, and what ends it. */
import type { SimMoment } from '../../../server/core/sim.ts'
import { lasso } from '../../../shared/apps/lasso/app.ts'
import type { LinearState } from '../../../shared/linear/state.ts'
import { neighboursDataset } from '../../../shared/schedule/families.ts'
import { alike, type GridRun, lassoWorkDone, runGrid } from '../gridRun.ts'
import { kernelPush } from '../kernel.ts'
import type { Cell, Item, ItemOptions } from '../report.ts'
import type { Plot } from '../svg.ts'

const RTT_MS = 50
/** The slow end of a fleet: a phone in the reference kernel. Slower volunteers leave more to share. */
const WORK_PER_MS = 2_000
/** As many shards as volunteers that could scan at once. */
const SHARD_COLUMNS = 1_000
const LAMBDA_RATIO = 0.1
/** Asked: this share of the volunteers' time must count. */
const TARGETS: readonly (readonly [volunteers: number, efficiency: number])[] = [
  [100, 0.8],
  [1_000, 0.5],
]

interface Scaled {
  readonly volunteers: number
  readonly run: GridRun
  readonly rounds: number
  /** Against one volunteer, on the same problem to the same gap. */
  readonly speedUp: number
  readonly efficiency: number
  /** Simulated milliseconds in which no scan was in flight: one block, or a few, and nothing to share. */
  readonly sweepMs: number
  /** Real milliseconds of app work for each simulated one: over 1 the server would be the limit. */
  readonly load: number
}

/** Counts rounds, and the time in which no scan was in flight. */
function observer() {
  const scans = new Set<number>()
  const seen = { rounds: 0, sweepMs: 0, watch: (_: SimMoment) => {} }
  let lastMs = 0
  seen.watch = ({ engine, event, effects }) => {
    if (scans.size === 0) seen.sweepMs += event.nowMs - lastMs
    lastMs = event.nowMs
    const [lane] = (engine.state as LinearState).lanes
    seen.rounds = Math.max(seen.rounds, lane!.track.rounds.count)
    for (const effect of effects) {
      if (effect.type === 'grant' && effect.arrays.beta!.length === 0) scans.add(effect.lease)
      if (effect.type === 'ended') scans.delete(effect.lease)
    }
  }
  return seen
}

async function runs({ quick, seed, progress }: ItemOptions): Promise<Scaled[]> {
  const columns = quick ? 100_000 : 1_000_000
  const family = neighboursDataset({ seed, columns, shardColumns: SHARD_COLUMNS })
  const data = await kernelPush('lasso', family)
  const spec = lasso.spec.parse({
    ...{ lambdaRatio: LAMBDA_RATIO, standardize: false, intercept: false },
  })
  const scaled: Scaled[] = []
  for (const volunteers of [1, 10, 100, ...(quick ? [] : [1_000, 10_000])]) {
    progress(`${volunteers.toLocaleString('en-US')} volunteers`)
    const seen = observer()
    const run = runGrid({
      ...{ ...data, app: lasso, spec, seed, workDone: lassoWorkDone, watch: seen.watch },
      volunteers: alike(volunteers, { workPerMs: WORK_PER_MS, rttMs: RTT_MS }),
    })
    const speedUp = (scaled[0]?.run.endMs ?? run.endMs) / run.endMs
    const appMs = Object.values(run.costMs).reduce((a, b) => a + b, 0)
    scaled.push({
      ...{ volunteers, run, speedUp, efficiency: speedUp / volunteers },
      ...{ rounds: seen.rounds + 1, sweepMs: seen.sweepMs, load: appMs / run.endMs },
    })
  }
  return scaled
}

const row = ({ volunteers, run, speedUp, efficiency, rounds, sweepMs, load }: Scaled): Cell[] => [
  ...[volunteers, run.endMs / 1000, speedUp, 100 * efficiency, 100 * run.utilisation],
  ...[rounds, sweepMs / 1000, run.computeMs / 1000, run.accepted, load],
]

function plotOf(scaled: readonly Scaled[]): Plot {
  const last = scaled.at(-1)!
  return {
    title: 'Speed-up',
    desc: `Speed-up against volunteers: ${scaled.map(({ volunteers, speedUp }) => `${speedUp.toFixed(1)} with ${volunteers}`).join(', ')}.`,
    x: { label: 'volunteers', log: true },
    y: { label: 'speed-up', log: true },
    series: [
      {
        ...{ name: 'measured', tone: 'blue', dots: true },
        points: scaled.map(({ volunteers, speedUp }) => [volunteers, speedUp] as const),
      },
      {
        ...{ name: 'ideal', tone: 'grey', dashed: true },
        points: [
          [1, 1],
          [last.volunteers, last.volunteers],
        ],
      },
    ],
  }
}

function verdicts(scaled: readonly Scaled[]): string {
  const said = TARGETS.flatMap(([volunteers, wanted]) => {
    const found = scaled.find((one) => one.volunteers === volunteers)
    if (!found) return []
    const { efficiency } = found
    const verdict = efficiency >= wanted ? 'met' : 'missed'
    return `${(100 * efficiency).toFixed(1)} % at ${volunteers.toLocaleString('en-US')} volunteers (asked ${100 * wanted} %: ${verdict})`
  })
  return said.join(', ')
}

export async function scale(options: ItemOptions): Promise<Item> {
  const scaled = await runs(options)
  const [one, most] = [scaled[0]!, scaled.at(-1)!]
  const floorMs = 2 * RTT_MS * most.rounds
  const columns = options.quick ? '10⁵' : '10⁶'
  return {
    title: 'Scale',
    text: [
      'How much sooner do more volunteers reach a gap of 1e-6? Asked: 80 % of the ideal with 100, 50 % with 1000, until the working set, not the server, is the limit.',
      `Efficiency in time to the gap: ${verdicts(scaled)}; ${most.speedUp.toFixed(0)} times as fast with ${most.volunteers.toLocaleString('en-US')} as with one.`,
      `Neighbours family, 450 × ${columns}, 25 non-zeros a column, λ = ${LAMBDA_RATIO} λmax, ${RTT_MS} ms a round trip, ${WORK_PER_MS} entries a millisecond (a phone without SIMD: the slower, the more there is to share). The real schedule, leases, kernel, checks and commits; only time is simulated. Efficiency is the time of one volunteer over volunteers × time.`,
      `What limits it is the working set. The whole problem is ${(one.run.computeMs / 1000).toFixed(0)} s of one such volunteer, almost all of it scans, which are shared well. But ${most.rounds} rounds follow each other, each a scan and then a sweep of the ${most.run.summary.nnz as number} or so variables that matter: ${(floorMs / 1000).toFixed(1)} s of round trips alone (${RTT_MS} ms × 2 × ${most.rounds}). With 450 rows blocks swept side by side undo each other's steps. For ${TARGETS[0]![1] * 100} % of the ideal with 100 volunteers a problem must take one of them ${((((0.8 * floorMs) / (1 - 0.8) / 1000) * 100) / 60).toFixed(0)} min or more; several λs and folds at once are such problems.`,
      '“Server” is real time of the app between messages for each simulated second, on this machine: beyond 1 s the engine’s thread would be the limit.',
    ],
    tables: [
      {
        name: 'scale',
        caption: `Time to a gap of 1e-6, 450 × ${columns}`,
        head: [
          ...['volunteers', 's', 'speed-up', 'efficiency %', 'computing %', 'rounds'],
          ...['s without a scan', 'kernel s', 'leases', 'server s/s'],
        ],
        rows: scaled.map(row),
      },
    ],
    plots: [plotOf(scaled)],
    csv: [],
  }
}
