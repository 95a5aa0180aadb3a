/** The buffers of a lasso lease and delta: names, types, shapes. */
import type { BufferSpec } from '../app.ts'

/**
 * m variables of the block, n rows. Variables live in the lease's shards: `slot` says in which of
 * them, `column` where in it. x̃_j = (x_j − mean_j)/scale_j is the standardised column.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //  (6)  see Scalars below
  { name: 'residual', type: 'f64' }, // (n)  w ∘ (y − f): the weighted residual at the leased version, sum 0 if centred
  { name: 'weights', type: 'f64' }, //  (n)  observation weights w, or (0) for all ones
  { name: 'slot', type: 'u32' }, //     (m)  index into the lease's shards
  { name: 'column', type: 'u32' }, //   (m)  column within that shard
  { name: 'mean', type: 'f64' }, //     (m)  weighted column mean, or 0 without centring
  { name: 'scale', type: 'f64' }, //    (m)  weighted standard deviation, or 1 without scaling; > 0
  { name: 'norm2', type: 'f64' }, //    (m)  Σ w_i x̃_ij²; > 0
  { name: 'beta', type: 'f64' }, //     (m)  coefficients on the standardised scale
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** λ · Σw: the threshold for x̃ᵀr. */
  threshold: 0,
  /** Σ w_i. */
  weightSum: 1,
  /** Sweeps over the block at most. */
  sweepsMax: 2,
  /** End when no step of a sweep moved a gradient by more than this: max ‖x̃_j‖²|δ_j|. */
  tolerance: 3,
  /** 1: also return x_jᵀr, at the leased residual, of every column of every shard. */
  scan: 4,
  /** Extrapolate every so many sweeps (extrapolate.ts); 0: never. */
  extrapolation: 5,
} as const

export const delta = [
  { name: 'change', type: 'f64' }, //   (m)  Δβ of the block, standardised scale
  { name: 'fit', type: 'f64' }, //      (n)  Δf = X̃_B Δβ_B, unweighted; (0) when change is all zero
  { name: 'gradient', type: 'f32' }, // (Σ columns of the shards) x_jᵀ residual, raw columns; (0) without scan
  { name: 'stats', type: 'f64' }, //    (2)  sweeps done; max ‖x̃_j‖²|δ_j| of the last sweep
] as const satisfies readonly BufferSpec[]
