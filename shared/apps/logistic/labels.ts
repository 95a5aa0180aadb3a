/** Two classes as 0 and 1, and what a row of each counts. */
import type { Dataset } from '../../app.ts'
import { twoClasses } from '../../labels.ts'
import type { Response } from '../../linear/datafit.ts'
import { type LogisticSpec, pairOf } from './spec.ts'

/** Names of class 0 and class 1. */
export const classNames = (dataset: Dataset): readonly [string, string] =>
  twoClasses(dataset, METHOD).names

const METHOD = 'Logistic regression'

/** @throws UserError unless y has two values */
export function respond({ classWeight }: LogisticSpec, dataset: Dataset): Response {
  const target = twoClasses(dataset, METHOD).sign.map((v) => Number(v > 0))
  const caseWeights = classWeight === undefined ? null : weigh(target, classWeight)
  return { target, caseWeights, strata: target }
}

function weigh(target: Float64Array, rule: string): Float64Array {
  const n = target.length
  const ones = target.reduce((a, b) => a + b, 0)
  const [zero, one] = pairOf(rule) ?? [n / (2 * (n - ones)), n / (2 * ones)]
  return target.map((t) => (t === 1 ? one : zero))
}
