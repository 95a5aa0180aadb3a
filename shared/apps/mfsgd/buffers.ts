/** The buffers of a lease and a delta of matrix factorisation by SGD: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * A cell: m users against the n items firstItem … firstItem + n, and the ratings that these users have
 * of these items. K is the rank; W = K + 1 with biases, K without (widthOf); S accumulators a row.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //   (9)    see SCALARS below
  { name: 'slot', type: 'u32' }, //      (r)    runs of users: index into the lease's shards,
  { name: 'column', type: 'u32' }, //    (r)    the first column within that shard,
  { name: 'columns', type: 'u32' }, //   (r)    and how many; together m, in the order of `users`
  { name: 'users', type: 'f32' }, //     (m, W) factors, then the bias
  { name: 'items', type: 'f32' }, //     (n, W)
  { name: 'userState', type: 'f32' }, // (m, S) accumulators of the users' rates
  { name: 'itemState', type: 'f32' }, // (n, S)
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** K. */
  rank: 0,
  /** 1: rows have a bias. */
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
  /** Items altogether: rows of the shards. */
  itemsAll: 7,
  /** Epochs this cell has been through. */
  epoch: 8,
} as const

/** S. */
export const STATES = 2

export const delta = [
  { name: 'users', type: 'f32' }, //     (m, W) after the pass
  { name: 'items', type: 'f32' }, //     (n, W)
  { name: 'userState', type: 'f32' }, // (m, S)
  { name: 'itemState', type: 'f32' }, // (n, S)
  { name: 'loss', type: 'f64' }, //      (1)    Σ of squared errors, each before its step
] as const satisfies readonly BufferSpec[]

/** W: what a row of `users` and `items` is long. */
export const widthOf = (rank: number, biases: boolean): number => rank + Number(biases)
