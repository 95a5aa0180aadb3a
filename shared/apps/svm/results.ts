/** What an SVM hands out: weights by feature, support vectors, predictions, the way of the gap. */
import type { ResultFile } from '../../app.ts'
import { type Cell, csv } from '../../csv.ts'
import type { SvmState } from './state.ts'

/** Of a certified job. */
export function summarise(state: SvmState): Record<string, unknown> {
  const { problem, certificate, supportVectors } = state
  const { spec, trained, n, classes } = problem
  const { epochs, primal, dual, gap } = certificate!
  return {
    ...{ primal, dual, gap, epochs, c: spec.c, loss: spec.loss, supportVectors },
    accuracy: accuracyOf(state, 0),
    ...(trained < n && { testAccuracy: accuracyOf(state, 1), testExamples: n - trained }),
    ...(spec.bias > 0 && { bias: spec.bias * state.biasWeight }),
    positiveLabel: classes.names[1],
    negativeLabel: classes.names[0],
    convention: 'primal = ½‖w‖² + C Σ loss; gap = (primal − dual)/primal',
  }
}

/** Share of the examples that are (1) or are not (0) kept back whose side is right. */
export function accuracyOf({ problem, score }: SvmState, kept: 0 | 1): number {
  const { held, classes, n } = problem
  let [right, all] = [0, 0]
  for (let i = 0; i < n; i++) {
    if (held[i] !== kept) continue
    all++
    right += Number(sideOf(score[i]!) === classes.sign[i])
  }
  return right / all
}

/** An example on the plane itself counts as positive. */
const sideOf = (score: number): -1 | 1 => (score < 0 ? -1 : 1)

export function resultFiles(state: SvmState): ResultFile[] {
  return [
    csv('weights.csv', weightRows(state)),
    csv('support_vectors.csv', supportRows(state)),
    csv('predictions.csv', predictionRows(state)),
    csv('epochs.csv', [
      ['epochs', 'primal', 'dual', 'gap'],
      ...state.history.map(({ epochs, primal, dual, gap }) => [epochs, primal, dual, gap]),
    ]),
  ]
}

type Rows = Cell[][]

/** Name and weight of every feature that has one; the bias first. */
function weightRows({ problem, w, biasWeight }: SvmState): Rows {
  const { spec, dataset } = problem
  const rows: Rows = [['name', 'weight']]
  if (spec.bias > 0) rows.push(['(bias)', spec.bias * biasWeight])
  w.forEach((weight, j) => {
    if (weight !== 0) rows.push([dataset.rowName(j), weight])
  })
  return rows
}

const labelOf = ({ problem: { classes } }: SvmState, sign: number): string =>
  classes.names[sign < 0 ? 0 : 1]

/** Examples count from 1, as the rows of the file. */
function supportRows(state: SvmState): Rows {
  const rows: Rows = [['example', 'label', 'alpha']]
  state.alpha.forEach((a, i) => {
    if (a > 0) rows.push([i + 1, labelOf(state, state.problem.classes.sign[i]!), a])
  })
  return rows
}

function predictionRows(state: SvmState): Rows {
  const { held, classes } = state.problem
  const rows: Rows = [['example', 'label', 'predicted', 'score', 'set']]
  state.score.forEach((score, i) => {
    const label = labelOf(state, classes.sign[i]!)
    rows.push([i + 1, label, labelOf(state, sideOf(score)), score, held[i] ? 'test' : 'train'])
  })
  return rows
}
