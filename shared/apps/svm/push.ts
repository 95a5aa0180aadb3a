/**
 * push: dual coordinate descent over one block of examples (Hsieh et al. 2008, "A dual coordinate
 * descent method for large-scale linear SVM"), from a leased w.
 *
 *   maximise Σ α_i − ½‖Σ α_i y_i x_i‖² − ½D Σ α_i²,   0 ≤ α_i ≤ U
 *
 * A step minimises exactly along one α_i: G = y_i wᵀx_i − 1 + D α_i, α_i ← clip(α_i − G/Q_ii), and
 * w follows at once. Examples are visited in a new random order every sweep. One that rests at a
 * bound, with a gradient that pushes it there harder than any projected gradient of the sweep before,
 * is shrunk: left out until the others are solved (section 3.2 there).
 *
 * This file is the reference: plain loops, no cleverness. push.as.ts must agree with it on every
 * input within rounding.
 */
import type { Push } from '../../app.ts'
import { axpy, dot } from '../../columns.ts'
import type { Shard } from '../../shard.ts'
import { SCALARS } from './buffers.ts'

/** A projected gradient below this is rounding: no step, and no measure for others. */
const STEP_MIN = 1e-12

export const push: Push = (lease, shards) => {
  const scalars = lease.scalars as Float64Array
  const slot = lease.slot as Uint32Array
  const column = lease.column as Uint32Array
  const label = lease.label as Float64Array
  const norm2 = lease.norm2 as Float64Array
  const alpha = (lease.alpha as Float64Array).slice()
  const w = (lease.w as Float64Array).slice()
  const upper = scalars[SCALARS.upper]!
  const diagonal = scalars[SCALARS.diagonal]!
  const bias = scalars[SCALARS.bias]!
  const tolerance = scalars[SCALARS.tolerance]!
  const m = alpha.length

  const score = scalars[SCALARS.scan] === 1 ? scan(shards, w) : new Float32Array(0)
  const order = Uint32Array.from({ length: m }, (_, k) => k)
  const below = xorshift(scalars[SCALARS.seed]!)
  let biasWeight = scalars[SCALARS.biasWeight]!
  let active = m
  let [highest, lowest] = [Infinity, -Infinity]
  let visits = 0
  let spread = 0
  while (active > 0 && visits < scalars[SCALARS.visitsMax]!) {
    const wasWhole = active === m
    let [high, low] = [-Infinity, Infinity]
    for (let s = 0; s < active; s++) swap(order, s, s + below(active - s))
    for (let s = 0; s < active; s++) {
      const k = order[s]!
      visits++
      const shard = shards[slot[k]!]!
      const a = alpha[k]!
      const score = dot(shard, column[k]!, w) + bias * biasWeight
      const gradient = label[k]! * score - 1 + diagonal * a
      if ((a === 0 && gradient > highest) || (a === upper && gradient < lowest)) {
        swap(order, s--, --active)
        continue
      }
      const isHeld = (a === 0 && gradient > 0) || (a === upper && gradient < 0)
      const projected = isHeld ? 0 : gradient
      high = Math.max(high, projected)
      low = Math.min(low, projected)
      if (Math.abs(projected) <= STEP_MIN) continue
      alpha[k] = Math.min(Math.max(a - gradient / norm2[k]!, 0), upper)
      const step = label[k]! * (alpha[k]! - a)
      axpy(shard, column[k]!, step, w)
      biasWeight += step * bias
    }
    if (wasWhole) spread = Math.max(0, high - low)
    highest = high > STEP_MIN ? high : Infinity
    lowest = low < -STEP_MIN ? low : -Infinity
    if (!(high - low <= tolerance)) continue
    if (wasWhole) break
    // The rest is solved: look at everything once more.
    active = m
    ;[highest, lowest] = [Infinity, -Infinity]
  }
  const change = changeOf(lease.alpha as Float64Array, alpha, { slot, column, label }, shards, w)
  return { alpha, change, score, stats: Float64Array.of(visits, spread) }
}

function swap(order: Uint32Array, a: number, b: number): void {
  const k = order[a]!
  order[a] = order[b]!
  order[b] = k
}

/** Marsaglia's xorshift32: enough for an order of visits, and four lines in any language. */
function xorshift(seed: number): (bound: number) => number {
  let x = seed >>> 0
  return (bound) => {
    x = (x ^ (x << 13)) >>> 0
    x ^= x >>> 17
    x = (x ^ (x << 5)) >>> 0
    return x % bound
  }
}

/** wᵀx of every column of every shard, in order. */
function scan(shards: readonly Shard[], w: Float64Array): Float32Array {
  const out = new Float32Array(shards.reduce((sum, shard) => sum + shard.columns, 0))
  let k = 0
  for (const shard of shards) for (let j = 0; j < shard.columns; j++) out[k++] = dot(shard, j, w)
  return out
}

/** Δw, computed afresh from the changes so that no sweep's rounding is in it. */
function changeOf(
  before: Float64Array,
  after: Float64Array,
  block: { slot: Uint32Array; column: Uint32Array; label: Float64Array },
  shards: readonly Shard[],
  { length: d }: Float64Array,
): Float64Array {
  if (after.every((a, k) => a === before[k])) return new Float64Array(0)
  const change = new Float64Array(d)
  for (let k = 0; k < after.length; k++) {
    const step = block.label[k]! * (after[k]! - before[k]!)
    if (step !== 0) axpy(shards[block.slot[k]!]!, block.column[k]!, step, change)
  }
  return change
}
