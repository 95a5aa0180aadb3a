/** A model of users and items by factors: its predictions, and their errors on ratings it has not seen. */
import type { Dataset } from '../app.ts'
import { decodeFrame } from '../wire.ts'

export interface FactorSide {
  /** Rows of this side. */
  readonly count: number
  /** W: numbers of a row; those beyond the rank are 0. */
  readonly width: number
  /** (count, W) */
  readonly factors: Float32Array
  /** (count); empty without biases. */
  readonly bias: Float32Array
}

export interface Factors {
  /** μ. */
  readonly mean: number
  readonly users: FactorSide
  readonly items: FactorSide
}

/** Ratings that nothing is learnt from. */
export interface TestSet {
  readonly user: Uint32Array
  readonly item: Uint32Array
  readonly rating: Float32Array
}

export function heldOut(dataset: Dataset, name: 'test' | 'validation'): TestSet | null {
  const bytes = dataset.extra(name)
  if (!bytes) return null
  const { user, item, rating } = decodeFrame(bytes).arrays
  return { user: user as Uint32Array, item: item as Uint32Array, rating: rating as Float32Array }
}

export function predict({ users, items, mean }: Factors, user: number, item: number): number {
  const { width, factors: w } = users
  const { factors: h } = items
  const u = user * width
  const i = item * width
  let fit = mean + (users.bias[user] ?? 0) + (items.bias[item] ?? 0)
  for (let k = 0; k < width; k++) fit += w[u + k]! * h[i + k]!
  return fit
}

/** Root mean square and mean absolute error on ratings; NaN without any. */
export function errorsOn(model: Factors, set: TestSet | null): { rmse: number; mae: number } {
  const n = set?.user.length ?? 0
  if (!set || n === 0) return { rmse: Number.NaN, mae: Number.NaN }
  let squares = 0
  let sizes = 0
  for (let t = 0; t < n; t++) {
    const error = set.rating[t]! - predict(model, set.user[t]!, set.item[t]!)
    squares += error * error
    sizes += Math.abs(error)
  }
  return { rmse: Math.sqrt(squares / n), mae: sizes / n }
}

/** What people are told of an error; nothing where there is none. */
export const rmseNote = (of: string, rmse: number): string =>
  Number.isNaN(rmse) ? '' : `, ${of} RMSE ${rmse.toFixed(4)}`
