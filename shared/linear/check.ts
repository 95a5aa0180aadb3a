/**
 * check: could an honest tab have sent this delta? O(n + m), independent of the non-zeros.
 *
 * The products a volunteer reports are verified by Freivalds' idea (1979): for a secret random u,
 * u·Δf = (Xᵀu)·(Δβ/scale) holds for the true Δf and, for any other, only with probability 0. Whether
 * Δβ is a *good* step needs no check: the guarded commit takes as much of it as lowers the objective.
 */
import type { Block } from '../app.ts'
import type { Arrays } from '../wire.ts'
import type { Design } from './design.ts'
import type { Memo } from './leases.ts'
import type { Secrets } from './secrets.ts'

/** Rounding of f64 sums of n terms is about n·1e-16; a lie is of order 1. */
const TOLERANCE_FIT = 1e-9
/** Gradients travel as f32 (relative 6e-8 each). */
const TOLERANCE_GRADIENT = 1e-6

export function checkDelta(
  design: Design,
  secrets: Secrets,
  block: Block,
  delta: Arrays,
): string | null {
  const memo = block.memo as Memo
  const change = delta.change as Float64Array
  const fit = delta.fit as Float64Array
  const gradient = delta.gradient as Float32Array
  const m = memo.index.length
  if (change.length !== m) return `shape: change has ${change.length} values, expected ${m}`
  const moves = change.some((c) => c !== 0)
  const n = moves ? design.rows : 0
  if (fit.length !== n) return `shape: fit has ${fit.length} values, expected ${n}`
  if (delta.stats!.length !== 2) return `shape: stats has ${delta.stats!.length} values, expected 2`
  const columns = memo.scanned.reduce(
    (sum, k) => sum + design.dataset.manifest.shards[k]!.columns,
    0,
  )
  if (gradient.length !== columns)
    return `shape: gradient has ${gradient.length} values, expected ${columns}`
  if (moves && !fitAgrees(design, secrets, memo, change, fit)) return 'fit is not X times change'
  if (!gradientAgrees(design, secrets, memo, block, gradient))
    return 'gradient is not Xᵀ times residual'
  return null
}

function fitAgrees(
  design: Design,
  secrets: Secrets,
  memo: Memo,
  change: Float64Array,
  fit: Float64Array,
): boolean {
  const { u, products } = secrets.fit()
  let want = 0
  let size = 0
  for (let k = 0; k < change.length; k++) {
    const j = memo.index[k]!
    const term = (products[j]! / design.scale[j]!) * change[k]!
    want += term
    size += Math.abs(term)
  }
  let got = 0
  for (let i = 0; i < fit.length; i++) {
    const term = u[i]! * fit[i]!
    got += term
    size += Math.abs(term)
  }
  return Math.abs(got - want) <= TOLERANCE_FIT * size
}

function gradientAgrees(
  design: Design,
  secrets: Secrets,
  memo: Memo,
  block: Block,
  gradient: Float32Array,
): boolean {
  if (memo.scanned.length === 0) return true
  const { z, sums } = secrets.scan()
  const rho = block.arrays.residual as Float64Array
  let at = 0
  for (const k of memo.scanned) {
    let got = 0
    let size = 0
    for (let j = design.firstColumn[k]!; j < design.firstColumn[k + 1]!; j++) {
      const term = z[j]! * gradient[at++]!
      got += term
      size += Math.abs(term)
    }
    let want = 0
    const sum = sums[k]!
    for (let i = 0; i < rho.length; i++) {
      want += sum[i]! * rho[i]!
      size += Math.abs(sum[i]! * rho[i]!) * 1e-3
    }
    if (Math.abs(got - want) > TOLERANCE_GRADIENT * size) return false
  }
  return true
}
