/** From a decision to a lease: the arrays a tab needs for a scan or for sweeps over a block. */
import type { Block, Offer } from '../../app.ts'
import { SCALARS } from './buffers.ts'
import { shardOf } from './design.ts'
import type { Tuning } from './hot.ts'
import { type Track, weightedResidual } from './track.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly track: number
  /** Variables of the block (m), ascending; empty for a scan. */
  readonly index: Uint32Array
  /** Shards whose gradients were asked for. */
  readonly scanned: readonly number[]
  readonly sweepsMax: number
  readonly blockWork: number
}

/** K of Anderson's extrapolation; 5 is what Bertrand and Massias settle on. */
const EXTRAPOLATION_DEPTH = 5
/** Sweeps of one lease at most, however small the block. */
const SWEEPS_MAX = 1000
/**
 * With ‖X̃ᵀρ‖_∞ = T + v the duality gap is about v‖β‖₁ once β is nearly right, so a block is solved
 * when no step moves a gradient by more than this share of gap target / ‖β‖₁.
 */
const SOLVED_SHARE = 0.3

export function scanBlock(
  track: Track,
  trackIndex: number,
  offer: Offer,
  targetWork: number,
): Block {
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

export function sweepBlock(
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
