/** Two classes: which values of y they are, and what a row of each counts. */
import type { Dataset } from '../../app.ts'
import { UserError } from '../../errors.ts'
import type { Response } from '../../linear/datafit.ts'
import { targetOf } from '../../linear/state.ts'
import { type LogisticSpec, pairOf } from './spec.ts'

/** Values that an error message lists. */
const LISTED = 5

/** Names of class 0 and class 1: the smaller value of y is class 0, as is the first word by the alphabet. */
export function classNames(dataset: Dataset): [string, string] {
  const [a, b] = twoValues(dataset)
  const words = dataset.manifest.targetLabels
  return [words?.[a] ?? String(a), words?.[b] ?? String(b)]
}

/** y as 0 and 1, with the class weights of the spec. @throws UserError unless y has two values. */
export function respond({ classWeight }: LogisticSpec, dataset: Dataset): Response {
  const [, one] = twoValues(dataset)
  const target = targetOf(dataset).map((v) => Number(v === one))
  const caseWeights = classWeight === undefined ? null : weigh(target, classWeight)
  return { target, caseWeights, strata: target }
}

function weigh(target: Float64Array, rule: string): Float64Array {
  const n = target.length
  const ones = target.reduce((a, b) => a + b, 0)
  const [zero, one] = pairOf(rule) ?? [n / (2 * (n - ones)), n / (2 * ones)]
  return target.map((t) => (t === 1 ? one : zero))
}

/** The two values of y, ascending. */
function twoValues(dataset: Dataset): [number, number] {
  const values = [...new Set(targetOf(dataset))].sort((a, b) => a - b)
  const [a, b] = values
  if (values.length === 2) return [a!, b!]
  const { name, targetName } = dataset.manifest
  const what = `${targetName ?? 'y'} of dataset ${name}`
  const list = values.slice(0, LISTED).join(', ') + (values.length > LISTED ? ', …' : '')
  throw new UserError(
    values.length === 1
      ? `Logistic regression tells two classes apart, but every row has the same ${what}: ${list}.`
      : `Logistic regression tells two classes apart, but ${what} has ${values.length} values (${list}). ` +
          'Keep the rows of two classes, or make it one class against the rest; for a measured outcome use the lasso.',
  )
}
