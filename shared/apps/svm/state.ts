/** The state of a job: the dual variables, w that goes with them, and how far the gap has closed. */
import type { Random } from '../../random.ts'
import type { Importance } from '../../schedule/importance.ts'
import { lossOf, type Problem, scoresOf, weightsOf } from './problem.ts'
import type { Secrets } from './secrets.ts'

/** What is known of a model: P, D, and (P − D)/P. */
export interface Point {
  readonly epochs: number
  readonly primal: number
  readonly dual: number
  readonly gap: number
}

/** One look at all examples: their scores at one w; see schedule.ts. */
export interface Round {
  /** Shards whose scores this round still lacks. */
  readonly queue: Set<number>
  /** Shards of this round that someone is scanning. */
  readonly pending: Set<number>
  /** The model when the round began. */
  readonly w: Float64Array // (d)
  readonly biasWeight: number
  /** Work of sweeps, and examples they visited, since. */
  workSince: number
  visitsSince: number
  /** Offers in a row for which there was nothing but to wait. */
  waits: number
  /** The last shard has answered; advance() takes it from here. */
  complete: boolean
}

export interface Chunk {
  readonly shard: number
  /** Ascending. */
  readonly examples: Uint32Array
  readonly work: number
}

export interface Hot {
  readonly chunks: readonly Chunk[]
  /** Chunks that can be leased; null when there are none at all. */
  readonly pool: Importance | null
  /** Matrix entries that one sweep over all of them reads, and how many examples there are. */
  readonly work: number
  readonly count: number
}

export interface SvmState {
  readonly problem: Problem
  readonly random: Random
  readonly secrets: () => Secrets
  readonly alpha: Float64Array // (n)
  /** Σ α y x (d), and b Σ α y. */
  w: Float64Array
  biasWeight: number
  dual: number
  supportVectors: number
  /** Examples visited by sweeps. */
  visits: number
  /** wᵀx + b·w_b as of the last round (n), and the gap then. */
  score: Float64Array
  /** Leased examples (n). */
  readonly leased: Uint8Array
  hot: Hot
  round: Round
  /** Blocks in flight, and how many there may be: follows what parallel commits earn; see pull.ts. */
  sweeping: number
  parts: number
  slots: number
  /** One point a round. */
  readonly history: Point[]
  /** The end: exact, from α alone. */
  certificate: Point | null
  /** Set by replay: w, scores and hot examples do not yet follow α. */
  stale: boolean
}

export const newRound = (w: Float64Array, biasWeight: number): Round => ({
  queue: new Set(),
  pending: new Set(),
  w,
  biasWeight,
  workSince: 0,
  visitsSince: 0,
  waits: 0,
  complete: false,
})

export const epochsOf = ({ visits, problem }: SvmState): number => visits / problem.trained

/** P of the scores of a w. */
export function primalOf(
  problem: Problem,
  w: Float64Array,
  biasWeight: number,
  score: Float64Array,
): number {
  const { classes, held, n } = problem
  let sum = 0
  for (let i = 0; i < n; i++)
    if (held[i] === 0) sum += lossOf(problem, classes.sign[i]! * score[i]!)
  return 0.5 * (square(w) + biasWeight ** 2) + sum
}

/** D, from α and the w that goes with it. */
export function dualOf({ problem, alpha, w, biasWeight }: SvmState): number {
  let [sum, squares] = [0, 0]
  for (const a of alpha) {
    sum += a
    squares += a * a
  }
  return sum - 0.5 * (square(w) + biasWeight ** 2) - 0.5 * problem.diagonal * squares
}

/** Everything that follows from α, from α alone: what a certificate rests on. */
export function lookExactly(state: SvmState): Point {
  const { problem, alpha } = state
  const { classes, spec } = problem
  state.w = weightsOf(problem, alpha)
  state.biasWeight = 0
  state.supportVectors = 0
  for (let i = 0; i < alpha.length; i++) {
    state.biasWeight += spec.bias * alpha[i]! * classes.sign[i]!
    state.supportVectors += Number(alpha[i]! > 0)
  }
  state.score = scoresOf(problem, state.w, state.biasWeight)
  state.dual = dualOf(state)
  const primal = primalOf(problem, state.w, state.biasWeight, state.score)
  return { epochs: epochsOf(state), primal, dual: state.dual, gap: gapBetween(primal, state.dual) }
}

/** Relative to the primal, which is never 0: at w = 0 every example has a loss. */
export const gapBetween = (primal: number, dual: number): number =>
  Math.max(0, primal - dual) / primal

function square(w: Float64Array): number {
  let sum = 0
  for (const v of w) sum += v * v
  return sum
}
