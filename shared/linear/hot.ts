/**
 * The working set: variables worth a sweep until the next look at all gradients.
 *
 * Hot are the support and the most important others, drawn with p(j) ∝ c_j, at most as many as the
 * support has (the working-set growth of Johnson & Guestrin 2015, Massias et al. 2018) or as a round
 * is worth; and where those do not fill it, what is nearest to having a step. A few passes over d
 * variables when a round ends; they read what its scans have just written.
 */
import { Fenwick } from '../fenwick.ts'
import type { Random } from '../random.ts'
import { lowerBound } from '../schedule/dependency.ts'
import { largestOf } from '../schedule/largest.ts'
import { supportOf } from './design.ts'
import { isLeased, isScreened } from './marks.ts'
import { hasWorkingSet, type Schedule } from './spec.ts'
import { type Hot, stepOf, type Track } from './track.ts'

export interface Tuning {
  readonly schedule: Schedule
  /** tol · (loss of the best constant fit): the gap at which the track is solved. */
  readonly gapTarget: number
}

/** Variables that may become hot however small the support still is. */
const HOT_MIN = 64
/**
 * Half the sweeps that a block takes while the gap is wide, roughly: newcomers that can be swept so often
 * in the time of a round cost no more than the round that they may save. Genotypes at 0.1 λmax, 8 slots,
 * 50 ms, 10⁶ entries a ms: 1.4–1.6 s in 7 or 8 rounds from 10 to 30; with 300 sweeps 1.8–2.5 s in 10.
 * 450 × 10⁶, 2000 entries a ms, 30 → 15: 122 → 113 s with one slot, 5.7 → 5.4 s with a hundred, 3.8 →
 * 3.2 s with a thousand; 10: 119, 4.9 and 3.2 s.
 */
const LOOSE_SWEEPS = 15
/**
 * As many of the nearest to come are hot as the support has (0.01 λmax, with leases solved to
 * the cost of a round: 14 → 6 rounds on 450 × 10⁶, 13 → 7 on 463 × 509 000; four or sixteen times as many save
 * one more), but no more than this share of what is worth
 * a round, because where sweeps cost more than rounds they only cost: million updates on the genotypes at
 * 0.01 λmax 3.7, 3.4 and 3.0 with 4, 16 and 60, on the newsgroups 1.6, 1.0 and 0.9.
 */
const NEAR_COST = 60
/** What is further from T than this is never among the nearest … */
const NEAR_SHARE = 0.5
/** … and distances are told apart to 1/2000 of T. */
const NEAR_BINS = 1000
/** Before anybody has asked: a thirtieth of the variables, at most a fourth of the rows. */
const ROWS_SHARE = 4
/** Adaptive η, as in schedule/importance.ts: every hot variable keeps a chance. */
const ETA_SHARE = 0.05

/** All gradients are known: importance of every variable, and the hot ones of the round. */
export function selectHot(track: Track, tuning: Tuning, random: Random): void {
  const { beta, design } = track
  track.rounds.solvedWork = 0
  if (!hasWorkingSet(tuning.schedule)) {
    track.hot = {
      index: new Uint32Array(0),
      seeds: new Fenwick(0),
      work: design.totalWork,
    }
    return
  }
  const support = supportOf(beta)
  const room = Math.round(Math.max(HOT_MIN, support.length, affordable(track)))
  const newcomers = drawNewcomers(track, room, tuning, random)
  const spare = Math.min(room - newcomers.length, support.length, affordable(track) / NEAR_COST)
  const near = nearest(track, spare)
  const index = new Uint32Array(support.length + newcomers.length + near.length)
  index.set(support)
  index.set(newcomers, support.length)
  index.set(near, support.length + newcomers.length)
  track.hot = { index: index.sort(), ...weighted(track, index, tuning) }
}

/** Variables that would leave zero: all of them where there is room, else drawn with p(j) ∝ c_j. */
function drawNewcomers(
  track: Track,
  room: number,
  tuning: Tuning,
  random: Random,
): ArrayLike<number> {
  const { importance, beta, gradient, threshold } = track
  if (tuning.schedule.policy === 'greedy')
    return largestOf(beta.length, room, (j) => importanceOf(track, j, tuning))
  // What stays zero is most of it, and seen by its gradient alone.
  const all: number[] = []
  for (let j = 0; j < beta.length && all.length <= room; j++)
    if (Math.abs(gradient[j]!) > threshold && importanceOf(track, j, tuning) > 0) all.push(j)
  if (all.length <= room) return all
  for (let j = 0; j < beta.length; j++)
    importance.load(j, Math.abs(gradient[j]!) > threshold ? importanceOf(track, j, tuning) : 0)
  importance.settle()
  const drawn = importance.drawSome(room, random)
  for (const j of drawn) importance.putBack(j)
  return drawn
}

/**
 * At most `spare` variables that would stay zero now, but are the next to leave it while the others move:
 * those whose gradient is nearest to T (the priority of Massias et al. 2018). They save rounds, and cost next to
 * nothing: between sweeps of the whole block the support is swept alone. They are counted by distance, and
 * the distances that fit are taken whole.
 */
function nearest({ gradient, threshold, beta, marks, design }: Track, spare: number): number[] {
  const least = NEAR_SHARE * threshold
  const width = (threshold - least) / NEAR_BINS
  if (!(spare >= 1 && width > 0 && width < Infinity)) return []
  const binOf = (j: number): number => Math.floor((threshold - Math.abs(gradient[j]!)) / width)
  const counts = new Uint32Array(NEAR_BINS)
  const near: number[] = []
  for (let j = 0; j < gradient.length; j++) {
    const g = Math.abs(gradient[j]!)
    if (!(g > least && g <= threshold) || beta[j] !== 0 || marks[j] !== 0) continue
    if (design.norm2[j] === 0 || binOf(j) >= NEAR_BINS) continue
    counts[binOf(j)]!++
    near.push(j)
  }
  let end = 0
  for (let sum = counts[0]!; sum <= spare && end < NEAR_BINS; sum += counts[end] ?? 0) end++
  return near.filter((j) => binOf(j) < end)
}

/** Newcomers that can be swept in the time of a round: a trip, and every slot's share of a scan. */
function affordable({ design, entriesPerTrip, slots }: Track): number {
  const { columns, rows, totalWork } = design
  if (entriesPerTrip === 0) return Math.min(rows / ROWS_SHARE, columns / LOOSE_SWEEPS)
  return ((entriesPerTrip + totalWork / slots) / LOOSE_SWEEPS) * (columns / totalWork)
}

/** Seeds of ascending hot variables, and the work of a sweep over them. */
function weighted(track: Track, index: Uint32Array, tuning: Tuning): Pick<Hot, 'seeds' | 'work'> {
  const seeds = new Fenwick(index.length)
  const steps = new Float64Array(index.length)
  let work = 0
  for (let k = 0; k < index.length; k++) {
    work += track.design.work[index[k]!]!
    steps[k] = stepOf(track, index[k]!)
  }
  const floor = floorOf(steps, tuning)
  for (let k = 0; k < index.length; k++)
    seeds.weights[k] = isLeased(track, index[k]!) ? 0 : weigh(steps[k]!, tuning) + floor
  seeds.rebuild()
  return { seeds, work }
}

/** c_j of a newcomer: 0 where it would not move, is in the support or proved to be zero. */
function importanceOf(track: Track, j: number, tuning: Tuning): number {
  if (track.beta[j] !== 0 || isScreened(track, j)) return 0
  const step = stepOf(track, j)
  return step === 0 ? 0 : weigh(step, tuning)
}

function weigh(change: number, { schedule }: Tuning): number {
  if (!schedule.priority) return 1
  return schedule.power === 1 ? Math.abs(change) : change * change
}

function floorOf(changes: ArrayLike<number>, tuning: Tuning): number {
  const { eta } = tuning.schedule
  if (eta !== 'adaptive') return eta
  let sum = 0
  for (let k = 0; k < changes.length; k++) sum += weigh(changes[k]!, tuning)
  return sum > 0 ? (ETA_SHARE * sum) / changes.length : 1
}

/** Variables of a block are free again; as seeds they weigh what they have just moved by. */
export function reseed(
  { hot }: Track,
  index: Uint32Array,
  change: ArrayLike<number>,
  tuning: Tuning,
): void {
  const floor = floorOf(change, tuning)
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
