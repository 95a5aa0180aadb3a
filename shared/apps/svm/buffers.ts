/** The buffers of an SVM's lease and delta: names, types, shapes. */
import type { BufferSpec } from '../../app.ts'

/**
 * m examples of the block, d features. Examples are columns of the lease's shards: `slot` says in
 * which of them, `column` where in it.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, // (8)  see SCALARS
  { name: 'w', type: 'f64' }, //       (d)  w at the leased version, without the bias
  { name: 'slot', type: 'u32' }, //    (m)  index into the lease's shards
  { name: 'column', type: 'u32' }, //  (m)  column within that shard
  { name: 'label', type: 'f64' }, //   (m)  y: −1 or 1
  { name: 'norm2', type: 'f64' }, //   (m)  ‖x_i‖² + b² + D; > 0
  { name: 'alpha', type: 'f64' }, //   (m)  dual variables, 0 … U
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** U: the largest α; Infinity for the squared loss. */
  upper: 0,
  /** D: what the squared loss adds to the diagonal, 1/(2C); else 0. */
  diagonal: 1,
  /** b: the value of the bias feature. */
  bias: 2,
  /** Its weight at the leased version. */
  biasWeight: 3,
  /** Visits of examples at most; the last sweep is ended. */
  visitsMax: 4,
  /** End when the projected gradients of a sweep over all examples lie this close together. */
  tolerance: 5,
  /** 1: also return wᵀx, at the leased w, of every column of every shard. */
  scan: 6,
  /** Of the order of visits: a whole number, 1 … 2³² − 1. */
  seed: 7,
} as const

export const delta = [
  { name: 'alpha', type: 'f64' }, //  (m)  what the dual variables should become
  { name: 'change', type: 'f64' }, // (d)  Δw = Σ y Δα x, without the bias; (0) when no α moves
  { name: 'score', type: 'f32' }, //  (Σ columns of the shards) wᵀx without the bias; (0) without scan
  { name: 'stats', type: 'f64' }, //  (2)  visits; spread of the projected gradients in the last full sweep
] as const satisfies readonly BufferSpec[]
