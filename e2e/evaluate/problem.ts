/** A lasso on a synthetic family, with its optimum: what the rounds of rounds.ts are run on. */
import { shrink } from '../../shared/linear/math.ts'
import { AllPairs, type Filter, SparseRows } from '../../shared/schedule/dependency.ts'
import type { Family } from '../../shared/schedule/families.ts'

export interface LassoProblem {
  readonly family: Family
  readonly columns: number
  readonly lambda: number
  /** F*. */
  readonly optimum: number
  readonly nonZeros: number
  filter(rho: number): Filter
  dot(j: number, r: Float64Array): number
  axpy(j: number, a: number, out: Float64Array): void
  entries(j: number): number
  /** Duality gap relative to ½‖y‖². */
  gap(residual: Float64Array, beta: Float64Array): number
}

/** Up to here all correlations fit into memory (4 bytes a pair of d² / 2). */
const GRAM_COLUMNS_MAX = 4_000

export function lassoProblem(family: Family, lambdaRatio: number): LassoProblem {
  const { rows, starts, rowIndex, values, y } = family
  const d = starts.length - 1
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
  let lambdaMax = 0
  for (let j = 0; j < d; j++) lambdaMax = Math.max(lambdaMax, Math.abs(dot(j, y)))
  const lambda = lambdaRatio * lambdaMax
  const half = 0.5 * y.reduce((sum, v) => sum + v * v, 0)

  const gap = (residual: Float64Array, beta: Float64Array): number => {
    let largest = 0
    for (let j = 0; j < d; j++) largest = Math.max(largest, Math.abs(dot(j, residual)))
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
  const best = solve({ d, lambda, y, dot, axpy, gap })
  return {
    family,
    columns: d,
    lambda,
    ...best,
    filter: filters(family, dot, axpy),
    dot,
    axpy,
    entries: (j) => starts[j + 1]! - starts[j]!,
    gap,
  }
}

/** Cyclic descent with sweeps over the active set in between, to a gap of 1e-9. */
function solve(given: {
  d: number
  lambda: number
  y: Float64Array
  dot: LassoProblem['dot']
  axpy: LassoProblem['axpy']
  gap: LassoProblem['gap']
}): { optimum: number; nonZeros: number } {
  const { d, lambda, y, dot, axpy, gap } = given
  const beta = new Float64Array(d)
  const r = y.slice()
  const update = (j: number): void => {
    const step = shrink(dot(j, r) + beta[j]!, lambda) - beta[j]!
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

/** A table of all pairs where it fits; else the index by rows. Columns have norm 1. */
function filters(
  family: Family,
  dot: LassoProblem['dot'],
  axpy: LassoProblem['axpy'],
): LassoProblem['filter'] {
  const d = family.starts.length - 1
  if (d > GRAM_COLUMNS_MAX) return (rho) => new SparseRows(family, rho)
  const gram = new Float32Array(d * d)
  const column = new Float64Array(family.rows)
  for (let j = 0; j < d; j++) {
    column.fill(0)
    axpy(j, 1, column)
    for (let k = 0; k <= j; k++) gram[j * d + k] = gram[k * d + j] = Math.abs(dot(k, column))
  }
  return (rho) => new AllPairs((j, k) => gram[j * d + k]!, rho)
}
