/** What a job hands out: coefficients in the data's units, the path, the cross-validation. */
import type { ResultFile } from '../app.ts'
import { csv } from '../csv.ts'
import { type CrossValidation, crossValidate, type Point } from './path.ts'
import type { LinearState } from './state.ts'

/** β₀ and the non-zero coefficients of a point, in the data's units. */
export function coefficientsOf(
  state: LinearState,
  point: Point,
): { intercept: number; index: Uint32Array; value: Float64Array } {
  const { design } = state.lanes[0]!.track
  const value = point.value.map((b, k) => b / design.scale[point.index[k]!]!)
  let { intercept } = point
  point.index.forEach((j, k) => {
    intercept -= value[k]! * design.mean[j]!
  })
  return { intercept, index: point.index, value }
}

/** The point a job is about: the only one, the last of a path, or the best by cross-validation. */
export function chosen(state: LinearState): { point: Point; cv: CrossValidation | null } {
  const cv = cvOf(state)
  const { points } = state.lanes[0]!
  return { point: cv ? points[cv.min]! : points.at(-1)!, cv }
}

function cvOf(state: LinearState): CrossValidation | null {
  const { foldOf, lanes } = state
  if (!foldOf) return null
  const folds = lanes.slice(1).map((lane, k) => ({
    size: foldOf.reduce((count, fold) => count + Number(fold === k), 0),
    points: lane.points,
  }))
  return crossValidate(
    lanes[0]!.points.map((p) => p.lambda),
    folds,
  )
}

/** Numbers that every sparse linear model reports. */
export function summaryOf(state: LinearState): Record<string, unknown> {
  const { point, cv } = chosen(state)
  return {
    objective: point.objective,
    gap: point.gap,
    lambda: point.lambda,
    lambdaMax: state.lambdaMax,
    ...(state.spec.l1Ratio < 1 && { l1Ratio: state.spec.l1Ratio }),
    nnz: point.nonZeros,
    intercept: coefficientsOf(state, point).intercept,
    devianceRatio: point.devianceRatio,
    pathLength: state.lanes[0]!.points.length,
    ...(cv && {
      lambdaMin: cv.lambda[cv.min],
      lambda1se: cv.lambda[cv.oneSe],
      cvError: cv.mean[cv.min],
    }),
  }
}

/** The penalty in the words of `convention`. */
export const penaltyOf = ({ spec }: LinearState): string =>
  spec.l1Ratio < 1 ? `λ(${spec.l1Ratio}‖β‖₁ + ${(1 - spec.l1Ratio) / 2}‖β‖²)` : 'λ‖β‖₁'

/** @param measures names of the measures on the training rows that path.csv shows */
export function linearFiles(state: LinearState, measures: readonly string[] = []): ResultFile[] {
  const { point, cv } = chosen(state)
  const files = [csv('coefficients.csv', coefficientRows(state, point))]
  if (cv)
    files.push(
      csv('coefficients_1se.csv', coefficientRows(state, state.lanes[0]!.points[cv.oneSe]!)),
    )
  if (state.spec.path) {
    files.push(csv('path.csv', pathRows(state, measures)))
    files.push(csv('path_coefficients.csv', pathCoefficientRows(state)))
  }
  if (cv) files.push(csv('cv.csv', cvRows(cv)))
  return files
}

/** λ, the measure that chooses with its standard error, what it chose, the other measures. */
function cvRows(cv: CrossValidation): (string | number)[][] {
  const others = Object.keys(cv.means).filter((name) => name !== cv.measure)
  const header = ['lambda', snake(cv.measure), 'standard_error', 'choice', ...others.map(snake)]
  const rows = cv.lambda.map((lambda, k) => {
    const choice = [k === cv.min ? 'min' : '', k === cv.oneSe ? '1se' : '']
      .filter(Boolean)
      .join(' ')
    const more = others.map((name) => cv.means[name]![k]!)
    return [lambda, cv.mean[k]!, cv.standardError[k]!, choice, ...more]
  })
  return [header, ...rows]
}

/** "meanSquaredError" → "mean_squared_error" */
const snake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

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

/** @param names measures on the training rows to add */
function pathRows(state: LinearState, names: readonly string[]): (string | number)[][] {
  const header = [
    'lambda',
    'lambda_ratio',
    'nnz',
    'deviance_ratio',
    'objective',
    'gap',
    'intercept',
    ...names.map(snake),
  ]
  const rows = state.lanes[0]!.points.map((p) => [
    p.lambda,
    p.lambda / state.lambdaMax,
    p.nonZeros,
    p.devianceRatio,
    p.objective,
    p.gap,
    coefficientsOf(state, p).intercept,
    ...names.map((name) => p.measures[name]!),
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
