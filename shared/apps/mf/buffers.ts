/** The buffers of a matrix factorisation's lease and delta: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * m rows of one side (users or items) are solved against the r rows of the other side that they have
 * ratings with. K is the rank; D = K + 1 with biases, K without.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, // (10)   see SCALARS below
  { name: 'slot', type: 'u32' }, //    (m)    index into the lease's shards
  { name: 'column', type: 'u32' }, //  (m)    column within that shard: one row of this side
  { name: 'others', type: 'u32' }, //  (r)    rows of the other side that the block touches, ascending
  { name: 'factors', type: 'f32' }, // (r, K) their factors
  { name: 'offsets', type: 'f32' }, // (r)    their biases, or (0) without biases
  { name: 'gram', type: 'f64' }, //    (K, K) Σ h hᵀ over the whole other side (implicit), or (0)
  { name: 'start', type: 'f32' }, //   (m, D) factors, then the bias, to start from (ccd), or (0)
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** K. */
  rank: 0,
  /** 1: rows have a bias. */
  biases: 1,
  /** Global mean μ; 0 without biases. */
  mean: 2,
  /** λ of a row, however many ratings it has; ≥ 0. */
  lambda: 3,
  /** s = √(λ / λ on the biases), an f32: with a bias written as s·x, λx² is what it costs. */
  biasScale: 4,
  /** What each of a row's ratings adds to that; ≥ 0, and one of the two > 0. */
  lambdaEach: 5,
  /** Passes of coordinate descent over a row; 0: solve it exactly. */
  passes: 6,
  /** Confidence of a count r is 1 + α·r; 0: explicit ratings. */
  alpha: 7,
  /** Rows of the other side altogether. */
  othersAll: 8,
  /** 1: new factors are rounded to halves, so that they travel as such. */
  halves: 9,
} as const

export const delta = [
  { name: 'rows', type: 'f32' }, // (m, K) the block's new factors
  { name: 'bias', type: 'f32' }, // (m)    the block's new biases, or (0) without biases
  { name: 'loss', type: 'f64' }, // (m)    what is left of each row's squared errors (push.ts)
] as const satisfies readonly BufferSpec[]
