/**
 * The guarded commit for losses that are not quadratic: Newton's method on the subspace of a delta and
 * the last steps, in the exact objective.
 *
 * At the point reached so far the loss is replaced by its quadratic model (working residual ρ/h with
 * weights h, as in iteratively reweighted least squares), lineSearch.ts finds the best α of the model,
 * and a step that does not lower P itself is halved until it does. So P never rises.
 */
import { type Direction, subspaceSearch, unionOf } from './lineSearch.ts'
import type { Track } from './track.ts'

/** Models in a row at most; another one only where the last has led too far. */
const PASSES_MAX = 4
const HALVINGS_MAX = 40
/** What the model's objective cannot resolve, relative to it. */
const ROUNDING = 1e-15
/**
 * What the exact one cannot, a sum over rows of logarithms. Near the optimum a step gains less than
 * this and is still worth taking: gaps follow gradients, which are resolved much further.
 */
const ROUNDING_EXACT = 1e-14

/** The steps over the few variables that any of them moves, numbered anew. */
interface Subspace {
  readonly track: Track
  readonly directions: readonly Direction[]
  readonly beta: Float64Array // (variables that move) coefficients now
}

/** A point β + Σ α_k d_k, with all that P needs. */
interface At {
  readonly alpha: Float64Array
  readonly fit: Float64Array
  readonly residual: Float64Array
  readonly intercept: number
  readonly objective: number
}

/** α of every step. */
export function searchCurved(track: Track, steps: readonly Direction[]): Float64Array {
  const { fit, residual, intercept, objective } = track
  const space = openSubspace(track, steps)
  let now: At = { alpha: new Float64Array(steps.length), fit, residual, intercept, objective }
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const move = modelStep(space, now)
    if (move.every((a) => a === 0)) break
    const taken = backtrack(space, now, move)
    if (!taken) break
    now = taken.at
    if (taken.share === 1) break
  }
  return now.alpha
}

function openSubspace(track: Track, steps: readonly Direction[]): Subspace {
  const { index, places } = unionOf(steps)
  const directions = steps.map((step, k) => ({ ...step, index: places[k]! }))
  const beta = new Float64Array(index.length)
  for (let i = 0; i < beta.length; i++) beta[i] = track.beta[index[i]!]!
  return { track, directions, beta }
}

/** Where the quadratic model around a point is least. */
function modelStep(space: Subspace, at: At): Float64Array {
  const { datafit, problem, threshold, ridge } = space.track
  const { weights } = problem
  const isHere = at.residual === space.track.residual
  const h = isHere ? space.track.weights! : datafit.curvature(problem, at.residual)!
  // Rows of weight 0 have h = 0 and count for nothing.
  const working = at.residual.map((r, i) =>
    h[i] === 0 ? 0 : ((weights ? weights[i]! : 1) * r) / h[i]!,
  )
  const directions = space.directions.map((direction) => ({
    ...direction,
    fit: problem.intercept ? centred(direction.fit, h) : direction.fit,
  }))
  const rounding = ROUNDING * at.objective
  const beta = moved(space, at.alpha)
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
  space: Subspace,
  from: At,
  move: Float64Array,
): { at: At; share: number } | null {
  for (let k = 0, share = 1; k < HALVINGS_MAX; k++, share /= 2) {
    const part = move.map((a) => share * a)
    const at = stand(space, from, part)
    const slack = share === 1 ? ROUNDING_EXACT * from.objective : 0
    if (at.objective <= from.objective + slack) return { at, share }
  }
  return null
}

function stand(space: Subspace, from: At, move: Float64Array): At {
  const { datafit, problem, threshold, ridge } = space.track
  const alpha = from.alpha.map((a, k) => a + move[k]!)
  const fit = from.fit.slice()
  space.directions.forEach((direction, k) => {
    const a = move[k]!
    if (a !== 0) for (let i = 0; i < fit.length; i++) fit[i]! += a * direction.fit[i]!
  })
  const residual = new Float64Array(fit.length)
  const { loss, intercept } = datafit.evaluate(problem, fit, from.intercept, residual)
  let { l1, l2 } = space.track
  moved(space, alpha).forEach((b, k) => {
    const before = space.beta[k]!
    l1 += Math.abs(b) - Math.abs(before)
    l2 += (b - before) * (b + before)
  })
  return { alpha, fit, residual, intercept, objective: loss + threshold * l1 + 0.5 * ridge * l2 }
}

/** The subspace's coefficients under α. */
function moved({ directions, beta }: Subspace, alpha: Float64Array): Float64Array {
  const out = beta.slice()
  directions.forEach(({ index, change }, k) => {
    const a = alpha[k]!
    if (a !== 0) for (let i = 0; i < index.length; i++) out[index[i]!]! += a * change[i]!
  })
  return out
}
