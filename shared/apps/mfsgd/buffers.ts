/** The buffers of a lease and a delta of matrix factorisation by SGD: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * A cell: m users against the n items firstItem … firstItem + n, and the ratings that these users have
 * of these items. K is the rank; a row is W = widthOf(K) floats: K factors, then zeros. Beside it stand
 * its S = STATES floats: STATE_AT says which.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //   (9)    see SCALARS below
  { name: 'slot', type: 'u32' }, //      (r)    runs of users: index into the lease's shards,
  { name: 'column', type: 'u32' }, //    (r)    the first column within that shard,
  { name: 'columns', type: 'u32' }, //   (r)    and how many; together m, in the order of `users`
  { name: 'users', type: 'f32' }, //     (m, W)
  { name: 'items', type: 'f32' }, //     (n, W)
  { name: 'userState', type: 'f32' }, // (m, S)
  { name: 'itemState', type: 'f32' }, // (n, S)
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`; all but whole numbers are f32. */
export const SCALARS = {
  /** K. */
  rank: 0,
  /** 1: rows have a bias. 0: biases stay as they are. */
  biases: 1,
  /** Global mean μ. */
  mean: 2,
  /** η of this epoch. */
  eta: 3,
  /** λ on the squared factors, each time one of the row's ratings is visited. */
  lambda: 4,
  /** λ on the squared biases, likewise. */
  lambdaBias: 5,
  /** Item of the first row of `items`; a row of the shards. */
  firstItem: 6,
  /** 1: from the last rating of the last user to the first of the first. */
  backwards: 7,
  /** What errors are divided by before their squares are added to a row's sum: the ratings' deviation. */
  deviation: 8,
} as const

/** S. */
export const STATES = 2

/** Positions in a row's state. */
export const STATE_AT = {
  bias: 0,
  /** The sum that the row's rate falls with (push.ts); ≥ 0. */
  sum: 1,
} as const

export const delta = [
  { name: 'users', type: 'f32' }, //     (m, W) after the pass
  { name: 'items', type: 'f32' }, //     (n, W)
  { name: 'userState', type: 'f32' }, // (m, S)
  { name: 'itemState', type: 'f32' }, // (n, S)
  { name: 'loss', type: 'f64' }, //      (2)    Σ of squared errors, each before its step; ratings visited
] as const satisfies readonly BufferSpec[]

/** W: floats of a row of rank K, whole vectors. */
export const widthOf = (rank: number): number => (rank + 3) & ~3
