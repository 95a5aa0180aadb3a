/**
 * Lasso data sets with known optima, for checks and benches. Only the first is shipped; the others
 * may not be, and are looked for in a folder of their own: SHOAL_DATA, or ../shared/data.
 *
 * Objective: 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁, λ = ratio · λmax.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectDir = fileURLToPath(new URL('..', import.meta.url))
export const sharedDataDir = process.env.SHOAL_DATA ?? join(projectDir, '../shared/data')

export interface Reference {
  ratio: number
  objective: number
  /** Asked of the duality gap, relative to ½‖y − ȳ‖²/n. */
  tol: number
  /** Coefficients of the optimum that are not zero; near enough for the genotypes. */
  nonZeros: number
  /** How far from the reference the objective may be, relative to it. */
  objectiveTol: number
}

export interface LassoSet {
  /** Of the app; the lasso where nothing is said. */
  app?: 'logistic'
  name: string
  /** Absolute paths. */
  data: string
  target: string | null
  flags: readonly string[]
  lambdaMax: number
  references: readonly Reference[]
}

const at = (
  ratio: number,
  objective: number,
  nonZeros: number,
  tol = 1e-6,
  objectiveTol = 1e-6,
): Reference => ({ ratio, objective, nonZeros, tol, objectiveTol })

const shared = (path: string): string => join(sharedDataDir, 'lasso', path)

export const leukemia: LassoSet = {
  name: 'leukemia',
  data: join(projectDir, 'public/data/leukemia/X.npy.gz'),
  target: join(projectDir, 'public/data/leukemia/y.csv'),
  flags: [],
  lambdaMax: 0.755911864,
  references: [at(0.1, 0.1212649527, 36), at(0.01, 0.0145103722, 69)],
}

export const newsgroups: LassoSet = {
  name: 'newsgroups',
  data: shared('newsgroups/train.svm.gz'),
  target: null,
  flags: ['--no-intercept', '--no-standardize'],
  lambdaMax: 0.006670925,
  references: [at(0.1, 0.3361798515, 148), at(0.01, 0.1495779342, 1751)],
}

/** At 0.01 λmax minutes of work for the best native solvers: certified to 1e-4 here. */
export const genotypes: LassoSet = {
  name: 'genotypes',
  data: shared('genotypes/X.npy.gz'),
  target: shared('genotypes/y.csv'),
  flags: [],
  lambdaMax: 0.150353201,
  references: [at(0.1, 0.3468585538, 470), at(0.01, 0.10610033, 1590, 1e-4, 1e-4)],
}

export const isPresent = (set: LassoSet): boolean => existsSync(set.data)

/** The arguments of `shoal run` for one reference. */
export function runArguments(
  set: LassoSet,
  { ratio, tol }: Pick<Reference, 'ratio' | 'tol'>,
): string[] {
  return [
    set.app ?? 'lasso',
    ...['--data', set.data],
    ...(set.target === null ? [] : ['--target', set.target]),
    ...['--lambda-ratio', String(ratio), '--tol', String(tol)],
    ...set.flags,
  ]
}
