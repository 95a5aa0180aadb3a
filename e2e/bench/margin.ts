/**
 * How good the weights of a support vector machine are, whoever computed them: the primal objective,
 * in f64, by the formula alone. Its distance to the best dual value known is the gap: a dual point does
 * not follow from weights, so one that somebody has certified is told (`bound`).
 *
 *   ½‖w‖² + C Σ max(0, 1 − y_i x_iᵀw),  y = ±1
 */
import type { Dataset } from '../../shared/app.ts'
import { axpy } from '../../shared/columns.ts'
import { twoClasses } from '../../shared/labels.ts'
import type { Exact } from './exact.ts'

/** Gaps are relative to the primal objective, as the app's are. */
export function openMargin(dataset: Dataset, { c, tol }: { c: number; tol: number }): Exact {
  const { rows: n, columns: d, shards } = dataset.manifest
  const { sign } = twoClasses(dataset, 'A support vector machine')
  let bestDual = 0
  const primal = (w: Float64Array): number => {
    const score = new Float64Array(n)
    for (const [k, { firstColumn, columns }] of shards.entries())
      for (let j = 0; j < columns; j++)
        if (w[firstColumn + j] !== 0) axpy(dataset.shard(k), j, w[firstColumn + j]!, score)
    const loss = score.reduce((sum, s, i) => sum + Math.max(0, 1 - sign[i]! * s), 0)
    return w.reduce((sum, v) => sum + (v * v) / 2, 0) + c * loss
  }
  // At w = 0 every example costs C: what a gap is relative to before anything is known.
  const exact: Exact = {
    ...{ n, d, lambda: c, gapTarget: tol, gapUnit: c * n, scale: new Float64Array(d).fill(1) },
    aboveBest: (objective) => Math.max(0, objective - bestDual) / objective,
    bound(dual) {
      bestDual = Math.max(bestDual, dual)
    },
    measure(w) {
      const objective = primal(w)
      const nonZeros = w.reduce((count, v) => count + Number(v !== 0), 0)
      return { objective, gap: exact.aboveBest(objective), nonZeros }
    },
  }
  return exact
}
