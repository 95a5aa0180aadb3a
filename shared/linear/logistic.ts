/**
 * The logistic datafit log(1 + e^f) − y f, y ∈ {0, 1}: sparse logistic regression.
 *
 * r = y − p with p = 1/(1 + e^(−f)), so that |r| is the probability of the other class and
 * ∂²ℓ/∂f² = p(1 − p) = |r|(1 − |r|): residuals alone say how the loss curves.
 *
 * The server keeps β₀ optimal, by Newton's method in one variable, after whatever happens to the
 * fit. So Σ w r = 0 as in the lasso: gradients do not depend on the columns' means, θ = s·r is
 * feasible for the dual, and tabs eliminate β₀ from their quadratic model by centring the columns
 * with the model's own weights (push.ts). Kept fixed in the block, every step along a column with a
 * mean would have to be taken back by the next β₀.
 */
import { auc } from './auc.ts'
import type { Datafit, Problem } from './datafit.ts'
import { weighted } from './lineSearch.ts'

/**
 * Curvature never counts as less than this, times w: where p has come to 0 or 1 the model would be
 * flat, and its step as long as rounding likes. The guard takes back what is too long.
 */
const CURVATURE_MIN = 1e-5
/** |Σ w r| ≤ this · Σw: what sums of n terms resolve. */
const INTERCEPT_TOLERANCE = 1e-14
const INTERCEPT_STEPS = 60

export const logistic: Datafit = {
  smoothness: 0.25,

  open(y, weights, intercept) {
    const weightSum = weights ? weights.reduce((a, b) => a + b, 0) : y.length
    return { target: y, offset: 0, weights, weightSum, intercept }
  },

  nullLoss({ target, weights, weightSum, intercept }) {
    const ones = weights ? weighted(target, weights, null) : target.reduce((a, b) => a + b, 0)
    return weightSum * (intercept ? entropy(ones / weightSum) : Math.LN2)
  },

  evaluate(problem, fit, start, residual) {
    const { intercept, weightSum } = problem
    if (!intercept) return { loss: sums(problem, fit, 0, residual).loss, intercept: 0 }
    // Σ w r falls with β₀: Newton's steps, kept within the signs that have been seen.
    let [low, high] = [-Infinity, Infinity]
    let at = start
    // Where all rows are saturated Newton's step is endless: ever longer ones, until the sign turns.
    let reach = 4
    for (let k = 0; ; k++, reach *= 2) {
      const { loss, slope, curvature } = sums(problem, fit, at, residual)
      const here = { loss, intercept: at }
      if (Math.abs(slope) <= INTERCEPT_TOLERANCE * weightSum || k === INTERCEPT_STEPS) return here
      if (slope > 0) low = at
      else high = at
      const newton = at + Math.min(Math.max(slope / curvature, -reach), reach)
      const next = newton > low && newton < high ? newton : (low + high) / 2
      if (next === at || !Number.isFinite(next)) return here
      at = next
    }
  },

  curvature({ weights }, residual) {
    const h = new Float64Array(residual.length)
    for (let i = 0; i < h.length; i++) {
      const q = Math.abs(residual[i]!)
      h[i] = (weights ? weights[i]! : 1) * Math.max(CURVATURE_MIN, q * (1 - q))
    }
    return h
  },

  /**
   * With q = s|r| the conjugate of ℓ at y-signed −q is q log q + (1 − q) log(1 − q), so
   * D(s·r) = Σ w H(s|r_i|) − ½s²·ridge, H the entropy. It grows with s up to the optimum's s = 1.
   */
  dual({ weights }, residual, limit, ridgeNorm) {
    const scale = Math.min(1, limit)
    let value = -0.5 * scale * scale * ridgeNorm
    for (let i = 0; i < residual.length; i++)
      value += (weights ? weights[i]! : 1) * entropy(scale * Math.abs(residual[i]!))
    return { scale, value }
  },

  measure(target, scores, rows, weights) {
    let deviance = 0
    let total = 0
    let right = 0
    for (const i of rows) {
      const w = weights ? weights[i]! : 1
      const f = scores[i]!
      deviance += 2 * w * lossOf(target[i] === 1 ? f : -f)
      total += w
      right += Number(f > 0 === (target[i] === 1))
    }
    return {
      deviance: deviance / total,
      auc: auc(target, scores, rows),
      accuracy: right / rows.length,
    }
  },
}

/** log(1 + e^(−margin)) without overflow. */
export const lossOf = (margin: number): number =>
  Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(0, -margin)

/** −q log q − (1 − q) log(1 − q), 0 at both ends. */
function entropy(q: number): number {
  return q <= 0 || q >= 1 ? 0 : -q * Math.log(q) - (1 - q) * Math.log1p(-q)
}

/** Loss, Σ w r and Σ w p(1 − p) at f = β₀ + fit, in one pass that leaves r in `residual`. */
function sums(
  { target, weights }: Problem,
  fit: Float64Array,
  intercept: number,
  residual: Float64Array,
): { loss: number; slope: number; curvature: number } {
  let [loss, slope, curvature] = [0, 0, 0]
  for (let i = 0; i < fit.length; i++) {
    const w = weights ? weights[i]! : 1
    const f = fit[i]! + intercept
    const isOne = target[i] === 1
    const margin = isOne ? f : -f
    const e = Math.exp(-Math.abs(margin))
    const other = (margin > 0 ? e : 1) / (1 + e) // probability of the other class
    residual[i] = isOne ? other : -other
    loss += w * (Math.log1p(e) + (margin < 0 ? -margin : 0))
    slope += w * residual[i]!
    curvature += (w * e) / ((1 + e) * (1 + e))
  }
  return { loss, slope, curvature }
}
