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
import { axpy, axpyWeighted, dot, entries, moments } from '../columns.ts'
import type { Shard } from '../shard.ts'
import type { Arrays } from '../wire.ts'
import { SCALARS } from './buffers.ts'
import { extrapolate, type Iterate, type Model, openExtrapolation } from './extrapolate.ts'
import { shrink } from './math.ts'

/** As in design.ts: less of a column's squares than this is rounding. */
const CONSTANT = 1e-14

/**
 * Sweep the support alone between sweeps of the whole block where it is at most this part of its work
 * (above that, newcomers come too late: genotypes at 0.01 λmax, nine sweeps of ten without zeros: 975 →
 * 1107 sweeps to P − P* = 10⁻³). On 450 × 10⁶ at 0.01 λmax, where the first blocks have 67 000 variables and a
 * thousand of them move: 7.8 → 1.6 million updates with the extrapolation of today, 0.73 → 0.35 s in
 * the kernel.
 */
const SUPPORT_SHARE = 0.5
/** It ends when its steps have come down to this part of what those of the whole sweep were … */
const SUPPORT_SOLVED = 0.1
/** … or that has taken as long as so many sweeps of the whole block. */
const SUPPORT_SWEEPS = 4

interface Descent {
  readonly now: Iterate
  /** Entries of every column of the block (m). */
  readonly work: Uint32Array
  readonly sweep: (list: Uint32Array) => number
  readonly model: Model
  readonly scalars: Float64Array
}

export const push: Push = (lease, shards) => {
  const scalars = lease.scalars as Float64Array
  const residual = lease.residual as Float64Array
  const weights = lease.weights!.length > 0 ? (lease.weights as Float64Array) : null
  const slot = lease.slot as Uint32Array
  const column = lease.column as Uint32Array
  const scale = lease.scale as Float64Array
  const { mean, norm2 } = momentsOf(lease, shards, weights)
  const beta = (lease.beta as Float64Array).slice()
  const threshold = scalars[SCALARS.threshold]!
  const ridge = scalars[SCALARS.ridge]!
  const weightSum = scalars[SCALARS.weightSum]!

  const gradient = scalars[SCALARS.scan] === 1 ? scan(shards, residual) : new Float32Array(0)
  const now = { beta, r: residual.slice(), offset: 0 }
  /** One sweep over some of the block. Returns the largest move of a gradient. */
  const sweep = (list: Uint32Array): number => {
    let largest = 0
    for (const k of list) {
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
    return largest
  }
  const work = Uint32Array.from(slot, (at, k) => Math.max(1, entries(shards[at]!, column[k]!)))
  const done = descend({ now, work, sweep, model: { weights, threshold, ridge }, scalars })
  const change = beta.map((b, k) => b - lease.beta![k]!)
  const fit = fitOf(change, { slot, column, scale }, shards, residual.length)
  return { change, fit, gradient, stats: Float64Array.of(done.sweeps, done.largest) }
}

/**
 * Sweeps until one over the whole block changes little. Between them only what is not zero is swept,
 * where that is the smaller part, as long as it pays.
 */
function descend({ now, work, sweep, model, scalars }: Descent): {
  sweeps: number
  largest: number
} {
  const total = sum(work)
  const depth = scalars[SCALARS.extrapolation]!
  const tolerance = scalars[SCALARS.tolerance]!
  const budget = scalars[SCALARS.sweepsMax]! * total
  const all: Uint32Array = work.map((_, k) => k)
  let list = all
  let [listWork, listEnd, target] = [total, budget, tolerance]
  let acceleration = openExtrapolation(depth, list, now, model)
  let [spent, largest] = [0, 0]
  const turnTo = (next: Uint32Array): void => {
    list = next
    acceleration = openExtrapolation(depth, list, now, model)
  }
  while (spent < budget) {
    largest = sweep(list)
    spent += listWork
    if (list === all) {
      if (largest <= tolerance) break
      const support = all.filter((k) => now.beta[k] !== 0)
      listWork = sum(support.map((k) => work[k]!))
      if (listWork > 0 && listWork <= SUPPORT_SHARE * total) {
        target = Math.max(tolerance, SUPPORT_SOLVED * largest)
        listEnd = spent + SUPPORT_SWEEPS * total
        turnTo(support)
        continue
      }
      listWork = total
    } else if (largest <= target || spent >= listEnd) {
      listWork = total
      turnTo(all)
      continue
    }
    // A lease ends with a sweep: what should be zero is.
    if (spent < budget) extrapolate(acceleration, now, model)
  }
  return { sweeps: total > 0 ? spent / total : 0, largest }
}

const sum = (values: Uint32Array): number => values.reduce((a, b) => a + b, 0)

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
