/**
 * How long steps are, and why these numbers: what `push` needs, from what an owner asks.
 *
 * Owners give η and λ for ratings of deviation 1. Rather than scale ratings, the scalars of a lease are
 * for the ratings as they are: with factors √s and biases s times as large, where s is the deviation,
 * the same steps are taken in rating units, and predictions need no scale.
 */
import { SCALARS } from './buffers.ts'

export interface Rates {
  readonly rank: number
  readonly biases: boolean
  readonly eta: number
  readonly lambda: number
  readonly lambdaBias: number
}

/** The scalars of every lease, but for `firstItem` (9), f32. */
export function scalarsOf(rates: Rates, mean: number, deviation: number): Float64Array {
  const { rank, biases, eta, lambda, lambdaBias } = rates
  const s = deviation || 1
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.rank] = rank
  scalars[SCALARS.mean] = Math.fround(mean)
  scalars[SCALARS.eta] = Math.fround(eta / s)
  scalars[SCALARS.lambda] = Math.fround(lambda * s)
  scalars[SCALARS.etaBias] = biases ? Math.fround(eta) : 0
  scalars[SCALARS.lambdaBias] = Math.fround(lambdaBias)
  scalars[SCALARS.weight] = Math.fround(1 / (rank * s ** 3))
  scalars[SCALARS.weightBias] = Math.fround(1 / s ** 2)
  return scalars
}

/** Standard deviation of an item's factors in the beginning; a user's are 0. */
export const startSize = (deviation: number): number => START_SIZE * Math.sqrt(deviation || 1)

const START_SIZE = 0.001
