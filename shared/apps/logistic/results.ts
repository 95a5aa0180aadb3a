/** What a logistic regression hands out, beside what every linear model does: who was told apart. */
import type { ResultFile } from '../../app.ts'
import { csv } from '../../csv.ts'
import { auc, corners, rocCurve } from '../../linear/auc.ts'
import { fitOf } from '../../linear/design.ts'
import type { Point } from '../../linear/path.ts'
import { chosen, linearFiles, penaltyOf, summaryOf } from '../../linear/results.ts'
import { isDone, type Lane, type LinearState } from '../../linear/state.ts'
import { classNames } from './labels.ts'

interface Scores {
  /** f = β₀ + xβ of the model on the rows it was fitted to (n). */
  readonly fitted: Float64Array
  /** With cross-validation: of the model that has not seen the row (n). */
  readonly outOfFold: Float64Array | null
}

const probability = (f: number): number => 1 / (1 + Math.exp(-f))

export function summarise(state: LinearState): Record<string, unknown> {
  const { fitted, outOfFold } = scoresOf(state)
  const scores = outOfFold ?? fitted
  const { target } = state.response
  const [negative, positive] = classNames(state.dataset)
  const confusion = confusionOf(target, scores)
  const { point, cv } = chosen(state)
  return {
    ...summaryOf(state),
    auc: outOfFold ? auc(target, scores, allRows(target)) : point.measures.auc,
    accuracy: (confusion.trueNegatives + confusion.truePositives) / target.length,
    ...(cv && { cvDeviance: cv.mean[cv.min] }),
    confusion,
    classes: { negative, positive },
    measuredOn: outOfFold ? `rows held out, ${state.spec.cv} folds` : 'the rows it was fitted to',
    convention:
      `objective = 1/W Σ w log(1 + exp(−y f)) + ${penaltyOf(state)}, f = β₀ + xβ, y = 1 for ` +
      `"${positive}" and −1 for "${negative}", W = Σw; gap relative to the loss of the best constant fit`,
  }
}

export function resultFiles(state: LinearState): ResultFile[] {
  const scores = scoresOf(state)
  return [
    ...linearFiles(state, ['deviance', 'auc', 'accuracy']),
    csv('predictions.csv', predictionRows(state, scores)),
    csv('roc.csv', rocRows(state.response.target, scores)),
  ]
}

function scoresOf(state: LinearState): Scores {
  const [full, ...folds] = state.lanes
  const { point, cv } = chosen(state)
  const fitted = scoresAt(full!, point)
  if (!cv) return { fitted, outOfFold: null }
  const byFold = folds.map((lane) => scoresAt(lane, lane.points[cv.min]!))
  return { fitted, outOfFold: fitted.map((_, i) => byFold[state.foldOf![i]!]![i]!) }
}

function scoresAt(lane: Lane, point: Point): Float64Array {
  const { track } = lane
  // What was certified last is what the track stands at.
  if (isDone(lane) && point === lane.points.at(-1)) return track.fit.map((f) => f + point.intercept)
  const beta = new Float64Array(track.design.columns)
  point.index.forEach((j, k) => {
    beta[j] = point.value[k]!
  })
  return fitOf(track.design, beta).map((f) => f + point.intercept)
}

function confusionOf(target: Float64Array, scores: Float64Array) {
  const count = { trueNegatives: 0, falsePositives: 0, falseNegatives: 0, truePositives: 0 }
  scores.forEach((f, i) => {
    if (target[i] === 1) count[f > 0 ? 'truePositives' : 'falseNegatives']++
    else count[f > 0 ? 'falsePositives' : 'trueNegatives']++
  })
  return count
}

/** Probability of class 1 and the likelier class of every row; with folds, by the model that has not seen it. */
function predictionRows(
  { dataset, response, foldOf }: LinearState,
  { fitted, outOfFold }: Scores,
): (string | number)[][] {
  const names = classNames(dataset)
  const head = ['row', 'class', 'probability', 'predicted']
  const more = outOfFold ? ['fold', 'probability_held_out', 'predicted_held_out'] : []
  const rows = Array.from(fitted, (f, i) => [
    i + 1,
    names[response.target[i]!]!,
    probability(f),
    names[Number(f > 0)]!,
    ...(outOfFold
      ? [foldOf![i]! + 1, probability(outOfFold[i]!), names[Number(outOfFold[i]! > 0)]!]
      : []),
  ])
  return [[...head, ...more], ...rows]
}

function rocRows(target: Float64Array, { fitted, outOfFold }: Scores): (string | number)[][] {
  const curve = corners(rocCurve(target, outOfFold ?? fitted, allRows(target)))
  return [
    ['false_positive_rate', 'true_positive_rate', 'probability'],
    ...curve.map((p) => [p.falsePositiveRate, p.truePositiveRate, probability(p.score)]),
  ]
}

const allRows = (target: Float64Array): Uint32Array => Uint32Array.from(target.keys())
