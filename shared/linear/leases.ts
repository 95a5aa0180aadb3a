/** From a decision to a lease: the arrays a tab needs for a scan or for sweeps over a block. */
import type { Block, Offer } from '../app.ts'
import { SCALARS } from './buffers.ts'
import { type Design, shardOf } from './design.ts'
import { type Tuning, unseed } from './hot.ts'
import { setLeased } from './marks.ts'
import { type Track, weightedResidual } from './track.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly track: number
  /** Variables of the block (m), ascending; empty for a scan. */
  readonly index: Uint32Array
  /** Shards whose gradients were asked for, and the residual of their round. */
  readonly scanned: readonly number[]
  readonly scannedAt: Float64Array | null
  readonly sweepsMax: number
  readonly blockWork: number
  /** Of the pipeline; see schedule/pipeline.ts. */
  readonly wave: number
}

/** Sweeps to extrapolate from; measured in extrapolate.ts. */
const EXTRAPOLATION_DEPTH = 3
/**
 * A lease begins its extrapolation anew, so that so many sweeps are worth one that is longer than asked
 * for, up to so long. Newsgroups at 0.01 λmax, one slot at 3 ms, entries a ms: lasso at 20 000, 138 → 17
 * leases and 8.9 → 6.7 s; at 50 000 106 → 15 and 5.2 → 2.7 s (30 sweeps: 11 and 3.7 s); at 150 000 18 → 15
 * and 0.9 → 1.0 s; logistic regression at 50 000 37 → 12 and 2.0 s both.
 */
const SWEEPS_LEAST = 15
const LEAST_MS = 400
/** Sweeps of one lease at most, however small the block. */
const SWEEPS_MAX = 1000
/**
 * With ‖X̃ᵀρ‖_∞ = T + v the duality gap is about v‖β‖₁ once β is nearly right, so a block is solved
 * when no step moves a gradient by more than this share of gap target / ‖β‖₁.
 */
const SOLVED_SHARE = 0.3
/**
 * While the gap is wide a block need not be solved to the last digit: this share of the gap as it is
 * stands for the gap target. Genotypes at 0.1 λmax, 2 ms round trips: 953 000 → 327 000 updates and
 * 2.0 → 0.9 s with one slot, 2.0 → 0.5 s with eight; 0.05 and 0.5 lie within a tenth of it.
 */
const LOOSE_SHARE = 0.2
/**
 * Sweeps that solving a block takes, roughly. Where so many fit into a round – a trip and a slot's share of
 * a scan – compute is cheaper than another round, and blocks are solved to the end.
 */
const SOLVE_SWEEPS = 300
/** The most shares of a round trip's compute that a scan takes along of shards the tab holds already. */
const SCAN_TRIPS = 0.5

export function scanBlock(
  track: Track,
  trackIndex: number,
  offer: Offer,
  targetWork: number,
): Block {
  const { rounds, design } = track
  const shards: number[] = []
  let work = 0
  const share = Math.max(1, Math.ceil(rounds.queue.size / Math.max(1, offer.slots)))
  // What is computed within a fraction of a round trip is not worth a second lease.
  const cheap = SCAN_TRIPS * offer.rttMs * offer.workPerMs
  // What it holds already, then what it must fetch: two looks along the queue, each until it has enough.
  for (const isHeld of [true, false])
    for (const k of rounds.queue) {
      if (shards.length > 0 && work >= targetWork) break
      if (shards.length >= share && !(isHeld && work < cheap)) break
      if (offer.holds(k) !== isHeld) continue
      if (shards.length >= share && work + design.shardWork[k]! > cheap) continue
      shards.push(k)
      work += design.shardWork[k]!
      rounds.queue.delete(k)
      rounds.pending.add(k)
    }
  shards.sort((a, b) => a - b)
  return lease(track, trackIndex, rounds.residual, {
    index: new Uint32Array(0),
    shards,
    wave: 0,
    scan: true,
    sweepsMax: 0,
    tolerance: 0,
    work,
    blockWork: 0,
  })
}

export function sweepBlock(
  track: Track,
  trackIndex: number,
  index: Uint32Array,
  offer: Offer,
  targetWork: number,
  tuning: Tuning,
): Block {
  const { design } = track
  let blockWork = 0
  const shards: number[] = []
  track.sweeping++
  setLeased(track, index, true)
  unseed(track, index)
  let end = 0
  for (const j of index) {
    blockWork += design.work[j]!
    if (j < end) continue
    const k = shardOf(design, j)
    shards.push(k)
    end = design.firstColumn[k + 1]!
  }
  const least = Math.min(SWEEPS_LEAST * blockWork, LEAST_MS * offer.workPerMs)
  const fit = Math.max(1, Math.round(Math.max(targetWork, least) / blockWork))
  const sweepsMax = Math.min(tuning.schedule.sweeps ?? SWEEPS_MAX, fit)
  return lease(track, trackIndex, track.residual, {
    index,
    shards,
    wave: track.pipeline.begin(offer.slots),
    scan: false,
    sweepsMax,
    tolerance: toleranceOf(track, offer, blockWork, tuning),
    work: sweepsMax * blockWork,
    blockWork,
  })
}

/** How solved a block must be: by the gap there is, by the gap target, by what a sweep costs. */
function toleranceOf(track: Track, offer: Offer, blockWork: number, tuning: Tuning): number {
  const { rounds, l1, objective, threshold, design } = track
  const sweepsPerRound =
    (offer.rttMs * offer.workPerMs + design.totalWork / offer.slots) / blockWork
  const share = LOOSE_SHARE / Math.max(1, sweepsPerRound / SOLVE_SWEEPS) ** 4
  const gap = Math.max(tuning.gapTarget, share * Math.min(rounds.gapEstimate, objective))
  // T‖β‖₁ never exceeds P.
  return (SOLVED_SHARE * gap) / (l1 > 0 ? l1 : objective / threshold)
}

function lease(
  track: Track,
  trackIndex: number,
  at: Float64Array,
  plan: {
    index: Uint32Array
    shards: number[]
    wave: number
    scan: boolean
    sweepsMax: number
    tolerance: number
    work: number
    blockWork: number
  },
): Block {
  const { design, problem } = track
  const { index, shards } = plan
  const residual = weightedResidual(track, at)
  // A scan reads the residual alone; sweeps begin at that of now.
  const h = plan.scan ? null : track.weights
  const weights = plan.scan ? null : (h ?? design.weights)
  const none = new Float64Array(0)
  const pick = (from: Float64Array): Float64Array => gather(from, index)
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.threshold] = track.threshold
  scalars[SCALARS.weightSum] = h ? h.reduce((a, b) => a + b, 0) : design.weightSum
  scalars[SCALARS.sweepsMax] = plan.sweepsMax
  scalars[SCALARS.tolerance] = plan.tolerance
  scalars[SCALARS.extrapolation] = EXTRAPOLATION_DEPTH
  scalars[SCALARS.scan] = plan.scan ? 1 : 0
  scalars[SCALARS.ridge] = track.ridge
  scalars[SCALARS.centred] = problem.intercept ? 1 : 0
  const memo: Memo = {
    track: trackIndex,
    index,
    scanned: plan.scan ? shards : [],
    scannedAt: plan.scan ? at : null,
    sweepsMax: plan.sweepsMax,
    blockWork: plan.blockWork,
    wave: plan.wave,
  }
  return {
    arrays: {
      scalars,
      residual,
      weights: weights ?? none,
      ...placesOf(design, index, shards),
      // Under the weights of a quadratic model, which change with every lease, the tab computes them.
      mean: h ? none : pick(design.mean),
      scale: pick(design.scale),
      norm2: h ? none : pick(design.norm2),
      beta: pick(track.beta),
    },
    shards,
    work: plan.work,
    memo,
    repeatable: true,
  }
}

function gather(from: Float64Array, index: Uint32Array): Float64Array {
  const out = new Float64Array(index.length)
  for (let k = 0; k < index.length; k++) out[k] = from[index[k]!]!
  return out
}

/** Where ascending variables lie: which of the lease's shards, and the column there. */
function placesOf(
  { firstColumn }: Design,
  index: Uint32Array,
  shards: readonly number[],
): { slot: Uint32Array; column: Uint32Array } {
  const slot = new Uint32Array(index.length)
  const column = new Uint32Array(index.length)
  let at = 0
  for (let k = 0; k < index.length; k++) {
    while (index[k]! >= firstColumn[shards[at]! + 1]!) at++
    slot[k] = at
    column[k] = index[k]! - firstColumn[shards[at]!]!
  }
  return { slot, column }
}
