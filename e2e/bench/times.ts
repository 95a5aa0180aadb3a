/** What a case comes to in numbers: of every program the medians of its times, and what they are to. */
import { formatNumber } from '../../server/cli/format.ts'
import { isQuality } from './case.ts'
import { bestOf, commonTarget, type Quality, secondsTo, type Trajectory } from './quality.ts'
import {
  type Comparison,
  median,
  medianOf,
  mostWorkers,
  type OurResult,
  type PeerResult,
  programOf,
} from './results.ts'

export const NONE = '–'
export const number = (value: number, digits: number): string =>
  Number.isFinite(value) ? formatNumber(value, digits) : NONE
export const seconds = (value: number): string => number(value, 3)

/** Of one program on one case, medians. */
export interface Times {
  readonly program: string
  readonly read: number
  /** Infinity: it never comes to the quality. */
  readonly solve: number
  /** Of all runs, the shortest and the longest. */
  readonly range: readonly [number, number]
  /** Shoal's seconds, with the most workers, to the same result; null in a row of Shoal. */
  readonly shoal: { readonly read: number; readonly solve: number } | null
  readonly runs: number
  /** What the time is to. */
  readonly result: string
  readonly objective: number
  readonly nonZeros: number | null
  readonly failed: string | null
}

const gapText = (gap: number): string => `gap ${gap.toExponential(1)}`

type Timed = { readonly trajectory: Trajectory; readonly solveSeconds: number }

/** Time of every run to a quality; runs that never reach it are endless. */
const timesTo = (runs: readonly Timed[], target: number, { better }: Quality): number[] =>
  runs.map(({ trajectory }) => secondsTo(trajectory, target, better) ?? Infinity)

const solves = (runs: readonly Timed[]): number[] => runs.map((run) => run.solveSeconds)

const middleAndRange = (all: readonly number[]): Pick<Times, 'solve' | 'range'> => ({
  ...{ solve: median(all), range: [Math.min(...all), Math.max(...all)] },
})

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
  range: [Number.NaN, Number.NaN] as const,
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
    const solve = middleAndRange(solves(runs))
    return { ...row, ...solve, result: gapText(gap), objective, nonZeros }
  }
  const objective = bestQuality(runs, asked.quality)
  const target = commonTarget([objective], asked.quality)
  const solve = middleAndRange(timesTo(runs, target, asked.quality))
  return { ...row, ...solve, result: `to ${number(target, 5)}`, objective, nonZeros: null }
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
    const shoal = { read: ourRead, solve: median(solves(ours)) }
    // A solver that certifies itself was believed; what follows from β alone is no better than β.
    const result =
      gap > 1.05 * asked.tol ? `gap ≤ ${asked.tol.toExponential(0)}, its own` : gapText(gap)
    return { ...row, ...middleAndRange(solves(runs)), read, shoal, result, objective, nonZeros }
  }
  const objective = bestQuality(runs, asked.quality)
  const target = commonTarget([objective, bestQuality(ours, asked.quality)], asked.quality)
  const solve = middleAndRange(timesTo(runs, target, asked.quality))
  const shoal = { read: ourRead, solve: median(timesTo(ours, target, asked.quality)) }
  const result = `to ${number(target, 5)}`
  return { ...row, ...solve, read, shoal, result, objective, nonZeros: null }
}
