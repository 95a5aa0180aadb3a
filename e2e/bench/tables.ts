/** Comparisons as tables: times and ratios, where Shoal's time goes, what was asked of whom. */
import { formatNumber } from '../../server/cli/format.ts'
import { isQuality } from './cases.ts'
import { type OurRun, overheadOf } from './ours.ts'
import { bestOf, commonTarget, type Quality, secondsTo, type Trajectory } from './quality.ts'
import {
  type Comparison,
  medianOf,
  mostWorkers,
  type OurResult,
  type PeerResult,
} from './results.ts'

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

const NONE = '–'
const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? formatNumber(value, digits) : NONE
const seconds = (value: number): string => number(value, 3)
const ratio = (value: number): string => number(value, 2)
const percent = (value: number): string =>
  Number.isFinite(value) ? `${Math.round(100 * value)} %` : NONE

export const namesOf = ({ case: { app, set, setting } }: Comparison): string[] => [
  app,
  set,
  setting,
]

export const programOf = (workers: number): string =>
  `Shoal, ${workers} worker${workers === 1 ? '' : 's'}`

/** Of one program on one case, medians. */
export interface Times {
  readonly program: string
  readonly read: number
  /** Infinity: it never comes to the quality. */
  readonly solve: number
  /** Shoal's seconds, with the most workers, to the same result; null in a row of Shoal. */
  readonly shoal: { readonly read: number; readonly solve: number } | null
  readonly runs: number
  /** What the time is to. */
  readonly result: string
  readonly objective: number
  readonly nonZeros: number | null
  readonly failed: string | null
}

type Timed = { readonly trajectory: Trajectory; readonly solveSeconds: number }

/** Median time to a quality; runs that never reach it count as endless. */
const timeTo = (runs: readonly Timed[], target: number, { better }: Quality): number =>
  medianOf(runs, ({ trajectory }) => secondsTo(trajectory, target, better) ?? Infinity)

const bestQuality = (runs: readonly Timed[], { better }: Quality): number =>
  medianOf(runs, ({ trajectory }) => bestOf(trajectory, better))

/** A row for every program of a case: Shoal first. */
export function timesOf(each: Comparison): Times[] {
  return [
    ...each.ours.map((ours) => ourTimes(each, ours)),
    ...each.peers.map((peer) => peerTimes(each, peer)),
  ]
}

/** A row without a time. */
const NOTHING = {
  ...{ read: Number.NaN, solve: Number.NaN, objective: Number.NaN },
  ...{ nonZeros: null, shoal: null, result: NONE },
}

function ourTimes({ case: asked }: Comparison, { workers, runs, failed }: OurResult): Times {
  const program = programOf(workers)
  if (runs.length === 0) return { ...NOTHING, program, runs: 0, failed }
  const row = {
    ...{ program, shoal: null, runs: runs.length, failed: null },
    read: medianOf(runs, (run) => run.ingestSeconds),
  }
  if (!isQuality(asked)) {
    const { gap, objective, nonZeros } = runs.at(-1)!
    const solve = medianOf(runs, (run) => run.solveSeconds)
    return { ...row, solve, result: `gap ${gap.toExponential(1)}`, objective, nonZeros }
  }
  const objective = bestQuality(runs, asked.quality)
  const target = commonTarget([objective], asked.quality)
  const solve = timeTo(runs, target, asked.quality)
  return { ...row, solve, result: `to ${number(target, 5)}`, objective, nonZeros: null }
}

function peerTimes(each: Comparison, { name, runs, failed }: PeerResult): Times {
  const row = { program: name, runs: runs.length, failed: runs.length === 0 ? failed : null }
  if (runs.length === 0) return { ...NOTHING, ...row }
  const { case: asked } = each
  const ours = mostWorkers(each).runs
  const read = medianOf(runs, (run) => run.loadSeconds)
  const ourRead = medianOf(ours, (run) => run.ingestSeconds)
  if (!isQuality(asked)) {
    const { gap, objective, nonZeros } = runs.at(-1)!.measured!
    const solve = medianOf(runs, (run) => run.solveSeconds)
    const shoal = { read: ourRead, solve: medianOf(ours, (run) => run.solveSeconds) }
    return {
      ...row,
      read,
      solve,
      shoal,
      result: `gap ${gap.toExponential(1)}`,
      objective,
      nonZeros,
    }
  }
  const objective = bestQuality(runs, asked.quality)
  const target = commonTarget([objective, bestQuality(ours, asked.quality)], asked.quality)
  const solve = timeTo(runs, target, asked.quality)
  const shoal = { read: ourRead, solve: timeTo(ours, target, asked.quality) }
  return {
    ...row,
    read,
    solve,
    shoal,
    result: `to ${number(target, 5)}`,
    objective,
    nonZeros: null,
  }
}

/** A row for every program on every case. */
export function timesTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'setting', 'program', 'read s', 'solve s', 'both s', 'runs'],
    ...['Shoal / it, solve', 'Shoal / it, both', 'result', 'objective or best', 'non-zeros'],
  ]
  const rows = comparisons.flatMap((each) =>
    timesOf(each).map(
      ({ program, read, solve, shoal, runs, result, objective, nonZeros, failed }) => [
        ...[...namesOf(each), program, seconds(read), failed ?? seconds(solve)],
        ...[seconds(read + solve), String(runs)],
        shoal ? ratio(shoal.solve / solve) : NONE,
        shoal ? ratio((shoal.read + shoal.solve) / (read + solve)) : NONE,
        ...[
          failed ? NONE : result,
          number(objective, 8),
          nonZeros === null ? NONE : String(nonZeros),
        ],
      ],
    ),
  )
  return { name: 'times', caption: 'Times to the same result (medians)', head, rows }
}

/** Where Shoal's own time goes. */
export function splitTable(comparisons: readonly Comparison[]): Table {
  const head = [
    ...['app', 'set', 'setting', 'workers', 'solve s', 'open s', 'kernel s', 'queue s'],
    ...['network s', 'engine s', 'overhead', 'one / this', 'server CPU', 'leases', 'updates/s'],
    ...['bytes/update', 'load'],
  ]
  const rows = comparisons.flatMap((each) => {
    const alone = each.ours.find(({ workers }) => workers === 1)?.runs ?? []
    const aloneSolve = medianOf(alone, (run) => run.solveSeconds)
    return each.ours.map(({ workers, runs }) => {
      const at = (of: (run: OurRun) => number | null): number => medianOf(runs, of)
      const solve = at((run) => run.solveSeconds)
      const shares = [
        ...[solve, at((run) => run.openSeconds), at((run) => run.kernelSeconds)],
        ...[at((run) => run.queueSeconds), at((run) => run.networkSeconds)],
        at((run) => run.engineSeconds),
      ]
      return [
        ...[...namesOf(each), String(workers), ...shares.map(seconds), percent(at(overheadOf))],
        ...[ratio(aloneSolve / solve), percent(at((run) => run.serverCpuShare))],
        ...[at((run) => run.leases), at((run) => run.updatesPerSecond)].map((v) => number(v, 3)),
        number(
          at((run) => run.bytesPerUpdate),
          3,
        ),
        each.load.map((load) => load.toFixed(1)).join(' – '),
      ]
    })
  })
  return { name: 'split', caption: 'Where Shoal’s solve time goes (medians)', head, rows }
}
