/** Two classes made from the random problems of linear models, solved plainly, and driven in one thread. */
import type { Dataset } from '../../app.ts'
import { lossOf } from '../../linear/logistic.ts'
import { shrink } from '../../linear/math.ts'
import {
  centre,
  type DriveOptions,
  datasetOf,
  drive as driveApp,
  plainColumn,
  randomDataset,
} from '../../linear/testData.ts'
import { seededRandom } from '../../random.ts'
import { logistic } from './app.ts'

export const drive = (dataset: Dataset, spec: Record<string, unknown>, options?: DriveOptions) =>
  driveApp(logistic, dataset, spec, options)

/** y = ±1 by the sign of a noisy linear function; both classes are there. */
export function randomClasses(seed: number, rows = 40, columns = 60): Dataset {
  const given = randomDataset(seed, rows, columns)
  const middle = [...given.target!].sort((a, b) => a - b)[Math.floor(0.4 * rows)]!
  const random = seededRandom(seed + 1)
  const target = given.target!.map((v) => (v > middle !== (random.below(12) === 0) ? 1 : -1))
  target[0] = 1
  target[1] = -1
  return { ...given, target }
}

/** Some rows of a dataset. */
export function rowsOf(dataset: Dataset, rows: readonly number[]): Dataset {
  const columns = Array.from({ length: dataset.manifest.columns }, (_, j) => {
    const column = plainColumn(dataset, j)
    return Float64Array.from(rows, (i) => column[i]!)
  })
  return datasetOf(
    columns,
    Float64Array.from(rows, (i) => dataset.target![i]!),
  )
}

export interface Plain {
  standardize?: boolean
  intercept?: boolean
  l1Ratio?: number
  /** Of the classes −1 and 1. */
  weights?: readonly [number, number]
}

/** Coordinate descent with the curvature bound ¼‖x‖², to machine precision on plain arrays. */
export function solvePlainly(
  dataset: Dataset,
  lambda: number,
  { standardize = true, intercept = true, l1Ratio = 1, weights = [1, 1] }: Plain = {},
): { objective: number; beta: Float64Array } {
  const { rows: n, columns: d } = dataset.manifest
  const y = dataset.target!
  const w = Float64Array.from(y, (v) => weights[v === 1 ? 1 : 0])
  const total = w.reduce((a, b) => a + b, 0)
  const mean = (x: Float64Array): number => x.reduce((sum, v, i) => sum + w[i]! * v, 0) / total
  const x = Array.from({ length: d }, (_, j) => {
    const column = plainColumn(dataset, j)
    const m = mean(column)
    const scale = standardize ? Math.sqrt(mean(column.map((v) => (v - m) ** 2))) || 1 : 1
    return column.map((v) => v / scale)
  })
  // Centring moves into the intercept and helps the descent.
  if (intercept) for (const column of x) centre(column)
  const curvature = x.map((column) => 0.25 * mean(column.map((v) => v * v)))
  const beta = new Float64Array(d)
  const f = new Float64Array(n)
  const slopeAlong = (column: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += (w[i]! * y[i]! * column[i]!) / (1 + Math.exp(y[i]! * f[i]!))
    return sum / total
  }
  const ones = new Float64Array(n).fill(1)
  for (let sweep = 0; sweep < 30_000; sweep++) {
    let moved = 0
    if (intercept) {
      const step = 4 * slopeAlong(ones)
      for (let i = 0; i < n; i++) f[i]! += step
      moved = Math.abs(step)
    }
    for (let j = 0; j < d; j++) {
      const q = curvature[j]!
      if (q < 1e-20) continue
      const g = slopeAlong(x[j]!) + q * beta[j]!
      const step = shrink(g, l1Ratio * lambda) / (q + (1 - l1Ratio) * lambda) - beta[j]!
      if (step === 0) continue
      for (let i = 0; i < n; i++) f[i]! += step * x[j]![i]!
      beta[j]! += step
      moved = Math.max(moved, Math.abs(step))
    }
    if (moved < 1e-12) break
  }
  const loss = f.reduce((sum, v, i) => sum + w[i]! * lossOf(y[i]! * v), 0) / total
  const l1 = beta.reduce((sum, b) => sum + Math.abs(b), 0)
  const l2 = beta.reduce((sum, b) => sum + b * b, 0)
  return { objective: loss + lambda * (l1Ratio * l1 + 0.5 * (1 - l1Ratio) * l2), beta }
}
