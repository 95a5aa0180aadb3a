/**
 * λ paths and cross-validation, as glmnet does them (Friedman, Hastie, Tibshirani 2010).
 */
import type { Random } from '../random.ts'
import type { Measures } from './datafit.ts'
import { supportOf } from './design.ts'
import { lookExactly } from './screening.ts'
import { rebuild, type Track } from './track.ts'

/** One certified solution. Units: what we print, P/Σw. */
export interface Point {
  readonly lambda: number
  readonly objective: number
  /** Duality gap relative to the loss of the best constant fit. */
  readonly gap: number
  readonly nonZeros: number
  /** Share of the deviance of the best constant fit that is explained. */
  readonly devianceRatio: number
  /** β₀ of the centred columns. */
  readonly intercept: number
  /** On the rows this track was given, and on those it left out; null for the full data. */
  readonly measures: Measures
  readonly heldOut: Measures | null
  /** Non-zero coefficients on the standardised scale. */
  readonly index: Uint32Array
  readonly value: Float64Array
}

/** `count` values from λmax down to λmax · (n < d ? 0.01 : 1e-4), evenly spaced in the logarithm. */
export function glmnetGrid(
  lambdaMax: number,
  count: number,
  rows: number,
  columns: number,
): number[] {
  const ratio = rows < columns ? 0.01 : 1e-4
  return Array.from({ length: count }, (_, k) => lambdaMax * ratio ** (k / (count - 1)))
}

/** glmnet ends a path when 99.9 % of the deviance is explained, or a step explains < 1e-5 of it more. */
export function pathEnds(points: readonly Point[]): boolean {
  const last = points.at(-1)
  const before = points.at(-2)
  if (!last) return false
  if (last.devianceRatio > 0.999) return true
  return (
    points.length >= 5 && last.devianceRatio - before!.devianceRatio < 1e-5 * last.devianceRatio
  )
}

/** Fold of every row (n): a random permutation dealt out in turn, one stratum after the other. */
export function dealFolds(
  rows: number,
  folds: number,
  random: Random,
  strata?: ArrayLike<number>,
): Uint8Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i)
  for (let i = rows - 1; i > 0; i--) {
    const k = random.below(i + 1)
    ;[order[i], order[k]] = [order[k]!, order[i]!]
  }
  if (strata) order.sort((a, b) => strata[a]! - strata[b]!)
  const fold = new Uint8Array(rows)
  order.forEach((row, i) => {
    fold[row] = i % folds
  })
  return fold
}

/**
 * Certify: rebuild r from β, make an exact pass over X, and return the point if its duality gap is
 * within the target; null otherwise (the gradients are then fresh for the next round).
 */
export function certify(
  track: Track,
  gapTarget: number,
  lambda: number,
  screening: boolean,
): Point | null {
  rebuild(track)
  const gap = lookExactly(track, screening)
  return gap <= gapTarget ? pointOf(track, lambda, gap / track.scaleOfGap) : null
}

export function pointOf(track: Track, lambda: number, gap: number): Point {
  const { beta, design, scaleOfGap, objective, loss, problem } = track
  const index = supportOf(beta)
  const { weights } = design
  const rows = [...Array(design.rows).keys()]
  const kept = Uint32Array.from(weights ? rows.filter((i) => weights[i] !== 0) : rows)
  const out = Uint32Array.from(weights ? rows.filter((i) => weights[i] === 0) : [])
  const scores = track.fit.map((f) => f + track.intercept)
  const measure = (which: Uint32Array): Measures =>
    track.datafit.measure(problem.target, scores, which, track.caseWeights)
  return {
    lambda,
    objective: objective / design.weightSum,
    gap,
    nonZeros: index.length,
    devianceRatio: 1 - loss / scaleOfGap,
    intercept: problem.offset + track.intercept,
    measures: measure(kept),
    heldOut: out.length > 0 ? measure(out) : null,
    index,
    value: Float64Array.from(index, (j) => beta[j]!),
  }
}

export interface CrossValidation {
  readonly lambda: number[]
  /** Name of the measure that chooses. */
  readonly measure: string
  /** Mean of the folds' held-out measure, weighted by fold size, and its standard error. */
  readonly mean: number[]
  readonly standardError: number[]
  /** Means of every measure, of the folds where it is defined; NaN where it is not in any. */
  readonly means: Readonly<Record<string, number[]>>
  /** Positions in `lambda`: least mean, and the largest λ within one standard error of it. */
  readonly min: number
  readonly oneSe: number
}

export function crossValidate(
  lambda: number[],
  folds: readonly { size: number; points: readonly Point[] }[],
): CrossValidation {
  const count = Math.min(lambda.length, ...folds.map((f) => f.points.length))
  const total = folds.reduce((sum, f) => sum + f.size, 0)
  const names = Object.keys(folds[0]!.points[0]!.heldOut!)
  const measure = names[0]!
  const means = Object.fromEntries(
    names.map((name) => [name, Array.from({ length: count }, (_, k) => meanOf(folds, k, name))]),
  )
  const mean = means[measure]!
  const standardError = mean.map((average, k) => {
    const variance = folds.reduce(
      (sum, f) => sum + (f.size / total) * (f.points[k]!.heldOut![measure]! - average) ** 2,
      0,
    )
    return Math.sqrt(variance / (folds.length - 1))
  })
  const min = mean.indexOf(Math.min(...mean))
  const limit = mean[min]! + standardError[min]!
  const oneSe = mean.findIndex((m) => m <= limit)
  return { lambda: lambda.slice(0, count), measure, mean, standardError, means, min, oneSe }
}

function meanOf(
  folds: readonly { size: number; points: readonly Point[] }[],
  k: number,
  name: string,
): number {
  let [sum, size] = [0, 0]
  for (const fold of folds) {
    const value = fold.points[k]!.heldOut![name]!
    // A fold whose rows are of one class has no AUC.
    if (Number.isNaN(value)) continue
    sum += fold.size * value
    size += fold.size
  }
  return sum / size
}
