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
  // Right derivative at −∞ of the ℓ1 part is −TΣ|d_j|; it rises by 2T|d_j| at each −c_j/d_j.
  const at: number[] = []
  const rise: number[] = []
  let slope = 0
  for (let j = 0; j < change.length; j++) {
    const d = change[j]!
    if (d === 0) continue
    at.push(-coefficients[j]! / d)
    rise.push(2 * threshold * Math.abs(d))
    slope -= threshold * Math.abs(d)
  }
  if (at.length === 0 && q === 0) return 0
  const order = Uint32Array.from(at, (_, k) => k).sort((a, c) => at[a]! - at[c]!)
  for (const k of order) {
    // On the piece that ends at this breakpoint the derivative is q t − b + slope.
    const t = q > 0 ? (b - slope) / q : b > slope ? Infinity : -Infinity
    if (t <= at[k]!) return Number.isFinite(t) ? t : at[k]!
    slope += rise[k]!
    // The derivative jumps over 0 at the breakpoint itself: a coefficient becomes exactly 0.
    if (q * at[k]! - b + slope >= 0) return at[k]!
  }
  return q > 0 ? (b - slope) / q : 0
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
  const now = new Map<number, number>() // coefficients under the current α, where any direction moves them
  for (const { index } of directions) for (const j of index) now.set(j, beta[j]!)
  let best = 0
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    let gain = 0
    for (let a = 0; a < m; a++) {
      const { index, change } = directions[a]!
      let q = gram[a]![a]!
      let b = slopes[a]!
      for (let k = 0; k < m; k++) b -= gram[a]![k]! * alpha[k]!
      const coefficients = Float64Array.from(index, (j) => now.get(j)!)
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
      for (let k = 0; k < index.length; k++)
        now.set(index[k]!, coefficients[k]! + taken * change[k]!)
    }
    best += gain
    if (gain <= 1e-3 * best || m === 1) break
  }
  return alpha
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
