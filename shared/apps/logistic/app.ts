/** Sparse logistic regression: the log-loss of two classes and an elastic-net penalty, solved by shared/linear. */
import { linearApp } from '../../linear/app.ts'
import { logistic as datafit } from '../../linear/logistic.ts'
import { flags } from './flags.ts'
import { respond } from './labels.ts'
import { resultFiles, summarise } from './results.ts'
import { type LogisticSpec, specSchema } from './spec.ts'

export const logistic = linearApp<LogisticSpec>({
  name: 'logistic',
  title: 'Logistic regression',
  purpose: 'Finds the few measurements that tell two classes apart.',
  spec: specSchema,
  summaryLine: 'minimise 1/n Σ log(1 + exp(−y(β₀ + xβ))) + λ‖β‖₁ for two classes y = ±1',
  flags,
  datafit,
  respond,
  summary: summarise,
  results: resultFiles,
})
