/** A lease as the reference and the audit read it: its scalars by name, and single rows of its shards. */
import type { Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { SCALARS } from './buffers.ts'

/** What the squares of a row are multiplied by, for n ratings: lambda + n · lambdaEach. */
export interface Ridge {
  readonly lambda: number
  readonly lambdaEach: number
}

export interface Lease extends Ridge {
  /** K. */
  readonly rank: number
  readonly hasBias: boolean
  /** D: unknowns of a row. */
  readonly dimensions: number
  readonly mean: number
  readonly biasScale: number
  readonly passes: number
  readonly alpha: number
  readonly othersAll: number
  readonly halves: boolean
  readonly slot: Uint32Array
  readonly column: Uint32Array
  readonly others: Uint32Array
  readonly factors: Float32Array
  readonly offsets: Float32Array
  readonly gram: Float64Array
  readonly start: Float32Array
}

export function readLease(arrays: Arrays): Lease {
  const scalars = arrays.scalars as Float64Array
  const rank = scalars[SCALARS.rank]!
  const hasBias = scalars[SCALARS.biases] === 1
  return {
    rank,
    hasBias,
    dimensions: rank + Number(hasBias),
    mean: scalars[SCALARS.mean]!,
    lambda: scalars[SCALARS.lambda]!,
    biasScale: scalars[SCALARS.biasScale]!,
    lambdaEach: scalars[SCALARS.lambdaEach]!,
    passes: scalars[SCALARS.passes]!,
    alpha: scalars[SCALARS.alpha]!,
    othersAll: scalars[SCALARS.othersAll]!,
    halves: scalars[SCALARS.halves] === 1,
    slot: arrays.slot as Uint32Array,
    column: arrays.column as Uint32Array,
    others: arrays.others as Uint32Array,
    factors: arrays.factors as Float32Array,
    offsets: arrays.offsets as Float32Array,
    gram: arrays.gram as Float64Array,
    start: arrays.start as Float32Array,
  }
}

/** One row to be solved. */
export interface Row {
  /** n: its ratings. */
  readonly length: number
  /** (n) position of the other row within the lease. */
  readonly at: Uint32Array
  /** (n) explicit: a − μ − c of each rating; implicit: the count. */
  readonly target: Float64Array
  /** λ, and what its ratings add. */
  readonly ridge: number
}

/** λ of a row of n ratings. */
export const ridgeOf = ({ lambda, lambdaEach }: Ridge, n: number): number => lambda + lambdaEach * n

/** `position` of each row of the other side within the lease (push.ts); null: as it is numbered. */
export function readRow(
  lease: Lease,
  shard: Shard,
  column: number,
  position: Uint32Array | null,
): Row {
  const from = shard.starts[column]!
  const length = shard.starts[column + 1]! - from
  const at = new Uint32Array(length)
  const target = new Float64Array(length)
  for (let e = 0; e < length; e++) {
    const other = shard.rowIndex[from + e]!
    at[e] = position ? position[other]! : other
    target[e] = shard.values[from + e]! - lease.mean
    if (lease.hasBias) target[e]! -= lease.offsets[at[e]!]!
  }
  return { length, at, target, ridge: ridgeOf(lease, length) }
}
