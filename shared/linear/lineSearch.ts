/**
 * Guarded subspace commit: the best combination of a few directions, exactly.
 *
 *   minimise over α   φ(α) = ½‖ρ − Σ α_k u_k‖² + T‖β + Σ α_k d_k‖₁ + ½T₂‖β + Σ α_k d_k‖²
 *
 * d_k is a change of the coefficients and u_k = √w ∘ X̃d_k the change of the weighted fit. The ridge
 * belongs to the quadratic part: for a line search it only changes q and b. The first
 * direction is the delta that has just arrived, the others are the last committed steps, so that
 * interference between parallel blocks is damped and progress along a valley is kept, as in a
 * conjugate-gradient method. α = 0 is always a candidate: the objective never rises.
 *
 * φ is convex and piecewise quadratic along each axis, so a line search is exact: walk the
 * breakpoints −β_j/d_j in order until the slope changes sign. The α_k are found by cyclic line
 * searches; the quadratic part needs only the Gram matrix of the u_k.
 */

import { lowerBound } from '../schedule/dependency.ts'

export interface Direction {
  /** Variables the direction moves. */
  readonly index: Uint32Array // (s)
  readonly change: Float64Array // (s)
  /** X̃ · change, unweighted. */
  readonly fit: Float64Array // (n)
}

/** Passes over the α at most; two or three suffice, the rest is for nearly parallel directions. */
const PASSES_MAX = 20
/**
 * |α| at most. A step that is nearly cancelled out is mostly rounding, and stretching it by 10⁶ would
 * make the fit drift away from Xβ; ten times per commit still grows a good direction geometrically.
 */
const ALPHA_MAX = 10

/**
 * Minimiser over t of ½q t² − b t + T Σ_j |c_j + t d_j|, c_j the coefficients now.
 *
 * The derivative rises with t, by 2T|d_j| at the breakpoint −c_j/d_j and by q per unit between. Seen
 * from 0, only the breakpoints before the zero of the line that leaves 0 matter: few of thousands.
 *
 * @param q curvature ‖u‖² ≥ 0
 * @param b slope ρᵀu of the quadratic part at t = 0
 */
export function lineSearch(
  q: number,
  b: number,
  threshold: number,
  coefficients: ArrayLike<number>,
  change: ArrayLike<number>,
): number {
  let moving = 0 // slope of Σ|c_j + t d_j| at 0, of coefficients that are not zero …
  let resting = 0 // … and of those that are: ± this much on either side
  for (let j = 0; j < change.length; j++) {
    const c = coefficients[j]!
    const d = change[j]!
    if (c === 0) resting += Math.abs(d)
    else moving += c > 0 ? d : -d
  }
  const right = threshold * (moving + resting) - b
  if (right < 0) return zeroRight(q, right, threshold, coefficients, change, 1)
  const left = threshold * (moving - resting) - b
  if (left > 0) return -zeroRight(q, -left, threshold, coefficients, change, -1)
  return 0
}

/** Where the derivative is 0 right of 0, at which it is `slope` < 0; `sign` −1 mirrors the line. */
function zeroRight(
  q: number,
  slope: number,
  threshold: number,
  coefficients: ArrayLike<number>,
  change: ArrayLike<number>,
  sign: 1 | -1,
): number {
  const limit = q > 0 ? -slope / q : Infinity
  const breaks: { at: number; rise: number }[] = []
  for (let j = 0; j < change.length; j++) {
    const at = (-sign * coefficients[j]!) / change[j]!
    if (at > 0 && at < limit) breaks.push({ at, rise: 2 * threshold * Math.abs(change[j]!) })
  }
  breaks.sort((a, c) => a.at - c.at)
  for (const { at, rise } of breaks) {
    // On the piece that ends at this breakpoint the derivative is slope + q t.
    const t = q > 0 ? -slope / q : Infinity
    if (t <= at) return t
    slope += rise
    // It jumps over 0 at the breakpoint itself: a coefficient becomes exactly 0.
    if (slope + q * at >= 0) return at
  }
  return q > 0 ? -slope / q : 0
}

/**
 * The best α for `directions` (≥ 1).
 *
 * @param residual unweighted residual r (n)
 * @param weights observation weights (n) or null
 * @param beta all coefficients (d)
 * @param rounding what the objective cannot resolve, e.g. 1e-15 of it
 * @param ridge T₂
 */
export function subspaceSearch(
  directions: readonly Direction[],
  residual: Float64Array,
  weights: Float64Array | null,
  beta: Float64Array,
  threshold: number,
  rounding = 0,
  ridge = 0,
): Float64Array {
  const m = directions.length
  const gram = directions.map((a) =>
    directions.map((b) => (b === a ? weighted(a.fit, a.fit, weights) : 0)),
  )
  for (let a = 0; a < m; a++)
    for (let b = 0; b < a; b++)
      gram[a]![b] = gram[b]![a] = weighted(directions[a]!.fit, directions[b]!.fit, weights)
  const slopes = directions.map((a) => weighted(a.fit, residual, weights))
  const alpha = new Float64Array(m)
  // Coefficients under the current α, where any direction moves them, and where those of each one are.
  const { index: moved, places } = unionOf(directions)
  const now = new Float64Array(moved.length)
  for (let i = 0; i < now.length; i++) now[i] = beta[moved[i]!]!
  let best = 0
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    let gain = 0
    for (let a = 0; a < m; a++) {
      const { change } = directions[a]!
      const place = places[a]!
      let q = gram[a]![a]!
      let b = slopes[a]!
      for (let k = 0; k < m; k++) b -= gram[a]![k]! * alpha[k]!
      const coefficients = new Float64Array(place.length)
      for (let k = 0; k < place.length; k++) coefficients[k] = now[place[k]!]!
      if (ridge > 0) {
        q += ridge * weighted(change, change, null)
        b -= ridge * weighted(change, coefficients, null)
      }
      const free = lineSearch(q, b, threshold, coefficients, change)
      const step = Math.min(Math.max(alpha[a]! + free, -ALPHA_MAX), ALPHA_MAX) - alpha[a]!
      const decrease = decreaseAlong(step, q, b, threshold, coefficients, change)
      // A step of 1 keeps the exact zeros that the tab's thresholding made, and what it gains near the
      // optimum is less than a sum can resolve: prefer it unless it is worse by more than rounding.
      const whole = 1 - alpha[a]!
      const wholeDecrease =
        a === 0 ? decreaseAlong(whole, q, b, threshold, coefficients, change) : -Infinity
      const takeWhole = whole !== 0 && wholeDecrease >= 0.99 * decrease - rounding
      const taken = takeWhole ? whole : step
      if (!takeWhole && !(decrease > rounding)) continue
      gain += Math.max(0, takeWhole ? wholeDecrease : decrease)
      alpha[a]! += taken
      for (let k = 0; k < place.length; k++) now[place[k]!] = coefficients[k]! + taken * change[k]!
    }
    best += gain
    if (gain <= 1e-3 * best || m === 1) break
  }
  return alpha
}

/** All variables that any of them moves, ascending, and the place there of each one's. */
export function unionOf(directions: readonly Pick<Direction, 'index'>[]): {
  index: Uint32Array
  places: Uint32Array[]
} {
  const all = new Uint32Array(directions.reduce((sum, { index }) => sum + index.length, 0))
  let end = 0
  for (const { index } of directions) {
    all.set(index, end)
    end += index.length
  }
  all.sort()
  let count = 0
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i]!
  const union = all.slice(0, count)
  const places = directions.map(({ index }) => {
    const place = new Uint32Array(index.length)
    for (let k = 0; k < place.length; k++) place[k] = lowerBound(union, index[k]!)
    return place
  })
  return { index: union, places }
}

/** φ(0) − φ(t) along one direction. */
export function decreaseAlong(
  t: number,
  q: number,
  b: number,
  threshold: number,
  coefficients: ArrayLike<number>,
  change: ArrayLike<number>,
): number {
  let l1 = 0
  for (let j = 0; j < change.length; j++)
    l1 += Math.abs(coefficients[j]! + t * change[j]!) - Math.abs(coefficients[j]!)
  return b * t - 0.5 * q * t * t - threshold * l1
}

/** Σ w_i a_i b_i. */
export function weighted(a: Float64Array, b: Float64Array, weights: Float64Array | null): number {
  let sum = 0
  if (weights) for (let i = 0; i < a.length; i++) sum += weights[i]! * a[i]! * b[i]!
  else for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
