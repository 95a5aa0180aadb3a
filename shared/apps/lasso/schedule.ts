/**
 * Which variables now? STRADS' structure-aware schedule, for leases instead of rounds.
 *
 * A track alternates between two kinds of work, and both can be in flight at once:
 *
 * SCAN   gradients of whole shards at the model of today. When all shards have answered, a *round*
 *        begins: every variable's next step δ_j is known, and importance c_j = |δ_j|^power.
 * SWEEP  coordinate descent over a block of *hot* variables: the support plus the most important
 *        others, drawn with p(j) ∝ c_j, at most as many as the support has (the working-set growth of
 *        Johnson & Guestrin 2015, Massias et al. 2018). Variables that are not hot cost nothing.
 *
 * A block starts at a hot variable drawn by importance and grows to its hot neighbours on both sides,
 * because neighbours correlate and a tab's sweeps are sequential: inside a block correlation is
 * harmless, between blocks in flight it costs. A variable that correlates by ρ or more with one
 * leased elsewhere stays in the pool (dependency.ts).
 */
import type { Block, Idle, Offer } from '../../app.ts'
import type { Random } from '../../random.ts'
import { conflicts, type Dependency } from './dependency.ts'
import type { Tuning } from './hot.ts'
import { scanBlock, sweepBlock } from './leases.ts'
import type { Track } from './track.ts'

/** Sweeps may cost this many times a scan before the next scan is due: at most a fifth goes to looking. */
const SWEEP_WORK_PER_SCAN = 4
/** … and never before this many sweeps over all hot variables. */
const SWEEPS_PER_SCAN_MIN = 10
export function scheduleTrack(
  track: Track,
  trackIndex: number,
  offer: Offer,
  tuning: Tuning,
  dependency: Dependency,
  random: Random,
): Block | Idle {
  const targetMs = Math.max(tuning.schedule.leaseMs, Math.min(1000, 10 * offer.rttMs))
  const targetWork = targetMs * offer.workPerMs
  const { rounds } = track
  const idle = rounds.queue.size === 0 && rounds.pending.size === 0
  if (idle && roundIsDue(track)) beginRound(track)
  if (rounds.queue.size > 0) return scanBlock(track, trackIndex, offer, targetWork)
  const index = growBlock(track, offer, tuning, dependency, random)
  if (index.length > 0) return sweepBlock(track, trackIndex, index, targetWork, tuning)
  // A spare slot looks ahead, unless so little has changed that it would only burn power.
  if (
    idle &&
    rounds.workSince >= Math.max(track.design.totalWork, SWEEPS_PER_SCAN_MIN * track.hotWork)
  ) {
    beginRound(track)
    return scanBlock(track, trackIndex, offer, targetWork)
  }
  return { idle: 'waiting-for-others' }
}

function roundIsDue({ rounds, hotWork, hot, design }: Track): boolean {
  if (hot.length === 0) return true
  if (rounds.solvedWork >= hotWork) return true
  return (
    rounds.workSince >=
    Math.max(SWEEP_WORK_PER_SCAN * design.totalWork, SWEEPS_PER_SCAN_MIN * hotWork)
  )
}

function beginRound(track: Track): void {
  track.rounds.workSince = 0
  track.rounds.solvedWork = 0
  for (let k = 0; k < track.design.firstColumn.length - 1; k++) track.rounds.queue.add(k)
}

function growBlock(
  track: Track,
  offer: Offer,
  tuning: Tuning,
  dependency: Dependency,
  random: Random,
): Uint32Array {
  const { hot, leased, priority, design } = track
  track.parts = Math.min(track.parts, offer.slots)
  const parts = Math.round(track.parts)
  if (track.sweeping >= parts) return new Uint32Array(0)
  const seed = priority.find(random.next() * priority.sum())
  if (seed < 0) return new Uint32Array(0)
  const quota = track.hotWork / parts
  const others = inFlight(track)
  const free = (j: number): boolean =>
    leased[j] === 0 &&
    (others.length === 0 || !conflicts(dependency, design, j, others, tuning.schedule.rho))
  let low = lowerBound(hot, seed)
  let high = low + 1
  const block: number[] = []
  let work = 0
  const take = (j: number): void => {
    if (!free(j)) return
    block.push(j)
    work += design.work[j]!
  }
  while (work < quota && (low >= 0 || high < hot.length)) {
    if (low >= 0) take(hot[low--]!)
    if (work < quota && high < hot.length) take(hot[high++]!)
  }
  return Uint32Array.from(block).sort()
}

/** Hot variables that are leased now, ascending. */
function inFlight(track: Track): number[] {
  return Array.from(track.hot.filter((j) => track.leased[j] === 1))
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
