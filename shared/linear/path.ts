/**
 * λ paths and cross-validation, as glmnet does them (Friedman, Hastie, Tibshirani 2010).
 */
import type { Random } from '../random.ts'
import { lookExactly } from './screening.ts'
import { rebuild, type Track } from './track.ts'

/** One certified solution. Units: what we print, i.e. 1/(2Σw) Σ w r² + λ‖β‖₁. */
export interface Point {
  readonly lambda: number
  readonly objective: number
  /** Duality gap relative to ½ Σw (y − ȳ)²/Σw. */
  readonly gap: number
  readonly nonZeros: number
  /** Share of the (null) deviance explained: 1 − Σw r²/Σw (y − ȳ)². */
  readonly devianceRatio: number
  /** Mean squared error on the rows this track left out; NaN for the full data. */
  readonly heldOut: number
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

/** Fold of every row: a random permutation dealt out in turn (n). */
export function dealFolds(rows: number, folds: number, random: Random): Uint8Array {
  const order = Uint32Array.from({ length: rows }, (_, i) => i)
  for (let i = rows - 1; i > 0; i--) {
    const k = random.below(i + 1)
    ;[order[i], order[k]] = [order[k]!, order[i]!]
  }
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
  const { beta, residual, design, scaleOfGap, objective } = track
  const index = Uint32Array.from([...beta.keys()].filter((j) => beta[j] !== 0))
  let rss = 0
  let out = 0
  let outCount = 0
  for (let i = 0; i < residual.length; i++) {
    const w = design.weights ? design.weights[i]! : 1
    rss += w * residual[i]! ** 2
    if (w === 0) {
      out += residual[i]! ** 2
      outCount++
    }
  }
  return {
    lambda,
    objective: objective / design.weightSum,
    gap,
    nonZeros: index.length,
    devianceRatio: 1 - rss / (2 * scaleOfGap),
    heldOut: outCount > 0 ? out / outCount : Number.NaN,
    index,
    value: Float64Array.from(index, (j) => beta[j]!),
  }
}

export interface CrossValidation {
  readonly lambda: number[]
  /** Mean of the folds' held-out mean squared errors, weighted by fold size, and its standard error. */
  readonly mean: number[]
  readonly standardError: number[]
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
  const mean: number[] = []
  const standardError: number[] = []
  for (let k = 0; k < count; k++) {
    const average = folds.reduce((sum, f) => sum + (f.size / total) * f.points[k]!.heldOut, 0)
    const variance = folds.reduce(
      (sum, f) => sum + (f.size / total) * (f.points[k]!.heldOut - average) ** 2,
      0,
    )
    mean.push(average)
    standardError.push(Math.sqrt(variance / (folds.length - 1)))
  }
  const min = mean.indexOf(Math.min(...mean))
  const limit = mean[min]! + standardError[min]!
  const oneSe = mean.findIndex((m) => m <= limit)
  return { lambda: lambda.slice(0, count), mean, standardError, min, oneSe }
}
