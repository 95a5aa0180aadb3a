/**
 * How long steps are, and why these numbers: what `push` needs, from what an owner asks.
 *
 * Owners give η and λ for ratings of deviation 1. Rather than scale ratings, the scalars of a lease are
 * for the ratings as they are: with factors √s and biases s times as large, where s is the deviation,
 * the same steps are taken in rating units, and predictions need no scale.
 *
 * What the defaults were chosen by: RMSE on validation ratings, 5 % of the training ones, after 4 and 8
 * epochs of 10⁷ generated ratings, K = 32, on a grid of 3 × 3; and the best on MovieTweetings (10 %).
 *
 *   η = 0.12, λ = 0.025, items of size 0.001, in four turns     1.0767 1.0582     1.543, at the 6th
 *   in one turn (items ascending; all below, too)               1.0831 1.0594     1.543
 *   in random order, drawn anew each epoch                      1.0770 1.0584
 *   λ 0.02; 0.05                                                1.0779 1.0599     1.544; 1.543
 *   λ 0.02 and η 0.1; 0.15                                      1.0890 1.0572; 1.0771 1.0694
 *   λ 0.02, items of size 0.01; 0.0003                          1.0791 1.0646; 1.0793 1.0583
 *   … and users as large as items, of size 0.1, η 0.15          1.0992 1.0822
 *   one sum for factors and bias, which moves at 0.3 of it      1.0801 1.0650     1.544, at the 11th
 *   rates that fall with the number of ratings alone            1.2398 1.1550
 *   η that falls by 0.85 an epoch, λ 0.025, size 0.03           1.0968 1.0714
 *
 * The smaller the start, the stronger directions grow first and the later it overfits. Longer steps come
 * near sooner and end further away. K = 64 is like K = 32; at K = 16 as many epochs again are needed. The
 * grid hardly matters: 1 × 1 gives 1.0726 1.0575, 8 × 3 1.0776 1.0594 (λ = 0.02).
 */
import { SCALARS } from './buffers.ts'

export interface Rates {
  readonly rank: number
  readonly biases: boolean
  readonly eta: number
  readonly lambda: number
  readonly lambdaBias: number
}

/** The scalars of every lease (9), f32, but for `firstItem`, which is 0. */
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

const START_SIZE = 0.001

/** Standard deviation of an item's factors in the beginning; a user's are 0. */
export const startSize = (deviation: number): number => START_SIZE * Math.sqrt(deviation || 1)
