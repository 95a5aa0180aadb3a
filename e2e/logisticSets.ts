/**
 * Sets of two classes with known optima of sparse logistic regression; see lassoSets.ts.
 *
 * Objective: 1/n Σ log(1 + exp(−y xβ)) + λ‖β‖₁ without intercept, λ = ratio · λmax.
 */
import { join } from 'node:path'
import { type LassoSet, leukemia, newsgroups, type Reference, sharedDataDir } from './lassoSets.ts'

/** The gap is relative to log 2: 5e-8 of it certifies the least of these objectives to 1e-6. */
const at = (ratio: number, objective: number, nonZeros: number): Reference => ({
  ...{ ratio, objective, nonZeros, tol: 5e-8, objectiveTol: 1e-6 },
})

export const logisticSets: readonly LassoSet[] = [
  {
    ...leukemia,
    app: 'logistic',
    flags: ['--no-intercept'],
    lambdaMax: 0.377955932,
    references: [at(0.1, 0.2600916077, 19), at(0.01, 0.0461720109, 29)],
  },
  {
    app: 'logistic',
    name: 'arcene',
    data: join(sharedDataDir, 'logistic/arcene/X.npy.gz'),
    target: join(sharedDataDir, 'logistic/arcene/y.csv'),
    flags: ['--no-intercept'],
    lambdaMax: 0.23524362,
    references: [at(0.1, 0.292892895, 59), at(0.01, 0.0516154679, 75)],
  },
  {
    ...newsgroups,
    app: 'logistic',
    lambdaMax: 0.003335462,
    references: [at(0.1, 0.4940892292, 125), at(0.01, 0.205651272, 987)],
  },
]
