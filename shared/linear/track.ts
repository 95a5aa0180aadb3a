/**
 * A track: one lasso problem (data, weights, λ) being solved. A plain job has one; cross-validation
 * has one more per fold, which differ in their observation weights alone.
 *
 *   minimise P(β) = ½ Σ w_i r_i² + T‖β‖₁,   r = y − X̃β,   T = λ Σw
 *
 * This is Σw times what we print. y is centred when there is an intercept; X̃ is then centred too,
 * so the weighted residual sums to 0 and the intercept has dropped out of the problem.
 */
import { Fenwick } from '../fenwick.ts'
import { Importance } from '../schedule/importance.ts'
import { Pipeline } from '../schedule/pipeline.ts'
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
  /** x̃_jᵀ(w∘r) as last seen (d): f32, as tabs send it. */
  readonly gradient: Float32Array
  /** c_j of what is not hot: newcomers are drawn by it. */
  readonly importance: Importance
  /** Leased, screened (d); see marks.ts. */
  readonly marks: Uint8Array
  /** Variables that a gap has proved to be zero at this λ. */
  screened: number
  threshold: number
  /** P(β), kept exact by every commit. */
  objective: number
  l1: number
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
  /** Slots at work, by the last offer. */
  slots: number
  /** Blocks in flight. */
  sweeping: number
  readonly pipeline: Pipeline
  rounds: Rounds
}

/**
 * Sweeps that solving a block takes, roughly. Where so many fit into a round trip, compute is cheaper
 * than another lease: blocks are solved to the end, the working set is as large as can be swept in a
 * round trip, and it is not split.
 */
export const SOLVE_SWEEPS = 300

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
  /** Commits when the round began. */
  version: number
  /** Offers in a row for which there was nothing but to wait for the round. */
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
  y: Float64Array,
  options: { intercept: boolean; depth: number | null },
): Track {
  const { weights, weightSum, columns, rows } = design
  const average = weighted(y, new Float64Array(rows).fill(1), weights) / weightSum
  const targetMean = options.intercept ? average : 0
  const target = y.map((v) => v - targetMean)
  const centred = y.map((v) => v - average)
  const track: Track = {
    design,
    targetMean,
    target,
    scaleOfGap: 0.5 * weighted(centred, centred, weights),
    beta: new Float64Array(columns),
    residual: target.slice(),
    gradient: new Float32Array(columns),
    importance: new Importance(columns, { power: 1, eta: 0, warmup: 0 }),
    marks: new Uint8Array(columns),
    screened: 0,
    threshold: Infinity,
    objective: 0.5 * weighted(target, target, weights),
    l1: 0,
    nonZeros: 0,
    version: 0,
    memory: [],
    hot: { index: new Uint32Array(0), seeds: new Fenwick(0), work: 0 },
    exact: null,
    parts: PARTS_FIRST,
    entriesPerTrip: 0,
    slots: 1,
    sweeping: 0,
    pipeline: new Pipeline(options.depth),
    rounds: newRounds(),
  }
  refreshGradient(track)
  return track
}

export const newRounds = (): Rounds => ({
  queue: new Set(),
  pending: new Set(),
  workSince: 0,
  solvedWork: 0,
  residual: new Float64Array(0),
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

/** A full pass: exact gradients, kept as f32 and, until the next commit, as f64. */
export function refreshGradient(track: Track): void {
  const exact = gradientOf(track.design, weightedResidual(track, track.residual))
  track.gradient.set(exact)
  track.exact = exact
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

/** What variable j would change by if it were updated alone now, by the last known gradient. */
export function stepOf(track: Track, j: number): number {
  const norm2 = track.design.norm2[j]!
  if (norm2 === 0) return 0
  const b = track.beta[j]!
  return shrink(track.gradient[j]! + norm2 * b, track.threshold) / norm2 - b
}
