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
import { SCALARS } from './buffers.ts'
import { conflicts, type Dependency } from './dependency.ts'
import { shardOf } from './design.ts'
import type { LassoSpec } from './spec.ts'
import { stepOf, type Track, weightedResidual } from './track.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly track: number
  /** Variables of the block (m), ascending; empty for a scan. */
  readonly index: Uint32Array
  /** Shards whose gradients were asked for. */
  readonly scanned: readonly number[]
  /** z_kᵀ-check values of those shards: (X_k z_k)ᵀρ at the leased residual. */
  readonly expected: readonly number[]
  readonly sweepsMax: number
  readonly blockWork: number
}

export interface Tuning {
  readonly schedule: LassoSpec['schedule']
  /** tol · ½Σw(y − ȳ)²: the gap at which the track is solved. */
  readonly gapTarget: number
}

/** Sweeps may cost this many times a scan before the next scan is due: at most a fifth goes to looking. */
const SWEEP_WORK_PER_SCAN = 4
/** … and never before this many sweeps over all hot variables. */
const SWEEPS_PER_SCAN_MIN = 10
/** K of Anderson's extrapolation; 5 is what Bertrand and Massias settle on. */
const EXTRAPOLATION_DEPTH = 5
const HOT_MIN = 64
const SWEEPS_MAX = 1000
/**
 * With ‖X̃ᵀρ‖_∞ = T + v the duality gap is about v‖β‖₁ once β is nearly right, so a block is solved
 * when no step moves a gradient by more than this share of gap target / ‖β‖₁.
 */
const SOLVED_SHARE = 0.3

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

/** All gradients are known: importance of every variable, and the hot ones of the round. */
export function selectHot(track: Track, tuning: Tuning, random: Random): void {
  const { priority, beta, design, leased } = track
  const { power, priority: byPriority } = tuning.schedule
  let support = 0
  let candidates = 0
  for (let j = 0; j < beta.length; j++) {
    const step = stepOf(track, j)
    if (beta[j] !== 0) support++
    else if (step !== 0) candidates++
    const c = byPriority ? Math.abs(step) ** power : step === 0 ? 0 : 1
    priority.weights[j] = beta[j] !== 0 ? 0 : c
  }
  priority.rebuild()
  const hot: number[] = []
  const wanted = Math.min(candidates, Math.max(HOT_MIN, support))
  for (let k = 0; k < wanted; k++) {
    const j = priority.find(random.next() * priority.sum())
    if (j < 0) break
    hot.push(j)
    priority.set(j, 0)
  }
  for (let j = 0; j < beta.length; j++) if (beta[j] !== 0) hot.push(j)
  track.hot = Uint32Array.from(hot).sort()
  track.hotWork = 0
  priority.weights.fill(0)
  track.isHot.fill(0)
  for (const j of track.hot) {
    track.hotWork += design.work[j]!
    track.isHot[j] = 1
  }
  const floor = importanceFloor(track, power)
  for (const j of track.hot)
    priority.weights[j] = leased[j]
      ? 0
      : (byPriority ? Math.abs(stepOf(track, j)) ** power : 1) + floor
  priority.rebuild()
}

/** Adaptive η: 5 % of the mean importance, so that every hot variable keeps a chance. */
function importanceFloor(track: Track, power: number): number {
  let sum = 0
  for (const j of track.hot) sum += Math.abs(stepOf(track, j)) ** power
  return sum > 0 ? (0.05 * sum) / track.hot.length : 1
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

function scanBlock(track: Track, trackIndex: number, offer: Offer, targetWork: number): Block {
  const { rounds, design } = track
  const queue = [...rounds.queue].sort(
    (a, b) => Number(offer.holds(b)) - Number(offer.holds(a)) || a - b,
  )
  const shards: number[] = []
  let work = 0
  const share = Math.max(1, Math.ceil(rounds.queue.size / Math.max(1, offer.slots)))
  for (const k of queue) {
    if (shards.length >= share || (shards.length > 0 && work >= targetWork)) break
    shards.push(k)
    for (let j = design.firstColumn[k]!; j < design.firstColumn[k + 1]!; j++)
      work += design.work[j]!
    rounds.queue.delete(k)
    rounds.pending.add(k)
  }
  return lease(track, trackIndex, {
    index: new Uint32Array(0),
    shards,
    scan: true,
    sweepsMax: 0,
    tolerance: 0,
    work,
    blockWork: 0,
  })
}

function sweepBlock(
  track: Track,
  trackIndex: number,
  index: Uint32Array,
  targetWork: number,
  tuning: Tuning,
): Block {
  const { design, leased, priority } = track
  let blockWork = 0
  const shards: number[] = []
  track.sweeping++
  for (const j of index) {
    blockWork += design.work[j]!
    leased[j] = 1
    priority.set(j, 0)
    const k = shardOf(design, j)
    if (shards.at(-1) !== k) shards.push(k)
  }
  const sweepsMax = Math.max(1, Math.min(SWEEPS_MAX, Math.round(targetWork / blockWork)))
  const tolerance = (SOLVED_SHARE * tuning.gapTarget) / Math.max(track.l1, 1e-300)
  return lease(track, trackIndex, {
    index,
    shards,
    scan: false,
    sweepsMax,
    tolerance,
    work: sweepsMax * blockWork,
    blockWork,
  })
}

function lease(
  track: Track,
  trackIndex: number,
  plan: {
    index: Uint32Array
    shards: number[]
    scan: boolean
    sweepsMax: number
    tolerance: number
    work: number
    blockWork: number
  },
): Block {
  const { design } = track
  const { index, shards } = plan
  const residual = weightedResidual(track)
  const slotOf = new Map(shards.map((k, slot) => [k, slot]))
  const pick = (from: Float64Array): Float64Array => Float64Array.from(index, (j) => from[j]!)
  const scalars = new Float64Array(6)
  scalars[SCALARS.threshold] = track.threshold
  scalars[SCALARS.weightSum] = design.weightSum
  scalars[SCALARS.sweepsMax] = plan.sweepsMax
  scalars[SCALARS.tolerance] = plan.tolerance
  scalars[SCALARS.extrapolation] = EXTRAPOLATION_DEPTH
  scalars[SCALARS.scan] = plan.scan ? 1 : 0
  const memo: Memo = {
    track: trackIndex,
    index,
    scanned: plan.scan ? shards : [],
    expected: [],
    sweepsMax: plan.sweepsMax,
    blockWork: plan.blockWork,
  }
  return {
    arrays: {
      scalars,
      residual,
      weights: design.weights ?? new Float64Array(0),
      slot: Uint32Array.from(index, (j) => slotOf.get(shardOf(design, j))!),
      column: Uint32Array.from(index, (j) => j - design.firstColumn[shardOf(design, j)]!),
      mean: pick(design.mean),
      scale: pick(design.scale),
      norm2: pick(design.norm2),
      beta: pick(track.beta),
    },
    shards,
    work: plan.work,
    memo,
  }
}
