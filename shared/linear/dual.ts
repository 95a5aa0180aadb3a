/** The lasso's dual: what bounds the objective from below, whoever found β. */
import { weighted } from './lineSearch.ts'
import type { Track } from './track.ts'

/** θ = scale·r is feasible for the dual, which is `value` there: a bound from below on P, for any β. */
export interface DualPoint {
  readonly scale: number
  readonly value: number
}

/**
 * With |s| ≤ T/‖X̃ᵀ(w∘r)‖_∞ the dual value of θ = s·r is ½Σw y² − ½Σw (y − θ)², largest at
 * s = Σwyr/Σwr² clipped to what is feasible. `gradient` must have been taken at this very residual;
 * with exact gradients the gap to P certifies β, whoever computed it.
 */
export function dualPoint(
  track: Track,
  residual: Float64Array,
  gradient: Float32Array | Float64Array,
): DualPoint {
  const { target, design, threshold } = track
  let largest = 0
  for (const g of gradient) largest = Math.max(largest, Math.abs(g))
  const rr = weighted(residual, residual, design.weights)
  if (rr === 0) return { scale: 0, value: 0 }
  const yr = weighted(target, residual, design.weights)
  const limit = largest > 0 ? threshold / largest : Infinity
  const scale = Math.min(Math.max(yr / rr, -limit), limit)
  return { scale, value: scale * yr - 0.5 * scale * scale * rr }
}
