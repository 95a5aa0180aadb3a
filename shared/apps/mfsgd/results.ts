/** What a factorisation by SGD hands out: its files, and numbers. */
import type { ResultFile } from '../../app.ts'
import { factorFiles, finite } from '../../factors/results.ts'
import type { SgdState } from './state.ts'

export function summarise(state: SgdState): Record<string, unknown> {
  const { spec, epochs, best, mean, ratings, test, validation } = state
  const point = best ? epochs[best.epoch - 1] : epochs.at(-1)
  const isLast = point === epochs.at(-1)
  return {
    trainRmse: finite(point?.trainRmse),
    validRmse: finite(point?.validRmse),
    testRmse: finite(point?.testRmse),
    testMae: finite(point?.testMae),
    epochs: epochs.length,
    ...(!isLast && best && { bestEpoch: best.epoch }),
    rank: spec.rank,
    eta: spec.eta,
    lambda: spec.lambda,
    lambdaBias: spec.biases ? spec.lambdaBias : null,
    mean,
    ratings,
    testRatings: test?.user.length ?? 0,
    validationRatings: validation?.user.length ?? 0,
    convention:
      'trainRmse = error of each training rating as it was visited, before the step that it made',
  }
}

export function resultFiles(state: SgdState): ResultFile[] {
  const { rank, top, biases } = state.spec
  return factorFiles(state, { rank, top, scale: state.scale, hasBiases: biases })
}
