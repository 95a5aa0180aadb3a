/** How a matrix factorisation begins: λ from the ratings, small random factors, the users' half-sweep. */
import type { Block, Dataset } from '../../app.ts'
import { UserError } from '../../errors.ts'
import { heldOut } from '../../factors/model.ts'
import { roundHalf } from '../../halves.ts'
import type { Random } from '../../random.ts'
import type { Ridge } from './lease.ts'
import { penaltyOf } from './measure.ts'
import { beginSweep, openSide, READY, type Side, setStatus } from './sides.ts'
import type { MfSpec } from './spec.ts'
import type { Known, MfState } from './state.ts'

/**
 * Factors begin at this size: not 0, which is a saddle, and so small that biases explain what they can
 * before the factors have grown, strongest direction first. Where λ is weak the path there is what
 * generalises. Test RMSE on MovieTweetings, of the best sweep and of the twelfth:
 *
 *   size                     0.3           0.1           0.03          0.01          0.001
 *   K=16, λ=0.05 weighted    1.790 1.791   1.750 1.784   1.668 1.790   1.629 1.790   1.620 1.784
 *   K=32, λ=0.1 weighted     1.644 1.644   1.645 1.645   1.632 1.645   1.617 1.643   1.591 1.643
 *   K=32, default λ                        1.545 1.545   1.545 1.545   1.544 1.544
 *
 * At 10⁶ generated ratings (K = 32, one pass of descent, uncertainty near 2) 0.03 comes to 1.107 in seven
 * sweeps, 0.003 to 1.100 in five.
 */
const START_SIZE = 0.003
/** Squares of larger ratings do not fit f32 sums. */
const RATING_MAX = 1e9

export function openState(spec: MfSpec, dataset: Dataset, random: Random): MfState {
  const { manifest } = dataset
  if (manifest.kind !== 'ratings')
    throw new UserError(
      `Dataset ${manifest.name} is a ${manifest.kind}, and matrix factorisation needs ratings: ingest a file of user, item, rating.`,
    )
  const hasBias = spec.biases && !spec.implicit
  const options = { rank: spec.rank, hasBias, workOf: workOf(spec, hasBias) }
  const users = openSide('users', dataset, options)
  const items = openSide('items', dataset, options)
  const { count, mean, deviation, scale } = lookAt(dataset, items, spec)
  const lambda = spec.lambda ?? defaultLambda(spec, mean, deviation)
  const lambdaBias = spec.lambdaBias ?? (spec.weighted ? 0.2 : 3)
  const test = heldOut(dataset, 'test')
  const validation = spec.implicit ? null : heldOut(dataset, 'validation')
  if (spec.earlyStop && !validation)
    throw new UserError(
      'Early stopping watches the error on validation ratings: ingest the data with --validation 0.05, and without implicit feedback, or leave it off.',
    )
  const state: MfState = {
    ...{ spec, dataset, random, ratings: count, scale, lambda, users, items },
    ridges: {
      users: ridgeAgainst(items, spec, lambda, count),
      items: ridgeAgainst(users, spec, lambda, count),
    },
    mean: spec.implicit ? 0 : mean,
    biasScale: hasBias ? Math.fround(Math.sqrt(lambda / lambdaBias)) : 1,
    ...{ test, validation, stopsEarly: spec.earlyStop ?? validation !== null },
    ...{
      points: [],
      ahead: [],
      aheadWork: 0,
      itemPenalty: 0,
      half: null,
      flight: new Set<Block>(),
      known: new Map<string, Known>(),
      scratch: new Uint8Array(Math.max(users.count, items.count)),
    },
    ...{ idleAsks: 0, gram: null, best: null, finished: false, doubts: 0 },
    ...{ exactObjective: Number.NaN, recommended: null },
  }
  const round = spec.precision === 'f16' ? roundHalf : Math.fround
  for (let i = 0; i < items.count; i++)
    for (let k = 0; k < spec.rank; k++)
      if (items.degree[i]! > 0)
        items.factors[i * spec.rank + k] = round(START_SIZE * random.normal())
  state.itemPenalty = penaltyOf(state, items)
  for (const side of [users, items]) beginSweep(side)
  users.missing.fill(0)
  for (let u = 0; u < users.count; u++) if (users.degree[u]! > 0) setStatus(users, u, READY)
  return state
}

/**
 * λ that was best or near it on MovieTweetings, in the unit that the squared factors have: explicit
 * factors grow with the deviation of the ratings, implicit ones are weighed by the confidences.
 */
function defaultLambda(spec: MfSpec, mean: number, deviation: number): number {
  if (spec.implicit) return (spec.weighted ? 0.15 : 10) * spec.alpha * (mean || 1)
  return (spec.weighted ? 0.2 : 10) * (deviation || 1)
}

/** λ of rows that are fitted to those of `other` (spec.ts). */
function ridgeAgainst(other: Side, spec: MfSpec, lambda: number, ratings: number): Ridge {
  if (spec.weighted) return { lambda: 0, lambdaEach: lambda }
  return {
    lambda,
    lambdaEach: (lambda * spec.uncertainty * other.rated.length) / Math.max(1, ratings),
  }
}

/**
 * Multiply-adds of a row, with what else it takes as measured in them (12 to the nanosecond): the
 * Gram matrix and its Cholesky factor, or the small system of a row with few ratings, or the passes.
 */
function workOf(spec: MfSpec, hasBias: boolean): (n: number) => number {
  const D = spec.rank + Number(hasBias)
  if (spec.solver === 'ccd') return (n) => 1000 + 20 * spec.passes * n * D
  const exact = (n: number): number => 1000 + n * D * (D / 2 + 4) + D ** 3
  const dual = (n: number): number => 1000 + n * D * (1.5 * n + 8) + n ** 3
  return spec.implicit ? exact : (n) => (3 * n < 2 * D ? dual(n) : exact(n))
}

/** One pass over all ratings: how many, their mean, deviation and scale, and whether they can be used. */
function lookAt(dataset: Dataset, items: Side, spec: MfSpec) {
  let count = 0
  let sum = 0
  let squares = 0
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const k of items.shards)
    for (const a of dataset.shard(k).values) {
      if (!(Math.abs(a) <= RATING_MAX))
        throw new UserError(
          `Dataset ${dataset.manifest.name} has the rating ${a}; ratings beyond ±1e9 cannot be used, so rescale them.`,
        )
      if (spec.implicit && a < 0)
        throw new UserError(
          `Dataset ${dataset.manifest.name} has the rating ${a}; with implicit feedback ratings are counts and not negative.`,
        )
      count++
      sum += a
      squares += a * a
      if (a < low) low = a
      if (a > high) high = a
    }
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
  return { count, mean, deviation, scale: [low, high] as const }
}
