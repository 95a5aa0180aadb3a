/** Item 5: simulated speed-up of a lasso on 1 to 10 000 volunteers, and what ends it. */
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
/** Jobs at once, and volunteers for them: work that does not wait for itself. */
const JOBS = 8
const JOBS_VOLUNTEERS = 100
/** Asked: this share of the volunteers' time must count. */
const TARGETS: readonly (readonly [volunteers: number, efficiency: number])[] = [
  [100, 0.8],
  [1_000, 0.5],
]

interface Scaled {
  readonly volunteers: number
  readonly jobs: number
  readonly run: GridRun
  /** Against one volunteer, on the same problem to the same gap; of so many jobs one after the other. */
  readonly speedUp: number
  readonly efficiency: number
  /** Of one job; null where several mix. */
  readonly chain: Chain | null
  /** Milliseconds of server for each simulated one: over 1 the server would be the limit. */
  readonly load: number
}

/** What no number of volunteers shortens. */
interface Chain {
  readonly rounds: number
  /** Simulated milliseconds in which no scan was in flight: one block, or a few, and nothing to share. */
  readonly sweepMs: number
  /** That, and for every round a round trip with the scan of one shard. */
  readonly boundMs: number
  /** The efficiency that it leaves, if all else took no time: at most 1. */
  readonly allows: number
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
  const { nonZeros, shards } = family.manifest
  const shardMs = nonZeros / shards.length / WORK_PER_MS
  const scaled: Scaled[] = []
  const solve = (volunteers: number, jobs: number): void => {
    progress(`${volunteers.toLocaleString('en-US')} volunteers${jobs > 1 ? `, ${jobs} jobs` : ''}`)
    const seen = observer()
    const run = runGrid({
      ...{ ...data, app: lasso, spec, seed, jobs, workDone: lassoWorkDone, watch: seen.watch },
      volunteers: alike(volunteers, { workPerMs: WORK_PER_MS, rttMs: RTT_MS }),
    })
    const speedUp = (jobs * (scaled[0]?.run.endMs ?? run.endMs)) / run.endMs
    // The count starts anew at the λ that is certified: its last round is one more.
    const rounds = seen.rounds + 1
    const boundMs = seen.sweepMs + rounds * (RTT_MS + shardMs)
    const allows = Math.min(1, (scaled[0]?.run.endMs ?? run.endMs) / (volunteers * boundMs))
    scaled.push({
      ...{ volunteers, jobs, run, speedUp, efficiency: speedUp / volunteers },
      chain: jobs === 1 ? { rounds, sweepMs: seen.sweepMs, boundMs, allows } : null,
      load: run.serverMs / run.endMs,
    })
  }
  for (const volunteers of [1, 10, 100, ...(quick ? [] : [1_000, 10_000])]) solve(volunteers, 1)
  solve(JOBS_VOLUNTEERS, JOBS)
  return scaled
}

/**
 * The server where it has no time left; the working set where its chain of rounds alone forbids an
 * efficiency of 80 %, however fast all else were.
 */
function limitOf({ efficiency, chain, run, load }: Scaled): string {
  if (run.status !== 'finished') return run.status
  if (load >= 1) return 'server'
  if (efficiency >= 0.8) return 'volunteers'
  if (!chain) return 'jobs'
  return chain.allows < 0.8 ? 'working set' : 'volunteers'
}

const row = (scaled: Scaled): Cell[] => {
  const { volunteers, jobs, run, speedUp, efficiency, chain, load } = scaled
  return [
    ...[volunteers, jobs, run.endMs / 1000, speedUp, 100 * efficiency, 100 * run.utilisation],
    ...[chain?.rounds ?? '–', chain ? chain.sweepMs / 1000 : '–'],
    chain ? (100 * chain.boundMs) / run.endMs : '–',
    ...[run.computeMs / 1000, run.accepted, load, limitOf(scaled)],
  ]
}

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

/** What the column `limit` says, in a sentence. */
function limits(scaled: readonly Scaled[]): string {
  const said = scaled
    .filter(({ volunteers }) => volunteers > 1)
    .map((one) => `${limitOf(one)} (${one.volunteers.toLocaleString('en-US')})`)
  return `What limits it, by number of volunteers: ${said.join(', ')}.`
}

function verdict(all: readonly Scaled[]): string[] {
  const scaled = all.filter(({ jobs }) => jobs === 1)
  const [one, most] = [scaled[0]!, scaled.at(-1)!]
  const several = all.find(({ jobs }) => jobs > 1)!
  const busiest = Math.max(...all.map(({ load }) => load))
  const bounds = scaled.flatMap(({ volunteers, chain, run }) =>
    volunteers < 100 || !chain
      ? []
      : `${(chain.boundMs / 1000).toFixed(1)} of ${(run.endMs / 1000).toFixed(1)} s with ${volunteers.toLocaleString('en-US')}, which leaves an efficiency of ${(100 * chain.allows).toPrecision(2)} % at most`,
  )
  return [
    `Efficiency in time to the gap: ${verdicts(scaled)}; ${most.speedUp.toFixed(0)} times as fast with ${most.volunteers.toLocaleString('en-US')} as with one.`,
    `${limits(scaled)} The whole problem is ${(one.run.computeMs / 1000).toFixed(0)} s of one such volunteer, almost all of it scans, which are shared well. But rounds follow each other, each a scan and then a sweep of the ${most.run.summary.nnz as number} or so variables that matter. That chain, one round trip and one shard for every scan and the sweeps as they were, takes ${bounds.join('; ')}. More of them also make scans so cheap that looking again is worth more than larger working sets: more rounds, of smaller ones. With 450 rows blocks swept side by side undo each other's steps.`,
    `Jobs that do not wait for each other fill the gaps: ${several.jobs} such jobs at once on ${several.volunteers} volunteers, ${(100 * several.efficiency).toFixed(0)} % of the ideal in place of ${(100 * scaled.find(({ volunteers }) => volunteers === several.volunteers)!.efficiency).toFixed(0)} %.`,
    `The server was busy for at most ${(100 * busiest).toFixed(0)} % of the simulated time: processor time of app, engine, fleet and of the simulator itself, on this machine, once the job is open.`,
  ]
}

export async function scale(options: ItemOptions): Promise<Item> {
  const scaled = await runs(options)
  const columns = options.quick ? '10⁵' : '10⁶'
  return {
    title: 'Scale',
    text: [
      'How much sooner do more volunteers reach a gap of 1e-6? Asked: 80 % of the ideal with 100, 50 % with 1000, until the working set, not the server, is the limit.',
      ...verdict(scaled),
      `Neighbours family, 450 × ${columns}, 25 non-zeros a column, λ = ${LAMBDA_RATIO} λmax, ${RTT_MS} ms a round trip, ${WORK_PER_MS} entries a millisecond (a phone without SIMD: the slower, the more there is to share). The real schedule, leases, kernel, checks and commits; only time is simulated. Efficiency is the time of one volunteer over volunteers × time.`,
    ],
    tables: [
      {
        name: 'scale',
        caption: `Time to a gap of 1e-6, 450 × ${columns}`,
        head: [
          ...['volunteers', 'jobs', 's', 'speed-up', 'efficiency %', 'computing %', 'rounds'],
          ...['s without a scan', 'chain %', 'kernel s', 'leases', 'server s/s', 'limit'],
        ],
        rows: scaled.map(row),
      },
    ],
    plots: [plotOf(scaled.filter(({ jobs }) => jobs === 1))],
    csv: [],
  }
}
