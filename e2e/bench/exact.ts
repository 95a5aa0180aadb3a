/**
 * How good a β is, whoever computed it: objective and duality gap in f64, by the formulas alone. The
 * same code measures every peer, so that "the same gap" is the same number. It is the distance to the
 * dual value that follows from β itself. Solvers may hold better ones (extrapolated, or remembered), and
 * a β is nearly always better than its gap: the best dual value anybody has come to is kept, too.
 *
 *   lasso     1/(2n) ‖y − β₀ − Xβ‖² + λ‖β‖₁
 *   logistic  1/n Σ log(1 + exp(−y_i x_iᵀβ)) + λ‖β‖₁,  y = ±1
 *
 * Columns are standardised, and centred with an intercept, as the case says.
 */
import type { Dataset } from '../../shared/app.ts'
import { axpy, dot, moments } from '../../shared/columns.ts'

export interface Exact {
  readonly n: number
  readonly d: number
  readonly lambda: number
  /** Standard deviation of every column where the case standardises, else 1 (d); 0: constant. */
  readonly scale: Float64Array
  /** The gap to reach, in units of the objective. */
  readonly gapTarget: number
  /** What relative gaps are relative to. */
  readonly gapUnit: number
  /** β on the scale of the raw columns (d). */
  measure(beta: Float64Array): Measured
  /** From an objective to the best dual value known by now, relative to `gapUnit`. */
  aboveBest(objective: number): number
  /** Tell of a dual value that has been certified: no objective is smaller. */
  bound(dual: number): void
}

export interface Measured {
  readonly objective: number
  /** Relative to `gapUnit`. */
  readonly gap: number
  readonly nonZeros: number
}

export interface Problem {
  readonly app: 'lasso' | 'logistic'
  readonly ratio: number
  readonly tol: number
  readonly standardize: boolean
  readonly intercept: boolean
}

export function openExact(dataset: Dataset, problem: Problem): Exact {
  const y = dataset.target
  if (!y) throw new Error(`${dataset.manifest.name} has no target`)
  const { rows: n, columns: d } = dataset.manifest
  const design = openColumns(dataset, problem)
  const average = y.reduce((sum, v) => sum + v, 0) / n
  const loss =
    problem.app === 'lasso' ? squares(problem.intercept ? y.map((v) => v - average) : y) : logs(y)
  const start = design.gradient(loss.dual(new Float64Array(n)))
  const lambda = problem.ratio * largest(start)
  const gapUnit =
    problem.app === 'lasso'
      ? y.reduce((sum, v) => sum + 0.5 * (v - average) ** 2, 0) / n
      : loss.value(new Float64Array(n))
  let bestDual = Number.NEGATIVE_INFINITY
  return {
    ...{ n, d, lambda, gapUnit, gapTarget: problem.tol * gapUnit, scale: design.scale },
    bound(dual) {
      bestDual = Math.max(bestDual, dual)
    },
    aboveBest: (objective) => Math.max(0, objective - bestDual) / gapUnit,
    measure(raw) {
      const beta = raw.map((b, j) => b * design.scale[j]!)
      const fit = design.fit(beta)
      const objective = loss.value(fit) + lambda * beta.reduce((sum, b) => sum + Math.abs(b), 0)
      const theta = loss.dual(fit)
      const steepest = largest(design.gradient(theta))
      const dual = loss.dualValue(theta, steepest > 0 ? lambda / steepest : 1)
      this.bound(dual)
      const gap = Math.max(0, objective - dual) / gapUnit
      const nonZeros = beta.reduce((sum, b) => sum + Number(b !== 0), 0)
      return { objective, gap, nonZeros }
    },
  }
}

/** A loss with its dual; θ (n) is minus its derivative by the fit, so that it vanishes at a fit. */
interface Loss {
  value(fit: Float64Array): number
  dual(fit: Float64Array): Float64Array
  /** The best dual value among multiples of θ, of which those up to `limit` are feasible. */
  dualValue(theta: Float64Array, limit: number): number
}

function squares(y: Float64Array): Loss {
  const n = y.length
  return {
    value: (fit) => fit.reduce((sum, f, i) => sum + (y[i]! - f) ** 2, 0) / (2 * n),
    dual: (fit) => fit.map((f, i) => (y[i]! - f) / n),
    dualValue(theta, limit) {
      let [tt, yt] = [0, 0]
      for (let i = 0; i < n; i++) {
        tt += theta[i]! ** 2
        yt += y[i]! * theta[i]!
      }
      if (tt === 0) return 0
      const s = Math.max(-limit, Math.min(limit, yt / (n * tt)))
      return s * yt - 0.5 * n * s * s * tt
    },
  }
}

function logs(labels: Float64Array): Loss {
  const high = labels.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const y = labels.map((v) => (v === high ? 1 : -1))
  const n = y.length
  const entropy = (p: number): number =>
    p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p)
  return {
    value: (fit) =>
      fit.reduce((sum, f, i) => {
        const margin = y[i]! * f
        return sum + Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)))
      }, 0) / n,
    dual: (fit) => fit.map((f, i) => y[i]! / (1 + Math.exp(y[i]! * f)) / n),
    dualValue(theta, limit) {
      // Beyond 1 nothing is gained: θ is where the primal is already.
      const s = Math.min(1, limit)
      return theta.reduce((sum, t, i) => sum + entropy(s * n * t * y[i]!), 0) / n
    },
  }
}

interface Design {
  readonly scale: Float64Array
  fit(beta: Float64Array): Float64Array
  gradient(theta: Float64Array): Float64Array
}

/** X̃β and X̃ᵀθ over the shards. */
function openColumns(dataset: Dataset, { standardize, intercept }: Problem): Design {
  const { rows: n, columns: d, shards } = dataset.manifest
  const mean = new Float64Array(d)
  const scale = new Float64Array(d).fill(1)
  const each = (visit: (k: number, c: number, j: number) => void): void => {
    for (let k = 0; k < shards.length; k++)
      for (let c = 0; c < shards[k]!.columns; c++) visit(k, c, shards[k]!.firstColumn + c)
  }
  each((k, c, j) => {
    const { sum, squares: second } = moments(dataset.shard(k), c, null)
    const variance = second / n - (sum / n) ** 2
    if (intercept) mean[j] = sum / n
    if (standardize) scale[j] = variance > 1e-14 * (second / n) ? Math.sqrt(variance) : 0
  })
  return {
    scale,
    fit(beta) {
      const fit = new Float64Array(n)
      let shift = 0
      each((k, c, j) => {
        if (beta[j] === 0 || scale[j] === 0) return
        axpy(dataset.shard(k), c, beta[j]! / scale[j]!, fit)
        shift += (beta[j]! / scale[j]!) * mean[j]!
      })
      return fit.map((f) => f - shift)
    },
    gradient(theta) {
      const out = new Float64Array(d)
      const total = theta.reduce((sum, v) => sum + v, 0)
      each((k, c, j) => {
        if (scale[j] === 0) return
        out[j] = (dot(dataset.shard(k), c, theta) - mean[j]! * total) / scale[j]!
      })
      return out
    },
  }
}

const largest = (values: Float64Array): number =>
  values.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
