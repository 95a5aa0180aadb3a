/** What a lasso job hands out: coefficients in the data's units, the path, the cross-validation. */
import type { ResultFile } from '../../app.ts'
import { crossValidate, type Point } from '../../linear/path.ts'
import type { LinearState } from '../../linear/state.ts'

/** β₀ and the non-zero coefficients of a point, in the data's units. */
export function coefficientsOf(
  state: LinearState,
  point: Point,
): { intercept: number; index: Uint32Array; value: Float64Array } {
  const { design, targetMean } = state.lanes[0]!.track
  const value = point.value.map((b, k) => b / design.scale[point.index[k]!]!)
  let intercept = targetMean
  point.index.forEach((j, k) => {
    intercept -= value[k]! * design.mean[j]!
  })
  return { intercept, index: point.index, value }
}

/** The point a job is about: the only one, the last of a path, or the best by cross-validation. */
function chosen(state: LinearState): { point: Point; cv: ReturnType<typeof cvOf> } {
  const cv = cvOf(state)
  const { points } = state.lanes[0]!
  return { point: cv ? points[cv.min]! : points.at(-1)!, cv }
}

function cvOf(state: LinearState) {
  if (!state.foldOf) return null
  const folds = state.lanes.slice(1).map((lane) => ({
    size: lane.track.design.rows - lane.track.design.weightSum,
    points: lane.points,
  }))
  return crossValidate(
    state.lanes[0]!.points.map((p) => p.lambda),
    folds,
  )
}

export function summarise(state: LinearState): Record<string, unknown> {
  const { point, cv } = chosen(state)
  const { intercept } = coefficientsOf(state, point)
  return {
    objective: point.objective,
    gap: point.gap,
    lambda: point.lambda,
    lambdaMax: state.lambdaMax,
    nnz: point.nonZeros,
    intercept,
    devianceRatio: point.devianceRatio,
    pathLength: state.lanes[0]!.points.length,
    ...(cv && {
      lambdaMin: cv.lambda[cv.min],
      lambda1se: cv.lambda[cv.oneSe],
      cvError: cv.mean[cv.min],
    }),
    convention: 'objective = 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁; gap relative to ½‖y − ȳ‖²/n',
  }
}

export function resultFiles(state: LinearState): ResultFile[] {
  const { point, cv } = chosen(state)
  const files = [csv('coefficients.csv', coefficientRows(state, point))]
  if (cv)
    files.push(
      csv('coefficients_1se.csv', coefficientRows(state, state.lanes[0]!.points[cv.oneSe]!)),
    )
  if (state.spec.path) {
    files.push(csv('path.csv', pathRows(state)))
    files.push(csv('path_coefficients.csv', pathCoefficientRows(state)))
  }
  if (cv) {
    const header = ['lambda', 'mean_squared_error', 'standard_error', 'choice']
    const rows = cv.lambda.map((lambda, k) => {
      const choice = [k === cv.min ? 'min' : '', k === cv.oneSe ? '1se' : '']
        .filter(Boolean)
        .join(' ')
      return [lambda, cv.mean[k]!, cv.standardError[k]!, choice]
    })
    files.push(csv('cv.csv', [header, ...rows]))
  }
  return files
}

/** Name and value; the intercept first, then every coefficient that is not zero. */
function coefficientRows(state: LinearState, point: Point): (string | number)[][] {
  const { intercept, index, value } = coefficientsOf(state, point)
  const rows: (string | number)[][] = [['name', 'value']]
  if (state.spec.intercept) rows.push(['(intercept)', intercept])
  index.forEach((j, k) => {
    rows.push([state.dataset.columnName(j), value[k]!])
  })
  return rows
}

function pathRows(state: LinearState): (string | number)[][] {
  const header = [
    'lambda',
    'lambda_ratio',
    'nnz',
    'deviance_ratio',
    'objective',
    'gap',
    'intercept',
  ]
  const rows = state.lanes[0]!.points.map((p) => [
    p.lambda,
    p.lambda / state.lambdaMax,
    p.nonZeros,
    p.devianceRatio,
    p.objective,
    p.gap,
    coefficientsOf(state, p).intercept,
  ])
  return [header, ...rows]
}

function pathCoefficientRows(state: LinearState): (string | number)[][] {
  const rows: (string | number)[][] = [['lambda', 'name', 'value']]
  for (const p of state.lanes[0]!.points) {
    const { index, value } = coefficientsOf(state, p)
    index.forEach((j, k) => {
      rows.push([p.lambda, state.dataset.columnName(j), value[k]!])
    })
  }
  return rows
}

function csv(name: string, rows: (string | number)[][]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
