/**
 * Extrapolation of coordinate descent, in the norm of the objective.
 *
 * The steps d_k of the last K sweeps span where the descent is heading; β + Σ α_k d_k is sought in that
 * span, at the least P as it would be if no coefficient changed its sign. Along the way there P itself
 * is piecewise quadratic and convex, and the step ends near its least. The residual is linear in β, so
 * its changes u_k are combined with the same α: no pass over the columns, and P never rises.
 *
 * Anderson's extrapolation (Bertrand and Massias 2021), which was here before, combines the same sweeps
 * so that the combination moves as little as possible, and is dropped wherever P then rises – which is
 * where signs change, half of the time. Sweeps until P − P* = 10⁻², 10⁻³, 10⁻⁴, 10⁻⁵ on a block of 1689
 * genotypes at 0.01 λmax: Anderson, K = 5: 424, 975, 1340, 1815; with a line search 265, 595, 875, 1240;
 * this, K = 5: 254, 545, 693, 930; K = 4: 252, 544, 744, 937; K = 3: 219, 459, 623, 921; K = 2: 257, 527,
 * 746, 1060. More directions are worth less, because more signs change on the way; memories of earlier
 * extrapolations, sweeps there and back, and conjugate gradients from them on gained nothing. In a whole
 * job the server combines commits, too (combine.ts), which had part of the gain already: with both, and the
 * working sets of hot.ts, 3.75 → 3.04 million updates there.
 */

/** Where the descent stands: what an extrapolation moves. ρ = r + offset·w is the weighted residual. */
export interface Iterate {
  readonly beta: Float64Array // (m)
  readonly r: Float64Array // (n)
  offset: number
}

/** What P is made of besides ρ. */
export interface Model {
  readonly weights: Float64Array | null // (n)
  readonly threshold: number
  readonly ridge: number
}

/** A difference of two iterates, at the variables that are swept: β (s), ρ (n). */
interface Difference {
  readonly beta: Float64Array
  readonly rho: Float64Array
}

export interface Extrapolation {
  readonly depth: number
  /** The variables that are swept (s). */
  readonly list: Uint32Array
  readonly last: Difference
  readonly steps: Difference[]
}

/**
 * Added to the diagonal of the steps' Gram matrix, which is scaled to 1. Sweeps of one block of 1689 genotypes
 * to a largest step of 10⁻⁴: 1523 to 1969 with 10⁻⁴ to 10⁻⁸, 1342 with 10⁻¹⁰, where rounding is near.
 */
const RIDGE = 1e-8
/**
 * What P gains along short steps is lost in the rounding of the steps times ρ: it is this share of the
 * gain at most, or the direction is dropped, and plain sweeps do the rest.
 */
const ROUNDING_SHARE = 1e-2
/** The longest step, in units of the one without changes of sign: 1 to 10 come to the same. */
const STRETCH_MAX = 4
/** Halvings of the interval in which P is least: to 6·10⁻⁵ of the step. */
const HALVINGS = 16

export function openExtrapolation(
  depth: number,
  list: Uint32Array,
  start: Iterate,
  model: Model,
): Extrapolation {
  return { depth, list, last: positionOf(start, list, model), steps: [] }
}

function positionOf({ beta, r, offset }: Iterate, list: Uint32Array, model: Model): Difference {
  const { weights } = model
  return {
    beta: Float64Array.from(list, (k) => beta[k]!),
    rho: r.map((v, i) => v + offset * (weights ? weights[i]! : 1)),
  }
}

/** Call after every sweep over the list; every `depth` sweeps `now` may be moved to a better iterate. */
export function extrapolate(state: Extrapolation, now: Iterate, model: Model): void {
  const { depth, list, last, steps } = state
  if (depth === 0) return
  const here = positionOf(now, list, model)
  steps.push({
    beta: here.beta.map((b, k) => b - last.beta[k]!),
    rho: here.rho.map((v, i) => v - last.rho[i]!),
  })
  last.beta.set(here.beta)
  last.rho.set(here.rho)
  if (steps.length < depth) return
  const alpha = coefficients(steps, last, model)
  if (alpha) advance(state, now, alpha, model)
  steps.length = 0
}

/** Go along the combination of the steps as far as P falls. */
function advance(
  { list, last, steps }: Extrapolation,
  now: Iterate,
  alpha: Float64Array,
  model: Model,
): void {
  const step = combine(steps, alpha)
  const size = alpha.reduce((sum, a) => sum + Math.abs(a), 0)
  const t = search(last, step, size, model)
  if (t === 0) return
  list.forEach((k, at) => {
    last.beta[at]! += t * step.beta[at]!
    now.beta[k] = last.beta[at]!
  })
  for (let i = 0; i < now.r.length; i++) {
    last.rho[i]! += t * step.rho[i]!
    now.r[i]! += t * step.rho[i]!
  }
}

/** Σ a_i b_i / w_i; rows of weight 0 have ρ = 0 and count for nothing. */
function product(a: Float64Array, b: Float64Array, weights: Float64Array | null): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const w = weights ? weights[i]! : 1
    if (w !== 0) sum += (a[i]! * b[i]!) / w
  }
  return sum
}

/** α where P without changes of sign is least: Cholesky of the scaled Gram matrix. Null if singular. */
function coefficients(
  steps: readonly Difference[],
  at: Difference,
  model: Model,
): Float64Array | null {
  const { weights, ridge } = model
  const k = steps.length
  const gram = steps.map((a) =>
    steps.map(
      (b) =>
        product(a.rho, b.rho, weights) + (ridge > 0 ? ridge * product(a.beta, b.beta, null) : 0),
    ),
  )
  const unit = gram.map((row, p) => (row[p]! > 0 ? 1 / Math.sqrt(row[p]!) : 0))
  const z = steps.map((step, p) => -unit[p]! * slope(at, step, model))
  const l = gram.map((row, p) => row.map((v, q) => v * unit[p]! * unit[q]! + (p === q ? RIDGE : 0)))
  for (let p = 0; p < k; p++) {
    for (let q = 0; q <= p; q++) {
      let sum = l[p]![q]!
      for (let t = 0; t < q; t++) sum -= l[p]![t]! * l[q]![t]!
      if (p === q && !(sum > 0)) return null
      l[p]![q] = p === q ? Math.sqrt(sum) : sum / l[q]![q]!
    }
    for (let t = 0; t < p; t++) z[p]! -= l[p]![t]! * z[t]!
    z[p]! /= l[p]![p]!
  }
  for (let p = k - 1; p >= 0; p--) {
    for (let t = p + 1; t < k; t++) z[p]! -= l[t]![p]! * z[t]!
    z[p]! /= l[p]![p]!
  }
  return Float64Array.from(z, (v, p) => v * unit[p]!)
}

/** How P changes along a step at first, where only coefficients that are not 0 count. */
function slope(at: Difference, step: Difference, { weights, threshold, ridge }: Model): number {
  let sum = 0
  for (let k = 0; k < at.beta.length; k++) {
    const b = at.beta[k]!
    sum += step.beta[k]! * (threshold * Math.sign(b) + ridge * b)
  }
  return sum + product(at.rho, step.rho, weights)
}

function combine(steps: readonly Difference[], alpha: Float64Array): Difference {
  const beta = new Float64Array(steps[0]!.beta.length)
  const rho = new Float64Array(steps[0]!.rho.length)
  steps.forEach((step, p) => {
    for (let k = 0; k < beta.length; k++) beta[k]! += alpha[p]! * step.beta[k]!
    for (let i = 0; i < rho.length; i++) rho[i]! += alpha[p]! * step.rho[i]!
  })
  return { beta, rho }
}

/**
 * How far along the step P falls: the lower end of the interval that halvings leave; 0: it does not.
 * `size` is Σ|α|, by which the rounding of ρ has been enlarged.
 */
function search(
  at: Difference,
  step: Difference,
  size: number,
  { weights, threshold, ridge }: Model,
): number {
  const squares = product(step.rho, step.rho, weights)
  const rounding =
    (Number.EPSILON * size * product(at.rho, at.rho, weights)) / Math.sqrt(at.rho.length)
  if (rounding > ROUNDING_SHARE * squares) return 0
  const curvature = squares + ridge * product(step.beta, step.beta, null)
  const start = product(at.rho, step.rho, weights) + ridge * product(at.beta, step.beta, null)
  // The derivative of P to the right of t.
  const derivative = (t: number): number => {
    let sum = 0
    for (let k = 0; k < at.beta.length; k++) {
      const d = step.beta[k]!
      const b = at.beta[k]! + t * d
      sum += b > 0 ? d : b < 0 ? -d : Math.abs(d)
    }
    return start + t * curvature + threshold * sum
  }
  if (!(derivative(0) < 0)) return 0
  if (derivative(STRETCH_MAX) <= 0) return STRETCH_MAX
  let [low, high] = [0, STRETCH_MAX]
  for (let k = 0; k < HALVINGS; k++) {
    const middle = (low + high) / 2
    if (derivative(middle) < 0) low = middle
    else high = middle
  }
  return low
}
