/**
 * A track: one problem (data, weights, λ) being solved. A plain job has one; cross-validation has one
 * more per fold, which differ in their observation weights alone.
 *
 *   minimise P(β) = Σ w_i ℓ(y_i, f_i) + T₁‖β‖₁ + ½T₂‖β‖²,   f = β₀ + X̃β
 *
 * This is Σw times what we print. ℓ is the datafit's. With an intercept X̃ is centred and β₀ always
 * the best one, so that the weighted residual w∘r, r = −∂ℓ/∂f, sums to 0.
 */
import { Fenwick } from '../fenwick.ts'
import { Importance } from '../schedule/importance.ts'
import { Pipeline } from '../schedule/pipeline.ts'
import type { Datafit, Problem, Response } from './datafit.ts'
import { type Design, fitOf, gradientOf } from './design.ts'
import type { Direction } from './lineSearch.ts'
import { shrink } from './math.ts'

export interface Track {
  readonly design: Design
  readonly datafit: Datafit
  readonly problem: Problem
  /** What a row counts by itself, before folds (n); null: 1. */
  readonly caseWeights: Float64Array | null
  /** Loss of the best constant fit: what gaps are relative to. */
  readonly scaleOfGap: number
  readonly beta: Float64Array // (d) standardised scale
  readonly fit: Float64Array // (n) X̃β
  readonly residual: Float64Array // (n) −∂ℓ/∂f at β₀ + X̃β, unweighted
  intercept: number
  /** Σ w ℓ. */
  loss: number
  /** The datafit's curvature h at the residual of now (n), never changed in place; null: w. */
  weights: Float64Array | null
  /** Σh / Σw: scales ‖x̃_j‖² to what the loss curves here. */
  curvature: number
  /** x̃_jᵀ(w∘r) − T₂β_j as last seen (d): f32, as tabs send it. */
  readonly gradient: Float32Array
  /** c_j of what is not hot, by which newcomers are drawn; empty without a working set. */
  readonly importance: Importance
  /** Leased, screened (d); see marks.ts. */
  readonly marks: Uint8Array
  /** Variables that a gap has proved to be zero at this λ. */
  screened: number
  /** T₁ = λα Σw. */
  threshold: number
  /** T₂ = λ(1 − α) Σw. */
  ridge: number
  /** P(β), kept exact by every commit. */
  objective: number
  l1: number
  /** ‖β‖². */
  l2: number
  nonZeros: number
  /** Commits so far: the version of the model. */
  version: number
  /** The last committed steps, newest first: directions of the guarded commit. */
  memory: Step[]
  hot: Hot
  /** Exact gradients (d) at the residual of now, from a pass just made; dropped by the next commit. */
  exact: Float64Array | null
  /** Blocks the hot set is cut into, ≥ 1: follows what parallel commits are worth; see pull.ts. */
  parts: number
  /** Entries that a slot reads in a round trip, smoothed over the last offers. */
  entriesPerTrip: number
  /** Slots at work, by the last offer; Infinity while nobody has asked. */
  slots: number
  /** Blocks in flight. */
  sweeping: number
  readonly pipeline: Pipeline
  rounds: Rounds
}

/**
 * Blocks to begin with; pull.ts moves it by what parallel commits earn. Genotypes at 0.1 λmax, 8 slots,
 * 50 ms: 2.1 s from 1, 1.5 s from 2 or 8; at 2 ms 0.64, 0.68 and 0.72 s.
 */
const PARTS_FIRST = 2

/** A direction that may be taken again, with the rounding that its fit carries; see combine.ts. */
export interface Step extends Direction {
  /** At most so far from X̃ · change, in any row. */
  readonly error: number
}

/** The working set of a round; see hot.ts. */
export interface Hot {
  /** Ascending. */
  readonly index: Uint32Array
  /** By position in `index`: what a block's first variable is drawn by; 0 while leased. */
  readonly seeds: Fenwick
  /** Matrix entries that one sweep over all of them reads. */
  readonly work: number
}

/** Where the track stands between one look at all gradients and the next; see schedule.ts. */
export interface Rounds {
  /** Shards whose gradients this round still lacks. */
  readonly queue: Set<number>
  /** Shards of this round that someone is scanning. */
  readonly pending: Set<number>
  /** Work spent on sweeps since the last round began. */
  workSince: number
  /** Work of blocks that came back solved to their tolerance since the working set was chosen. */
  solvedWork: number
  /** r when the round began (n): every scan of it is made there, so that together they make one θ. */
  residual: Float64Array
  /** β then (d), where there is a ridge; else empty. */
  beta: Float64Array
  /** Commits when the round began. */
  version: number
  /** Offers since its last answer for which there was nothing but to wait for the round. */
  waits: number
  /** Largest dual value at this λ by the rounds' gradients, and by exact ones; −Infinity before. */
  dual: number
  dualExact: number
  /** P − dual, as of the last round or commit; Infinity before. */
  gapEstimate: number
  /** Gap estimate, and work of all sweeps, when the server last made a pass of its own. */
  lookedGap: number
  lookedWork: number
  /** Work of all sweeps at this λ. */
  sweptWork: number
  /** The last shard of the round has answered; advance() takes it from here. */
  complete: boolean
  /** Rounds completed at this λ. */
  count: number
}

export function openTrack(
  design: Design,
  datafit: Datafit,
  { target, caseWeights }: Response,
  options: { intercept: boolean; depth: number | null; workingSet: boolean },
): Track {
  const { weights, columns, rows } = design
  const problem = datafit.open(target, weights, options.intercept)
  const track: Track = {
    design,
    datafit,
    problem,
    caseWeights,
    scaleOfGap: datafit.nullLoss(problem),
    beta: new Float64Array(columns),
    fit: new Float64Array(rows),
    residual: new Float64Array(rows),
    intercept: 0,
    loss: 0,
    weights: null,
    curvature: 1,
    gradient: new Float32Array(columns),
    importance: new Importance(options.workingSet ? columns : 0, { power: 1, eta: 0, warmup: 0 }),
    marks: new Uint8Array(columns),
    screened: 0,
    threshold: Infinity,
    ridge: 0,
    objective: 0,
    l1: 0,
    l2: 0,
    nonZeros: 0,
    version: 0,
    memory: [],
    hot: { index: new Uint32Array(0), seeds: new Fenwick(0), work: 0 },
    exact: null,
    parts: PARTS_FIRST,
    entriesPerTrip: 0,
    slots: Number.POSITIVE_INFINITY,
    sweeping: 0,
    pipeline: new Pipeline(options.depth),
    rounds: newRounds(),
  }
  look(track)
  refreshGradient(track)
  return track
}

export const newRounds = (): Rounds => ({
  queue: new Set(),
  pending: new Set(),
  workSince: 0,
  solvedWork: 0,
  residual: new Float64Array(0),
  beta: new Float64Array(0),
  version: -1,
  waits: 0,
  dual: Number.NEGATIVE_INFINITY,
  dualExact: Number.NEGATIVE_INFINITY,
  gapEstimate: Number.POSITIVE_INFINITY,
  lookedGap: Number.POSITIVE_INFINITY,
  lookedWork: 0,
  sweptWork: 0,
  complete: false,
  count: 0,
})

/** w ∘ r (n), of this residual. */
export function weightedResidual({ design }: Track, residual: Float64Array): Float64Array {
  const { weights } = design
  return weights ? residual.map((r, i) => r * weights[i]!) : residual.slice()
}

/** β₀, r, the loss and P at the fit of now. */
export function look(track: Track): void {
  const { datafit, problem, fit, residual, design } = track
  const { loss, intercept } = datafit.evaluate(problem, fit, track.intercept, residual)
  track.loss = loss
  track.intercept = intercept
  const h = datafit.curvature(problem, residual)
  track.weights = h
  track.curvature = h ? h.reduce((a, b) => a + b, 0) / design.weightSum : 1
  track.objective = primal(track)
}

/** A full pass: exact gradients, kept as f32 and, until the next commit, as f64. */
export function refreshGradient(track: Track): void {
  const exact = gradientOf(track.design, weightedResidual(track, track.residual))
  if (track.ridge > 0)
    for (let j = 0; j < exact.length; j++) exact[j]! -= track.ridge * track.beta[j]!
  track.gradient.set(exact)
  track.exact = exact
}

/**
 * Rebuild everything from β alone, so that rounding never accumulates – and β₀, which is found from
 * where it was, has the same bits after a replay.
 */
export function rebuild(track: Track): void {
  track.intercept = 0
  track.fit.set(fitOf(track.design, track.beta))
  track.l1 = 0
  track.l2 = 0
  track.nonZeros = 0
  const { beta } = track
  for (let j = 0; j < beta.length; j++) {
    const b = beta[j]!
    if (b === 0) continue
    track.l1 += Math.abs(b)
    track.l2 += b * b
    track.nonZeros++
  }
  look(track)
}

/** P(β) from the loss and the norms of β. */
export function primal({ loss, threshold, ridge, l1, l2 }: Track): number {
  // Before the first λ, T₁ is infinite and β = 0.
  return l1 === 0 ? loss : loss + threshold * l1 + 0.5 * ridge * l2
}

/** Another λ: gradients follow the ridge, what was proved does not hold. */
export function setPenalty(track: Track, threshold: number, ridge: number): void {
  const { beta, gradient, exact } = track
  if (ridge !== track.ridge)
    for (let j = 0; j < beta.length; j++) {
      if (beta[j] === 0) continue
      const change = (track.ridge - ridge) * beta[j]!
      gradient[j]! += change
      if (exact) exact[j]! += change
    }
  track.threshold = threshold
  track.ridge = ridge
  track.objective = primal(track)
  track.memory = []
}

/** How P curves along variable j, about: by the mean of the datafit's curvature. */
export const curvatureOf = ({ design, curvature, ridge }: Track, j: number): number =>
  curvature * design.norm2[j]! + ridge

/** What variable j would change by if it were updated alone now, by the last known gradient. */
export function stepOf(track: Track, j: number): number {
  if (track.design.norm2[j] === 0) return 0
  const q = curvatureOf(track, j)
  const b = track.beta[j]!
  return shrink(track.gradient[j]! + q * b, track.threshold) / q - b
}
