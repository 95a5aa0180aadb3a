/**
 * push: cyclic coordinate descent over one block of a sparse linear model, from a leased residual.
 *
 *   minimise ½ Σ_i h_i (z_i − β₀ − x̃_iβ)² + T₁‖β‖₁ + ½T₂‖β‖²,   ρ = h∘(z − β₀ − X̃β) as leased
 *
 * For squared errors h are the observation weights and this is the problem itself; for other losses it
 * is the quadratic model around the leased version, and the server sees to it that a step lowers the
 * true objective.
 *
 * The variables of a block may be as correlated as they like: the steps are taken one after the
 * other and each sees the last (Gauss–Seidel). What the server must keep apart is different blocks.
 *
 * Centring is folded in, and eliminates β₀. The true residual is ρ = r + offset·h with r what the loops
 * touch: a step by δ takes (δ/s_j)·h∘x_j from r and adds δ m_j/s_j to the offset, so that sparse
 * columns stay sparse. As ρ sums to 0, x̃_jᵀρ = (x_jᵀr + offset·H·m_j)/s_j with H = Σh.
 *
 * This file is the reference: plain loops, no cleverness. push.as.ts must agree with it on every
 * input within rounding.
 */
import type { Push } from '../app.ts'
import { axpy, axpyWeighted, dot, moments } from '../columns.ts'
import type { Shard } from '../shard.ts'
import type { Arrays } from '../wire.ts'
import { SCALARS } from './buffers.ts'
import { extrapolate, openExtrapolation } from './extrapolate.ts'
import { shrink } from './math.ts'

/** As in design.ts: less of a column's squares than this is rounding. */
const CONSTANT = 1e-14

export const push: Push = (lease, shards) => {
  const scalars = lease.scalars as Float64Array
  const residual = lease.residual as Float64Array
  const weights = lease.weights!.length > 0 ? (lease.weights as Float64Array) : null
  const slot = lease.slot as Uint32Array
  const column = lease.column as Uint32Array
  const scale = lease.scale as Float64Array
  const { mean, norm2 } = momentsOf(lease, shards, weights)
  const beta = (lease.beta as Float64Array).slice()
  const m = beta.length
  const threshold = scalars[SCALARS.threshold]!
  const ridge = scalars[SCALARS.ridge]!
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
      const q = norm2[k]!
      if (q === 0) continue
      const g = (dot(shard, column[k]!, now.r) + now.offset * weightSum * mean[k]!) / s
      const next = shrink(g + q * beta[k]!, threshold) / (q + ridge)
      const step = next - beta[k]!
      if (step === 0) continue
      axpyWeighted(shard, column[k]!, -step / s, weights, now.r)
      now.offset += (step / s) * mean[k]!
      beta[k] = next
      largest = Math.max(largest, (q + ridge) * Math.abs(step))
    }
    sweeps++
    if (largest <= scalars[SCALARS.tolerance]!) break
    extrapolate(acceleration, now, weights, threshold, ridge)
  }
  const change = beta.map((b, k) => b - lease.beta![k]!)
  const fit = fitOf(change, { slot, column, scale }, shards, residual.length)
  return { change, fit, gradient, stats: Float64Array.of(sweeps, largest) }
}

/** x_jᵀr of every column of every shard, in order. */
export function scan(shards: readonly Shard[], r: Float64Array): Float32Array {
  const out = new Float32Array(shards.reduce((sum, shard) => sum + shard.columns, 0))
  let k = 0
  for (const shard of shards) for (let j = 0; j < shard.columns; j++) out[k++] = dot(shard, j, r)
  return out
}

/** Means and squared norms of the block's columns under the weights, unless the lease brings them. */
function momentsOf(
  lease: Arrays,
  shards: readonly Shard[],
  weights: Float64Array | null,
): { mean: Float64Array; norm2: Float64Array } {
  const { slot, column, scale, scalars } = lease
  const m = lease.beta!.length
  const given = { mean: lease.mean as Float64Array, norm2: lease.norm2 as Float64Array }
  if (given.norm2.length === m) return given
  const weightSum = scalars![SCALARS.weightSum]!
  const mean = new Float64Array(m)
  const norm2 = new Float64Array(m)
  for (let k = 0; k < m; k++) {
    const { sum, squares } = moments(shards[slot![k]!]!, column![k]!, weights)
    if (scalars![SCALARS.centred] === 1) mean[k] = sum / weightSum
    const second = squares - weightSum * mean[k]! * mean[k]!
    // What rounding leaves of a column that is constant where the weights are: it does not move.
    norm2[k] = second <= CONSTANT * squares ? 0 : second / (scale![k]! * scale![k]!)
  }
  return { mean, norm2 }
}

/** X_B (Δβ_B/scale), computed afresh from the changes so that no sweep's rounding is in it. */
function fitOf(
  change: Float64Array,
  block: { slot: Uint32Array; column: Uint32Array; scale: Float64Array },
  shards: readonly Shard[],
  n: number,
): Float64Array {
  if (change.every((c) => c === 0)) return new Float64Array(0)
  const fit = new Float64Array(n)
  for (let k = 0; k < change.length; k++)
    if (change[k] !== 0)
      axpy(shards[block.slot[k]!]!, block.column[k]!, change[k]! / block.scale[k]!, fit)
  return fit
}
