/**
 * The working set: variables worth a sweep until the next look at all gradients.
 *
 * Hot are the support and the most important others, drawn with p(j) ∝ c_j, at most as many as the
 * support has (the working-set growth of Johnson & Guestrin 2015, Massias et al. 2018). One pass
 * over d variables when a round ends; it reads what the round's scans have just written.
 */
import { Fenwick } from '../fenwick.ts'
import type { Random } from '../random.ts'
import { lowerBound } from '../schedule/dependency.ts'
import { isLeased, isScreened } from './marks.ts'
import { hasWorkingSet } from './picks.ts'
import type { Schedule } from './spec.ts'
import { SOLVE_SWEEPS, stepOf, type Track } from './track.ts'

export interface Tuning {
  readonly schedule: Schedule
  /** tol · ½Σw(y − ȳ)²: the gap at which the track is solved. */
  readonly gapTarget: number
}

/** Variables that may become hot however small the support still is. */
const HOT_MIN = 64
/** Adaptive η, as in schedule/importance.ts: every hot variable keeps a chance. */
const ETA_SHARE = 0.05

/** All gradients are known: importance of every variable, and the hot ones of the round. */
export function selectHot(track: Track, tuning: Tuning, random: Random): void {
  const { importance, beta, design } = track
  track.rounds.solvedWork = 0
  if (!hasWorkingSet(tuning.schedule)) {
    track.hot = {
      index: new Uint32Array(0),
      seeds: new Fenwick(0),
      work: design.totalWork,
    }
    return
  }
  const support: number[] = []
  for (let j = 0; j < beta.length; j++)
    if (beta[j] !== 0) {
      support.push(j)
      importance.load(j, 0)
    } else importance.load(j, isScreened(track, j) ? 0 : importanceOf(track, j, tuning))
  importance.settle()
  const affordable = (track.entriesPerTrip / SOLVE_SWEEPS) * (design.columns / design.totalWork)
  const wanted = Math.min(
    importance.positive,
    Math.round(Math.max(HOT_MIN, support.length, affordable)),
  )
  const others =
    tuning.schedule.policy === 'greedy'
      ? largest(track, tuning, wanted)
      : draw(track, random, wanted)
  const index = Uint32Array.from([...support, ...others]).sort()
  const seeds = new Fenwick(index.length)
  let work = 0
  for (const j of index) work += design.work[j]!
  track.hot = { index, seeds, work }
  const floor = floorOf(
    Array.from(index, (j) => Math.abs(stepOf(track, j))),
    tuning,
  )
  index.forEach((j, k) => {
    seeds.weights[k] = isLeased(track, j) ? 0 : weigh(stepOf(track, j), tuning) + floor
  })
  seeds.rebuild()
}

/** Distinct variables with p ∝ c_j. */
function draw({ importance }: Track, random: Random, wanted: number): number[] {
  const drawn = Array.from({ length: wanted }, () => importance.draw(random)!)
  for (const { j, weight } of drawn) importance.putBack(j, weight)
  return drawn.map(({ j }) => j)
}

function largest(track: Track, tuning: Tuning, wanted: number): number[] {
  const all: { j: number; c: number }[] = []
  for (let j = 0; j < track.beta.length; j++) {
    const c = track.beta[j] !== 0 || isScreened(track, j) ? 0 : importanceOf(track, j, tuning)
    if (c > 0) all.push({ j, c })
  }
  return all
    .sort((a, b) => b.c - a.c || a.j - b.j)
    .slice(0, wanted)
    .map(({ j }) => j)
}

/** c_j of a variable that is not in the support: 0 unless it would move. */
function importanceOf(track: Track, j: number, tuning: Tuning): number {
  const step = stepOf(track, j)
  return step === 0 ? 0 : weigh(step, tuning)
}

function weigh(change: number, { schedule }: Tuning): number {
  if (!schedule.priority) return 1
  return schedule.power === 1 ? Math.abs(change) : change * change
}

function floorOf(changes: readonly number[], tuning: Tuning): number {
  const { eta } = tuning.schedule
  if (eta !== 'adaptive') return eta
  const sum = changes.reduce((total, change) => total + weigh(change, tuning), 0)
  return sum > 0 ? (ETA_SHARE * sum) / changes.length : 1
}

/** Variables of a block are free again; as seeds they weigh what they have just moved by. */
export function reseed(
  { hot }: Track,
  index: Uint32Array,
  change: ArrayLike<number>,
  tuning: Tuning,
): void {
  const floor = floorOf(Array.from(change, Math.abs), tuning)
  for (let k = 0; k < index.length; k++) {
    const at = lowerBound(hot.index, index[k]!)
    if (hot.index[at] === index[k]) hot.seeds.set(at, weigh(change[k]!, tuning) + floor)
  }
}

/** Leased: no seed until it is free. */
export function unseed({ hot }: Track, index: Uint32Array): void {
  for (const j of index) {
    const at = lowerBound(hot.index, j)
    if (hot.index[at] === j) hot.seeds.set(at, 0)
  }
}
