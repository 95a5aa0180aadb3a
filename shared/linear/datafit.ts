/**
 * Datafits: what a sparse linear model minimises, apart from its penalty (the split of skglm,
 * Bertrand et al. 2022).
 *
 *   minimise P(β) = Σ w_i ℓ(y_i, f_i) + T₁‖β‖₁ + ½T₂‖β‖²,   f = β₀ + X̃β
 *
 * Everything else here – schedule, check, commit, certificate, paths – asks a datafit only for what
 * this interface lists. P is Σw times what we print; the intercept is never penalised.
 */

/** What an app makes of a dataset's target. */
export interface Response {
  /** y as the datafit wants it (n). */
  readonly target: Float64Array
  /** What each row counts (n); null: 1. */
  readonly caseWeights: Float64Array | null
  /** Rows that folds should share out evenly have equal numbers here (n). */
  readonly strata?: ArrayLike<number>
}

/** The rows of one problem: folds of a cross-validation differ in their weights alone. */
export interface Problem {
  /** What f is compared with (n): y − offset. */
  readonly target: Float64Array
  /** What y has lost and the intercept of the model gets back: ȳ where that is exact, else 0. */
  readonly offset: number
  /** Observation weights (n), or null for all ones. */
  readonly weights: Float64Array | null
  readonly weightSum: number
  readonly intercept: boolean
}

/** Where a fit stands: residuals go to the array that was handed in. */
export interface Standing {
  /** Σ w_i ℓ(y_i, f_i). */
  readonly loss: number
  /** The best β₀ at this fit, beside the problem's offset; 0 without intercept. */
  readonly intercept: number
}

/** Measures on rows that were held out; the first one chooses λ, and less of it is better. */
export type Measures = Readonly<Record<string, number>>

export interface Datafit {
  /**
   * L, the largest ∂²ℓ/∂f². The dual is then 1/L-strongly concave, which makes the radius of
   * gap-safe spheres (screening.ts).
   */
  readonly smoothness: number
  /** @throws UserError when the target is not one this datafit can fit. */
  open(target: Float64Array, weights: Float64Array | null, intercept: boolean): Problem
  /** Σ w ℓ of the best constant fit: what gaps and deviances are relative to. */
  nullLoss(problem: Problem): number
  /**
   * The loss at f = β₀ + fit with the best β₀, and r_i = −∂ℓ/∂f_i into `residual` (n): with an
   * intercept Σ w r = 0.
   *
   * @param start β₀ to begin with
   */
  evaluate(problem: Problem, fit: Float64Array, start: number, residual: Float64Array): Standing
  /**
   * h_i = w_i ∂²ℓ/∂f_i² (n) where the residual is r: the weights of a quadratic model around it. Null:
   * h is w wherever one stands, and the model is exact.
   */
  curvature(problem: Problem, residual: Float64Array): Float64Array | null
  /**
   * A lower bound on P from the dual point scale·r, |scale| ≤ limit. The ridge counts as rows of its
   * own, with residuals −√T₂ β_j, so that their squared norm is all that is asked of it.
   *
   * @param ridgeNorm T₂‖β‖² where r was taken
   */
  dual(problem: Problem, residual: Float64Array, limit: number, ridgeNorm: number): DualPoint
  /** How near scores f (n) come to the target on some rows, weighted by `weights` (n) where given. */
  measure(
    target: Float64Array,
    scores: Float64Array,
    rows: Uint32Array,
    weights: Float64Array | null,
  ): Measures
}

/** scale·r is feasible for the dual, which is `value` there: a bound from below on P, for any β. */
export interface DualPoint {
  readonly scale: number
  readonly value: number
}
