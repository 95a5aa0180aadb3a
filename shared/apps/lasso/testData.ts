/** The lasso solved plainly, and driven in one thread, for its tests. */
import type { Dataset } from '../../app.ts'
import { centre, type DriveOptions, drive as driveApp, plainColumn } from '../../linear/testData.ts'
import { lasso } from './app.ts'

export { datasetOf, randomDataset, withPasses } from '../../linear/testData.ts'

export const drive = (dataset: Dataset, spec: Record<string, unknown>, options?: DriveOptions) =>
  driveApp(lasso, dataset, spec, options)

/** Serial coordinate descent to machine precision on plain arrays: F and β in the data's units. */
export function solvePlainly(
  dataset: Dataset,
  lambda: number,
  options: { standardize: boolean; intercept: boolean; l1Ratio?: number },
): { objective: number; beta: Float64Array } {
  const { rows: n, columns: d } = dataset.manifest
  const alpha = options.l1Ratio ?? 1
  const y = Float64Array.from(dataset.target!)
  if (options.intercept) centre(y)
  const scale = new Float64Array(d).fill(1)
  const x = Array.from({ length: d }, (_, j) => {
    const column = plainColumn(dataset, j)
    const mean = column.reduce((a, b) => a + b, 0) / n
    if (options.standardize)
      scale[j] = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / n) || 1
    if (options.intercept) centre(column)
    return column.map((v) => v / scale[j]!)
  })
  const beta = new Float64Array(d)
  const r = y.slice()
  for (let sweep = 0; sweep < 20_000; sweep++) {
    let moved = 0
    for (let j = 0; j < d; j++) {
      const xj = x[j]!
      const norm = xj.reduce((a, b) => a + b * b, 0) / n
      if (norm < 1e-20) continue
      const g = xj.reduce((a, b, i) => a + b * r[i]!, 0) / n + norm * beta[j]!
      const next =
        (Math.sign(g) * Math.max(0, Math.abs(g) - alpha * lambda)) / (norm + (1 - alpha) * lambda)
      const step = next - beta[j]!
      if (step === 0) continue
      for (let i = 0; i < n; i++) r[i]! -= step * xj[i]!
      beta[j] = next
      moved = Math.max(moved, Math.abs(step))
    }
    if (moved < 1e-14) break
  }
  const loss = r.reduce((a, b) => a + b * b, 0) / (2 * n)
  const l1 = beta.reduce((a, b) => a + Math.abs(b), 0)
  const l2 = beta.reduce((a, b) => a + b * b, 0)
  const objective = loss + lambda * (alpha * l1 + 0.5 * (1 - alpha) * l2)
  return { objective, beta: beta.map((b, j) => b / scale[j]!) }
}
