/** The buffers of a lease and a delta of a sparse linear model: names, types, shapes. */
import type { BufferSpec } from '../app.ts'

/**
 * m variables of the block, n rows. Variables live in the lease's shards: `slot` says in which of
 * them, `column` where in it. x̃_j = (x_j − mean_j)/scale_j is the standardised column.
 *
 * A lease asks for the least of ½Σ h_i (z_i − x̃_iβ)² + T₁‖β‖₁ + ½T₂‖β‖² over its block, h the
 * `weights`: for squared errors the problem itself, else a quadratic model of it.
 */
export const lease = [
  { name: 'scalars', type: 'f64' }, //  (8)  see SCALARS below
  { name: 'residual', type: 'f64' }, // (n)  ρ = w∘r, minus the gradient by f at the leased version; sum 0 if centred
  { name: 'weights', type: 'f64' }, //  (n)  h, or (0) for all ones or a scan
  { name: 'slot', type: 'u32' }, //     (m)  index into the lease's shards
  { name: 'column', type: 'u32' }, //   (m)  column within that shard
  { name: 'mean', type: 'f64' }, //     (m)  h-weighted column mean, or 0 without centring; (0): compute it
  { name: 'scale', type: 'f64' }, //    (m)  what the column is divided by; > 0
  { name: 'norm2', type: 'f64' }, //    (m)  Σ h_i x̃_ij²; > 0; (0): compute it
  { name: 'beta', type: 'f64' }, //     (m)  coefficients on the standardised scale
] as const satisfies readonly BufferSpec[]

/** Positions in `scalars`. */
export const SCALARS = {
  /** T₁: the threshold for x̃ᵀρ. */
  threshold: 0,
  /** Σ h_i. */
  weightSum: 1,
  /** Sweeps over the block at most, or so many entries: the support may be swept alone (push.ts). */
  sweepsMax: 2,
  /** End when no step of a sweep moved a gradient by more than this: max (‖x̃_j‖² + T₂)|δ_j|. */
  tolerance: 3,
  /** 1: also return x_jᵀr, at the leased residual, of every column of every shard. */
  scan: 4,
  /** Extrapolate every so many sweeps (extrapolate.ts); 0: never. */
  extrapolation: 5,
  /** T₂. */
  ridge: 6,
  /** 1: where means are to be computed, they are to be taken off; there is an intercept. */
  centred: 7,
} as const

export const delta = [
  { name: 'change', type: 'f64' }, //   (m)  Δβ of the block, standardised scale
  { name: 'fit', type: 'f64' }, //      (n)  X_B (Δβ_B/scale), raw columns, unweighted; (0) when change is all zero
  { name: 'gradient', type: 'f32' }, // (Σ columns of the shards) x_jᵀ residual, raw columns; (0) without scan
  { name: 'stats', type: 'f64' }, //    (2)  sweeps done, by entries read; max (‖x̃_j‖² + T₂)|δ_j| of the last sweep
] as const satisfies readonly BufferSpec[]
