/**
 * The quadratic datafit ½(y − f)²: the lasso and its elastic net.
 *
 * With an intercept y and the columns of X̃ are centred, so that the intercept has dropped
 * out of the problem: beside the offset ȳ it is 0 whatever β is.
 */
import type { Datafit } from './datafit.ts'
import { weighted } from './lineSearch.ts'

export const quadratic: Datafit = {
  smoothness: 1,

  open(y, weights, intercept) {
    const ones = new Float64Array(y.length).fill(1)
    const weightSum = weights ? weighted(ones, ones, weights) : y.length
    const offset = intercept ? weighted(y, ones, weights) / weightSum : 0
    const target = y.map((v) => v - offset)
    return { target, offset, weights, weightSum, intercept }
  },

  nullLoss({ target, weights, weightSum }) {
    const ones = new Float64Array(target.length).fill(1)
    const mean = weighted(target, ones, weights) / weightSum
    const centred = target.map((v) => v - mean)
    return 0.5 * weighted(centred, centred, weights)
  },

  evaluate({ target, weights }, fit, _start, residual) {
    for (let i = 0; i < fit.length; i++) residual[i] = target[i]! - fit[i]!
    return { loss: 0.5 * weighted(residual, residual, weights), intercept: 0 }
  },

  curvature: () => null,

  /** D(s·r) = ½Σw y² − ½Σw (y − s·r)² − ½s²·ridge, largest at s = Σwyr/(Σwr² + ridge). */
  dual({ target, weights }, residual, limit, ridgeNorm) {
    const rr = weighted(residual, residual, weights) + ridgeNorm
    if (rr === 0) return { scale: 0, value: 0 }
    const yr = weighted(target, residual, weights)
    const scale = Math.min(Math.max(yr / rr, -limit), limit)
    return { scale, value: scale * yr - 0.5 * scale * scale * rr }
  },

  measure(target, scores, rows, weights) {
    let sum = 0
    let total = 0
    for (const i of rows) {
      const w = weights ? weights[i]! : 1
      sum += w * (target[i]! - scores[i]!) ** 2
      total += w
    }
    return { meanSquaredError: sum / total }
  },
}
