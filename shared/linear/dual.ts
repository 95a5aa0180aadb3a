/** The dual of a track: what bounds the objective from below, whoever found β. */
import type { DualPoint } from './datafit.ts'
import { largestMagnitude } from './math.ts'
import type { Track } from './track.ts'

/**
 * θ = s·r is feasible for |s| ≤ T₁/‖g‖_∞, g_j = x̃_jᵀ(w∘r) − T₂β_j: the ridge makes √T₂·e_j one more row
 * of column j, with residual −√T₂β_j. `gradient` must have been taken at this very residual and β;
 * with exact gradients the gap to P certifies β, whoever computed it.
 */
export function dualPoint(
  { datafit, problem, threshold, ridge }: Track,
  residual: Float64Array,
  beta: Float64Array,
  gradient: Float32Array | Float64Array,
): DualPoint {
  const largest = largestMagnitude(gradient)
  const limit = largest > 0 ? threshold / largest : Infinity
  let l2 = 0
  if (ridge > 0) for (const b of beta) l2 += b * b
  return datafit.dual(problem, residual, limit, ridge * l2)
}
