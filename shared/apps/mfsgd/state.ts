/** The state of a matrix factorisation by SGD: rows of users and items, the grid, the epochs so far. */
import type { Dataset } from '../../app.ts'
import { UserError } from '../../errors.ts'
import { heldOut, type TestSet } from '../../factors/model.ts'
import type { Recommending } from '../../factors/recommend.ts'
import type { Random } from '../../random.ts'
import type { Accounts } from '../../rotation/known.ts'
import { STATE_AT, STATES, widthOf } from './buffers.ts'
import { toBytes } from './bytes.ts'
import type { Grid } from './grid.ts'
import { startSize } from './rates.ts'
import { openSide, type Side } from './sides.ts'
import type { SgdSpec } from './spec.ts'

/** The model after an epoch. */
export interface Epoch {
  /** Of predictions at the moment the ratings were visited. */
  readonly trainRmse: number
  /** On the ratings set apart for deciding when to stop; NaN without any. */
  readonly validRmse: number
  /** NaN without a test set. */
  readonly testRmse: number
  readonly testMae: number
}

/** A copy of the model, for early stopping. */
export interface Best {
  readonly epoch: number
  readonly validRmse: number
  readonly rows: readonly (Int8Array | Float32Array)[]
}

export interface SgdState extends Recommending {
  readonly spec: SgdSpec
  readonly random: Random
  readonly ratings: number
  /** Of the ratings. */
  readonly deviation: number
  /** The lowest and the highest rating: no prediction that people see lies beyond. */
  readonly scale: readonly [number, number]
  readonly users: Side
  readonly items: Side
  readonly validation: TestSet | null
  readonly stopsEarly: boolean
  /** Passes over all ratings, at most. */
  readonly epochsMax: number
  /** Completed epochs. */
  readonly epochs: Epoch[]
  /** Squared errors that the tabs have reported, of this epoch and of the next. */
  readonly losses: [number, number]
  grid: Grid | null
  /** What the fleet asks for: the most slots of this epoch, and the work of a lease, wanted and least. */
  readonly demand: { slots: number; leaseWork: number; leastWork: number }
  /** What is in the memory of each tab. */
  readonly known: Accounts
  best: Best | null
  finished: boolean
}

/** Squares of larger ratings do not fit f32 sums. */
const RATING_MAX = 1e9

export function openState(spec: SgdSpec, dataset: Dataset, random: Random): SgdState {
  const { manifest } = dataset
  if (manifest.kind !== 'ratings')
    throw new UserError(
      `Dataset ${manifest.name} is a ${manifest.kind}, and matrix factorisation needs ratings: ingest a file of user, item, rating.`,
    )
  const width = widthOf(spec.rank)
  const users = openSide(dataset, 'rows', manifest.rows, width)
  const items = openSide(dataset, 'columns', manifest.columns, width)
  const { count, mean, deviation, scale } = lookAt(dataset, users, items)
  const validation = heldOut(dataset, 'validation')
  if (spec.earlyStop && !validation)
    throw new UserError(
      'Early stopping watches the error on validation ratings: ingest the data with --validation 0.05, or leave it off.',
    )
  // Uniform: millions of normal numbers would take as long as the ratings do.
  const size = Math.sqrt(12) * startSize(deviation)
  const start = new Float32Array(items.count * width)
  for (let i = 0; i < items.count; i++)
    for (let k = 0; k < spec.rank; k++)
      if (items.degree[i]! > 0) start[i * width + k] = size * (random.next() - 0.5)
  items.factors.set(toBytes(start, items.state))
  return {
    ...{ spec, dataset, random, ratings: count, mean, deviation, scale, users, items },
    ...{ test: heldOut(dataset, 'test'), validation },
    stopsEarly: spec.earlyStop ?? validation !== null,
    epochsMax: spec.epochs ?? (validation ? 20 : 8),
    ...{ epochs: [], losses: [0, 0], grid: null, demand: { slots: 0, leaseWork: 0, leastWork: 1 } },
    ...{ known: new Map(), best: null, finished: false, recommended: null },
  }
}

/** One pass over all ratings: degrees, how many, their mean, deviation and scale; can they be used? */
function lookAt({ manifest, shard }: Dataset, users: Side, items: Side) {
  let count = 0
  let sum = 0
  let squares = 0
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const k of users.shards) {
    const { starts, rowIndex, values, firstColumn, columns } = shard(k)
    for (let j = 0; j < columns; j++) users.degree[firstColumn + j] = starts[j + 1]! - starts[j]!
    const end = starts[columns]!
    for (let e = 0; e < end; e++) {
      const a = values[e]!
      items.degree[rowIndex[e]!]!++
      sum += a
      squares += a * a
      if (!(a >= low)) low = a
      if (!(a <= high)) high = a
    }
    count += end
  }
  const mean = sum / count
  const beyond = [low, high, mean].find((a) => !(Math.abs(a) <= RATING_MAX))
  if (beyond !== undefined)
    throw new UserError(
      `Dataset ${manifest.name} has the rating ${beyond}; ratings beyond ±1e9 cannot be used, so rescale them.`,
    )
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
  return { count, mean, deviation, scale: [low, high] as const }
}

/** Scales and biases as predictions read them, from the rows of now. */
export function refreshStates({ users, items }: SgdState): void {
  for (const { state, scale, bias, count } of [users, items])
    for (let row = 0; row < count; row++) {
      scale[row] = state[row * STATES + STATE_AT.scale]!
      bias[row] = state[row * STATES + STATE_AT.bias]!
    }
}
