/** The buffers of a lease and a delta of matrix factorisation by SGD: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * A cell: m users against the n items firstItem … firstItem + n, and the ratings that these users have
 * of these items. K is the rank; a row is W = widthOf(K) bytes: K factors in units of the row's scale,
 * then zeros. Beside it stand its S = STATES floats: STATE_AT says which, the scale among them.
 *
 * Why bytes: rows travel after every pass, 140 bytes of them at K = 32 in f32, 48 so, and a pass over
 * 50 ratings takes a core a microsecond. Rounding all rows after every pass raises the test RMSE by
 * 3e-5 (10⁷ generated ratings at K = 32 and 64, MovieTweetings; halves: by 1e-6).
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //   (9)    see SCALARS below
  { name: 'slot', type: 'u32' }, //      (r)    runs of users: index into the lease's shards,
  { name: 'column', type: 'u32' }, //    (r)    the first column within that shard,
  { name: 'columns', type: 'u32' }, //   (r)    and how many; together m, in the order of `users`
  { name: 'users', type: 'i8' }, //      (m, W)
  { name: 'items', type: 'i8' }, //      (n, W)
  { name: 'userState', type: 'f32' }, // (m, S)
  { name: 'itemState', type: 'f32' }, // (n, S)
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`; what is no whole number is an f32 (rates.ts). */
export const SCALARS = {
  /** K. */
  rank: 0,
  /** μ: what every prediction begins with. */
  mean: 1,
  /** η of the factors. */
  eta: 2,
  /** λ on the squared factors, each time one of the row's ratings is visited. */
  lambda: 3,
  /** η of the biases; 0: they stay as they are. */
  etaBias: 4,
  /** λ on the squared biases, likewise. */
  lambdaBias: 5,
  /** What e²‖q‖² counts in a row's sum. */
  weight: 6,
  /** … and e² in the sum of its bias. */
  weightBias: 7,
  /** Item of the first row of `items`; a row of the shards. */
  firstItem: 8,
} as const

/** S. */
export const STATES = 4

/** Positions in a row's state. All begin at 0. */
export const STATE_AT = {
  /** Squared gradients so far, with which the row's rate falls (push.ts). */
  sum: 0,
  /** … of its bias. */
  biasSum: 1,
  bias: 2,
  /** What the row's bytes count: its largest factor, over LEVELS. */
  scale: 3,
} as const

export const delta = [
  { name: 'users', type: 'i8' }, //      (m, W) after the pass
  { name: 'items', type: 'i8' }, //      (n, W)
  { name: 'userState', type: 'f32' }, // (m, S)
  { name: 'itemState', type: 'f32' }, // (n, S)
  { name: 'loss', type: 'f64' }, //      (2)    Σ of squared errors, each before its step; ratings visited
] as const satisfies readonly BufferSpec[]

/** Bytes of a row are −LEVELS … LEVELS. */
export const LEVELS = 127

/** Longer rows than this are not what a tab's caches are for. */
export const RANK_MAX = 512

/** W: bytes of a row of rank K, whole vectors of f32. */
export const widthOf = (rank: number): number => (rank + 3) & ~3
