/**
 * The guarded commit for losses that are not quadratic: Newton's method on the subspace of a delta and
 * the last steps, in the exact objective.
 *
 * At the point reached so far the loss is replaced by its quadratic model (working residual ρ/h with
 * weights h, as in iteratively reweighted least squares), lineSearch.ts finds the best α of the model,
 * and a step that does not lower P itself is halved until it does. So P never rises.
 */
import { subspaceSearch } from './lineSearch.ts'
import type { Step, Track } from './track.ts'

/** Models in a row at most; another one only where the last has led too far. */
const PASSES_MAX = 4
const HALVINGS_MAX = 40
/** What the objective cannot resolve, relative to it. */
const ROUNDING = 1e-15

/** A point β + Σ α_k d_k, with all that P needs. */
interface At {
  readonly alpha: Float64Array
  readonly fit: Float64Array
  readonly residual: Float64Array
  readonly intercept: number
  readonly objective: number
}

export function searchCurved(track: Track, steps: readonly Step[]): Float64Array {
  const { fit, residual, intercept, objective } = track
  let now: At = { alpha: new Float64Array(steps.length), fit, residual, intercept, objective }
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const move = modelStep(track, steps, now)
    if (move.every((a) => a === 0)) break
    const taken = backtrack(track, steps, now, move)
    if (!taken) break
    now = taken.at
    if (taken.share === 1) break
  }
  return now.alpha
}

/** Where the quadratic model around a point is least. */
function modelStep(track: Track, steps: readonly Step[], at: At): Float64Array {
  const { datafit, problem, design, threshold, ridge } = track
  const h = datafit.curvature(problem, at.residual)!
  const working = at.residual.map((r, i) => ((design.weights ? design.weights[i]! : 1) * r) / h[i]!)
  if (design.weights) for (let i = 0; i < h.length; i++) if (h[i] === 0) working[i] = 0
  const directions = steps.map((step) => ({
    ...step,
    fit: problem.intercept ? centred(step.fit, h) : step.fit,
  }))
  const beta = moved(track, steps, at.alpha)
  const rounding = ROUNDING * at.objective
  return subspaceSearch(directions, working, h, beta, threshold, rounding, ridge)
}

/** u less its h-weighted mean: what it changes once β₀ has followed. */
export function centred(u: Float64Array, h: Float64Array): Float64Array {
  let sum = 0
  let total = 0
  for (let i = 0; i < u.length; i++) {
    sum += h[i]! * u[i]!
    total += h[i]!
  }
  return u.map((v) => v - sum / total)
}

/** The largest 2⁻ᵏ of `move` that makes P fall; null where none does. */
function backtrack(
  track: Track,
  steps: readonly Step[],
  from: At,
  move: Float64Array,
): { at: At; share: number } | null {
  for (let k = 0, share = 1; k < HALVINGS_MAX; k++, share /= 2) {
    const at = stand(
      track,
      steps,
      from,
      move.map((a) => share * a),
    )
    if (at.objective < from.objective) return { at, share }
  }
  return null
}

function stand(track: Track, steps: readonly Step[], at: At, move: Float64Array): At {
  const { datafit, problem, threshold, ridge } = track
  const alpha = at.alpha.map((a, k) => a + move[k]!)
  const fit = at.fit.slice()
  steps.forEach((step, k) => {
    const a = move[k]!
    if (a !== 0) for (let i = 0; i < fit.length; i++) fit[i]! += a * step.fit[i]!
  })
  const residual = new Float64Array(fit.length)
  const { loss, intercept } = datafit.evaluate(problem, fit, at.intercept, residual)
  const beta = moved(track, steps, alpha)
  let { l1, l2 } = track
  for (const j of new Set(steps.flatMap(({ index }) => [...index]))) {
    l1 += Math.abs(beta[j]!) - Math.abs(track.beta[j]!)
    l2 += beta[j]! ** 2 - track.beta[j]! ** 2
  }
  const objective = loss + threshold * l1 + 0.5 * ridge * l2
  return { alpha, fit, residual, intercept, objective }
}

function moved({ beta }: Track, steps: readonly Step[], alpha: Float64Array): Float64Array {
  const out = beta.slice()
  steps.forEach(({ index, change }, k) => {
    const a = alpha[k]!
    if (a !== 0) for (let i = 0; i < index.length; i++) out[index[i]!]! += a * change[i]!
  })
  return out
}
