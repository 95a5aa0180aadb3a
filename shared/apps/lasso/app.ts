/** The lasso: squared errors and an ℓ1 penalty, solved by shared/linear. */
import { targetOf } from '../../labels.ts'
import { linearApp } from '../../linear/app.ts'
import { quadratic } from '../../linear/quadratic.ts'
import { flags } from './flags.ts'
import { resultFiles, summarise } from './results.ts'
import { type LassoSpec, specSchema } from './spec.ts'

export const lasso = linearApp<LassoSpec>({
  name: 'lasso',
  title: 'Lasso regression',
  purpose: 'Finds the few measurements that explain an outcome.',
  spec: specSchema,
  summaryLine: 'minimise 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁',
  flags,
  datafit: quadratic,
  respond: (_spec, dataset) => ({ target: targetOf(dataset), caseWeights: null }),
  summary: summarise,
  results: resultFiles,
})
