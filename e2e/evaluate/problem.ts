/**
 * ½‖y − Xβ‖² + λ‖β‖₁ with its optimum and its correlations: what the rounds of rounds.ts are run on.
 * Columns may be dense or sparse and of any norm.
 */
import { shrink } from '../../shared/linear/math.ts'
import { type Filter, SparseRows } from '../../shared/schedule/dependency.ts'
import type { Columns, Family } from '../../shared/schedule/families.ts'
import { conflictFilters } from './conflicts.ts'

/** X as coordinate descent needs it. */
export interface Design {
  readonly rows: number
  readonly columns: number
  /** ‖x_j‖² (d) */
  readonly norms: Float64Array
  /** x_jᵀr */
  dot(j: number, r: Float64Array): number
  /** out += a x_j */
  axpy(j: number, a: number, out: Float64Array): void
  /** What is read for one dot product. */
  entries(j: number): number
  /** A filter that keeps apart what correlates by ρ or more. */
  filter(rho: number): Filter
}

export interface LassoProblem extends Design {
  readonly name: string
  readonly y: Float64Array // (n)
  readonly lambda: number
  /** F*. */
  readonly optimum: number
  readonly nonZeros: number
  /** Duality gap relative to ½‖y‖². */
  gap(residual: Float64Array, beta: Float64Array): number
}

interface Optimum {
  readonly optimum: number
  readonly nonZeros: number
}

/** A lasso at λ = ratio · λmax; its optimum is computed where it is not known. */
export function lassoOf(
  name: string,
  design: Design,
  y: Float64Array,
  lambdaRatio: number,
  known?: Optimum,
): LassoProblem {
  let lambdaMax = 0
  for (let j = 0; j < design.columns; j++)
    lambdaMax = Math.max(lambdaMax, Math.abs(design.dot(j, y)))
  const lambda = lambdaRatio * lambdaMax
  const problem = { ...design, name, y, lambda, gap: gapOf(design, y, lambda) }
  return { ...problem, ...(known ?? solve(problem)) }
}

export function lassoProblem(family: Family, lambdaRatio: number): LassoProblem {
  const { name, y, rows, values, starts } = family
  const isDense = values.length === rows * (starts.length - 1)
  return lassoOf(name, isDense ? denseDesign(rows, values) : sparseDesign(family), y, lambdaRatio)
}

/** Columns one after the other, every row of each. */
export function denseDesign(rows: number, values: Float64Array | Float32Array): Design {
  const columns = values.length / rows
  const dot = (j: number, r: Float64Array): number => {
    // Four sums: one alone waits for its last addition.
    let [a, b, c, d] = [0, 0, 0, 0]
    const first = j * rows
    let i = 0
    for (; i + 3 < rows; i += 4) {
      a += values[first + i]! * r[i]!
      b += values[first + i + 1]! * r[i + 1]!
      c += values[first + i + 2]! * r[i + 2]!
      d += values[first + i + 3]! * r[i + 3]!
    }
    for (; i < rows; i++) a += values[first + i]! * r[i]!
    return a + b + c + d
  }
  const axpy = (j: number, a: number, out: Float64Array): void => {
    const first = j * rows
    for (let i = 0; i < rows; i++) out[i]! += a * values[first + i]!
  }
  const norms = Float64Array.from({ length: columns }, (_, j) => {
    let sum = 0
    for (let i = 0; i < rows; i++) sum += values[j * rows + i]! ** 2
    return sum
  })
  const correlation = (j: number, k: number): number => {
    let [a, b, c, e] = [0, 0, 0, 0]
    let [p, q] = [j * rows, k * rows]
    const end = p + rows
    for (; p + 3 < end; p += 4, q += 4) {
      a += values[p]! * values[q]!
      b += values[p + 1]! * values[q + 1]!
      c += values[p + 2]! * values[q + 2]!
      e += values[p + 3]! * values[q + 3]!
    }
    for (; p < end; p++, q++) a += values[p]! * values[q]!
    return Math.abs(a + b + c + e) / Math.sqrt(norms[j]! * norms[k]! || 1)
  }
  return {
    ...{ rows, columns, norms, dot, axpy, entries: () => rows },
    filter: conflictFilters(columns, correlation),
  }
}

export function sparseDesign({ rows, starts, rowIndex, values }: Columns): Design {
  const columns = starts.length - 1
  const dot = (j: number, r: Float64Array): number => {
    let sum = 0
    const end = starts[j + 1]!
    for (let k = starts[j]!; k < end; k++) sum += values[k]! * r[rowIndex[k]!]!
    return sum
  }
  const axpy = (j: number, a: number, out: Float64Array): void => {
    const end = starts[j + 1]!
    for (let k = starts[j]!; k < end; k++) out[rowIndex[k]!]! += a * values[k]!
  }
  const norms = new Float64Array(columns)
  const unit = values.slice()
  for (let j = 0; j < columns; j++) {
    for (let k = starts[j]!; k < starts[j + 1]!; k++) norms[j]! += values[k]! ** 2
    const scale = norms[j]! > 0 ? 1 / Math.sqrt(norms[j]!) : 0
    for (let k = starts[j]!; k < starts[j + 1]!; k++) unit[k]! *= scale
  }
  const entries = (j: number): number => starts[j + 1]! - starts[j]!
  const scaled = { rows, starts, rowIndex, values: unit }
  return {
    ...{ rows, columns, norms, dot, axpy, entries },
    filter: (rho) => new SparseRows(scaled, rho),
  }
}

function gapOf(
  { columns, rows, dot }: Design,
  y: Float64Array,
  lambda: number,
): LassoProblem['gap'] {
  const half = 0.5 * y.reduce((sum, v) => sum + v * v, 0)
  return (residual, beta) => {
    let largest = 0
    for (let j = 0; j < columns; j++) largest = Math.max(largest, Math.abs(dot(j, residual)))
    let [rr, yr, l1] = [0, 0, 0]
    for (let i = 0; i < rows; i++) {
      rr += residual[i]! ** 2
      yr += y[i]! * residual[i]!
    }
    for (const b of beta) l1 += Math.abs(b)
    const limit = lambda / largest
    const s = Math.min(Math.max(yr / rr, -limit), limit)
    return Math.max(0, 0.5 * rr + lambda * l1 - (s * yr - 0.5 * s * s * rr)) / half
  }
}

/** The exact step of variable j alone. */
export function exactStep(
  { dot, norms, lambda }: Pick<LassoProblem, 'dot' | 'norms' | 'lambda'>,
  j: number,
  residual: Float64Array,
  beta: Float64Array,
): number {
  const norm = norms[j]!
  if (norm === 0) return 0
  return shrink(dot(j, residual) + norm * beta[j]!, lambda) / norm - beta[j]!
}

/** Cyclic descent with sweeps over the active set in between, to a gap of 1e-9. */
function solve(given: Omit<LassoProblem, keyof Optimum>): Optimum {
  const { columns: d, lambda, y, axpy, gap } = given
  const beta = new Float64Array(d)
  const r = y.slice()
  const update = (j: number): void => {
    const step = exactStep(given, j, r, beta)
    if (step === 0) return
    beta[j]! += step
    axpy(j, -step, r)
  }
  for (let sweep = 0; sweep < 500; sweep++) {
    for (let j = 0; j < d; j++) update(j)
    if (gap(r, beta) <= 1e-9) break
    const active = [...beta.keys()].filter((j) => beta[j] !== 0)
    for (let k = 0; k < 20; k++) for (const j of active) update(j)
  }
  const l1 = beta.reduce((sum, b) => sum + Math.abs(b), 0)
  const optimum = 0.5 * r.reduce((sum, v) => sum + v * v, 0) + lambda * l1
  return { optimum, nonZeros: beta.reduce((sum, b) => sum + Number(b !== 0), 0) }
}
