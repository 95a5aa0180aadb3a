/**
 * push: cyclic coordinate descent over one block of the lasso, from a leased residual.
 *
 *   minimise 1/(2W) Σ_i w_i (y_i − β₀ − x̃_iβ)² + λ‖β‖₁,  W = Σ w_i
 *
 * The variables of a block may be as correlated as they like: the steps are taken one after the
 * other and each sees the last (Gauss–Seidel). What the server must keep apart is different blocks.
 *
 * Centring is folded in. The true weighted residual is ρ = r + offset·w with r what the loops touch:
 * a step by δ takes (δ/s_j)·w∘x_j from r and adds δ m_j/s_j to the offset, so that sparse columns
 * stay sparse. As ρ sums to 0, x̃_jᵀρ = (x_jᵀr + offset·W·m_j)/s_j.
 *
 * This file is the reference: plain loops, no cleverness. push.as.ts must agree with it on every
 * input within rounding.
 */
import type { Push } from '../app.ts'
import { axpy, axpyWeighted, dot } from '../columns.ts'
import type { Shard } from '../shard.ts'
import { SCALARS } from './buffers.ts'
import { extrapolate, openExtrapolation } from './extrapolate.ts'
import { shrink } from './math.ts'

export const push: Push = (lease, shards) => {
  const scalars = lease.scalars as Float64Array
  const residual = lease.residual as Float64Array
  const weights = lease.weights!.length > 0 ? (lease.weights as Float64Array) : null
  const slot = lease.slot as Uint32Array
  const column = lease.column as Uint32Array
  const mean = lease.mean as Float64Array
  const scale = lease.scale as Float64Array
  const norm2 = lease.norm2 as Float64Array
  const beta = (lease.beta as Float64Array).slice()
  const m = beta.length
  const threshold = scalars[SCALARS.threshold]!
  const weightSum = scalars[SCALARS.weightSum]!

  const gradient = scalars[SCALARS.scan] === 1 ? scan(shards, residual) : new Float32Array(0)
  const now = { beta, r: residual.slice(), offset: 0 }
  const acceleration = openExtrapolation(scalars[SCALARS.extrapolation]!, now)
  let sweeps = 0
  let largest = 0
  while (sweeps < scalars[SCALARS.sweepsMax]!) {
    largest = 0
    for (let k = 0; k < m; k++) {
      const shard = shards[slot[k]!]!
      const s = scale[k]!
      const g = (dot(shard, column[k]!, now.r) + now.offset * weightSum * mean[k]!) / s
      const next = shrink(g + norm2[k]! * beta[k]!, threshold) / norm2[k]!
      const step = next - beta[k]!
      if (step === 0) continue
      axpyWeighted(shard, column[k]!, -step / s, weights, now.r)
      now.offset += (step / s) * mean[k]!
      beta[k] = next
      largest = Math.max(largest, norm2[k]! * Math.abs(step))
    }
    sweeps++
    if (largest <= scalars[SCALARS.tolerance]!) break
    extrapolate(acceleration, now, weights, threshold)
  }
  const change = beta.map((b, k) => b - lease.beta![k]!)
  const fit = fitOf(change, { slot, column, mean, scale }, shards, residual.length)
  return { change, fit, gradient, stats: Float64Array.of(sweeps, largest) }
}

/** x_jᵀr of every column of every shard, in order. */
export function scan(shards: readonly Shard[], r: Float64Array): Float32Array {
  const out = new Float32Array(shards.reduce((sum, shard) => sum + shard.columns, 0))
  let k = 0
  for (const shard of shards) for (let j = 0; j < shard.columns; j++) out[k++] = dot(shard, j, r)
  return out
}

/** Δf = X̃_B Δβ_B, computed afresh from the changes so that no sweep's rounding is in it. */
function fitOf(
  change: Float64Array,
  block: { slot: Uint32Array; column: Uint32Array; mean: Float64Array; scale: Float64Array },
  shards: readonly Shard[],
  n: number,
): Float64Array {
  if (change.every((c) => c === 0)) return new Float64Array(0)
  const fit = new Float64Array(n)
  let shift = 0
  for (let k = 0; k < change.length; k++) {
    if (change[k] === 0) continue
    const a = change[k]! / block.scale[k]!
    axpy(shards[block.slot[k]!]!, block.column[k]!, a, fit)
    shift += a * block.mean[k]!
  }
  for (let i = 0; i < n; i++) fit[i]! -= shift
  return fit
}
