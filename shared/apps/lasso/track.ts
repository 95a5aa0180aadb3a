/**
 * A track: one lasso problem (data, weights, λ) being solved. A plain job has one; cross-validation
 * has one more per fold, which differ in their observation weights alone.
 *
 *   minimise P(β) = ½ Σ w_i r_i² + T‖β‖₁,   r = y − X̃β,   T = λ Σw
 *
 * This is Σw times what we print. y is centred when there is an intercept; X̃ is then centred too,
 * so the weighted residual sums to 0 and the intercept has dropped out of the problem.
 */
import { Fenwick } from '../../fenwick.ts'
import { type Design, fitOf, gradientOf } from './design.ts'
import { type Direction, weighted } from './lineSearch.ts'
import { shrink } from './math.ts'

export interface Track {
  readonly design: Design
  /** Weighted mean of y with an intercept, else 0. */
  readonly targetMean: number
  /** y − targetMean (n). */
  readonly target: Float64Array
  /** ½ Σ w (y − ȳ)²: what gaps are relative to. */
  readonly scaleOfGap: number
  readonly beta: Float64Array // (d) standardised scale
  readonly residual: Float64Array // (n) y − X̃β, unweighted
  /** x̃_jᵀ(w∘r) as last seen (d): exact after a certificate, else from tabs' scans. */
  readonly gradient: Float64Array
  /** c_j, the importance of variable j: what the scheduler samples by. */
  readonly priority: Fenwick
  /** 1 while variable j is in a lease (d). */
  readonly leased: Uint8Array
  threshold: number
  /** P(β), kept exact by every commit. */
  objective: number
  l1: number
  nonZeros: number
  /** Commits so far: the version of the model. */
  version: number
  /** The last committed steps, newest first: directions of the guarded commit. */
  memory: Direction[]
  /** Hot variables of this round, ascending, and the work of one sweep over them; see schedule.ts. */
  hot: Uint32Array
  hotWork: number
  /** 1 for the variables in `hot` (d). */
  readonly isHot: Uint8Array
  /** Blocks the hot set is cut into, ≥ 1: follows what parallel commits are worth; see pull.ts. */
  parts: number
  /** Blocks in flight. */
  sweeping: number
  rounds: Rounds
}

/** Where the track stands between one look at all gradients and the next; see schedule.ts. */
export interface Rounds {
  /** Shards whose gradients this round still lacks. */
  readonly queue: Set<number>
  /** Shards of this round that someone is scanning. */
  readonly pending: Set<number>
  /** Work spent on sweeps since the last round began. */
  workSince: number
  /** Work of blocks that came back solved to their tolerance since the last round began. */
  solvedWork: number
  /** Gap estimate from the last complete round, in units of P; Infinity before. */
  gapEstimate: number
  /** The last shard of the round has answered; advance() takes it from here. */
  complete: boolean
  /** Rounds completed at this λ. */
  count: number
}

export function openTrack(design: Design, y: Float64Array, intercept: boolean): Track {
  const { weights, weightSum, columns, rows } = design
  const average = weighted(y, new Float64Array(rows).fill(1), weights) / weightSum
  const targetMean = intercept ? average : 0
  const target = y.map((v) => v - targetMean)
  const centred = y.map((v) => v - average)
  const track: Track = {
    design,
    targetMean,
    target,
    scaleOfGap: 0.5 * weighted(centred, centred, weights),
    beta: new Float64Array(columns),
    residual: target.slice(),
    gradient: new Float64Array(columns),
    priority: new Fenwick(columns),
    leased: new Uint8Array(columns),
    threshold: Infinity,
    objective: 0.5 * weighted(target, target, weights),
    l1: 0,
    nonZeros: 0,
    version: 0,
    memory: [],
    hot: new Uint32Array(0),
    hotWork: 0,
    isHot: new Uint8Array(columns),
    parts: Number.POSITIVE_INFINITY,
    sweeping: 0,
    rounds: {
      queue: new Set(),
      pending: new Set(),
      workSince: 0,
      solvedWork: 0,
      gapEstimate: Infinity,
      complete: false,
      count: 0,
    },
  }
  refreshGradient(track)
  return track
}

/** w ∘ r (n). */
export function weightedResidual(track: Track): Float64Array {
  const { weights } = track.design
  return weights ? track.residual.map((r, i) => r * weights[i]!) : track.residual.slice()
}

/** A full pass: exact gradients. */
export function refreshGradient(track: Track): void {
  track.gradient.set(gradientOf(track.design, weightedResidual(track)))
}

/** Rebuild r, the objective and the counts from β alone, so that rounding never accumulates. */
export function rebuild(track: Track): void {
  const fit = fitOf(track.design, track.beta)
  for (let i = 0; i < fit.length; i++) track.residual[i] = track.target[i]! - fit[i]!
  track.l1 = 0
  track.nonZeros = 0
  for (const b of track.beta) {
    track.l1 += Math.abs(b)
    if (b !== 0) track.nonZeros++
  }
  track.objective = primal(track)
}

/** P(β) from r and ‖β‖₁. */
export function primal(track: Track): number {
  const { residual, design, threshold, l1 } = track
  // Before the first λ, T is infinite and β = 0.
  return 0.5 * weighted(residual, residual, design.weights) + (l1 === 0 ? 0 : threshold * l1)
}

export function setThreshold(track: Track, threshold: number): void {
  track.threshold = threshold
  track.objective = primal(track)
  track.memory = []
}

/**
 * Duality gap for the gradients given: with θ = s·r, |s| ≤ T/‖X̃ᵀ(w∘r)‖_∞, the dual value is
 * ½Σw y² − ½Σw (y − θ)², largest at s = Σwyr/Σwr² clipped to what is feasible. With exact gradients
 * this certifies β, whoever computed it.
 */
export function dualityGap(track: Track): number {
  const { residual, target, design, threshold, gradient } = track
  let largest = 0
  for (const g of gradient) largest = Math.max(largest, Math.abs(g))
  const rr = weighted(residual, residual, design.weights)
  if (rr === 0) return track.objective
  const yr = weighted(target, residual, design.weights)
  const limit = largest > 0 ? threshold / largest : Infinity
  const s = Math.min(Math.max(yr / rr, -limit), limit)
  const dual = s * yr - 0.5 * s * s * rr
  return Math.max(0, primal(track) - dual)
}

/** What variable j would change by if it were updated alone now, by the last known gradient. */
export function stepOf(track: Track, j: number): number {
  const norm2 = track.design.norm2[j]!
  if (norm2 === 0) return 0
  const b = track.beta[j]!
  return shrink(track.gradient[j]! + norm2 * b, track.threshold) / norm2 - b
}
