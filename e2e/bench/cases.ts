/**
 * What is compared: an app on a data set. Real sets are read where they lie; generated ones are
 * written to dist/bench/data on first use, from a fixed seed.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  genotypes,
  type LassoSet,
  leukemia,
  newsgroups,
  projectDir,
  sharedDataDir,
} from '../lassoSets.ts'
import { writeGenotypes } from './generate/genotypes.ts'
import { writeRatings } from './generate/ratings.ts'
import { writeSparse } from './generate/sparse.ts'
import type { AppName } from './options.ts'

/** Small: seconds for all programs. Paper: the sizes of the STRADS papers; minutes. */
type Size = 'small' | 'large' | 'paper'

interface Common {
  readonly set: string
  readonly size: Size
  /** Of `shoal run <app>`, the data included. */
  readonly arguments: readonly string[]
  /** Files that must be there, or what writes them. */
  readonly files: readonly string[]
  readonly make?: () => Promise<void>
}

/** A convex problem: programs are compared at the same duality gap. */
export interface LinearCase extends Common {
  readonly app: 'lasso' | 'logistic'
  readonly data: string
  readonly target: string | null
  readonly standardize: boolean
  readonly intercept: boolean
  /** λ / λmax. */
  readonly ratio: number
  /** Duality gap relative to ½‖y − ȳ‖²/n (lasso) or to the loss at β = 0 (logistic). */
  readonly tol: number
}

/** No certificate: what is compared is a quality of the result, and the time. */
export interface QualityCase extends Common {
  readonly app: 'mf' | 'lda' | 'svm'
  /** Field of `shoal run --json`. */
  readonly quality: string
}

export type Case = LinearCase | QualityCase

export const isLinear = (each: Case): each is LinearCase =>
  each.app === 'lasso' || each.app === 'logistic'

const tol = 1e-6
const made = (name: string): string => join(projectDir, 'dist/bench/data', name)

function linear(
  app: LinearCase['app'],
  from: Pick<LassoSet, 'name' | 'data' | 'target' | 'flags'>,
  ratio: number,
  size: Size,
  make?: () => Promise<void>,
): LinearCase {
  const { name, data, target, flags } = from
  const files = [data, ...(target === null ? [] : [target])]
  return {
    ...{ set: name, app, size, ratio, tol, data, target, files },
    standardize: !flags.includes('--no-standardize'),
    intercept: !flags.includes('--no-intercept'),
    arguments: [
      ...['--data', data, ...(target === null ? [] : ['--target', target])],
      ...['--lambda-ratio', String(ratio), '--tol', String(tol), ...flags],
    ],
    ...(make && { make }),
  }
}

/** Logistic references have no intercept; liblinear would penalise one. */
const plain = (set: LassoSet): LassoSet => ({
  ...set,
  flags: [...new Set([...set.flags, '--no-intercept'])],
})

/** 450 × 10⁶, 25 non-zeros a column, neighbours correlated 9 times in 10 (the STRADS papers). */
const sap = { name: 'sap', data: made('sap.mtx'), target: made('sap-y.csv'), flags: [] }
/** 463 × 509 000 genotypes, the shape of the papers' Alzheimer data. */
const snps = { name: 'snps', data: made('snps.npy'), target: made('snps-y.csv'), flags: [] }

const makeSap = (): Promise<void> =>
  writeSparse({ path: sap.data, targetPath: sap.target, rows: 450, columns: 1_000_000, seed: 1 })
const makeSnps = (): Promise<void> =>
  writeGenotypes({ path: snps.data, targetPath: snps.target, rows: 463, columns: 509_000, seed: 1 })

const shared = (path: string): string => join(sharedDataDir, path)

function quality(
  app: QualityCase['app'],
  set: string,
  size: Size,
  field: string,
  args: readonly string[],
  make?: () => Promise<void>,
): QualityCase {
  const files = args.filter((arg) => arg.startsWith('/'))
  return { app, set, size, quality: field, arguments: args, files, ...(make && { make }) }
}

const movies = [
  ...['--data', join(projectDir, 'public/data/movietweetings/train.csv.gz')],
  ...['--test', join(projectDir, 'public/data/movietweetings/test.csv.gz')],
]
/** 10⁷ ratings, power laws on both sides. */
const ratings = made('ratings.csv')
const makeRatings = async (): Promise<void> => {
  await writeRatings({ path: ratings, users: 200_000, items: 20_000, ratings: 1e7, seed: 1 })
}
const posts = [
  ...['--data', shared('lda/newsgroups/docword.txt.gz')],
  ...['--vocab', shared('lda/newsgroups/vocab.txt')],
]

export const CASES: readonly Case[] = [
  linear('lasso', leukemia, 0.1, 'small'),
  linear('lasso', leukemia, 0.01, 'small'),
  linear('lasso', newsgroups, 0.1, 'small'),
  linear('lasso', newsgroups, 0.01, 'large'),
  linear('lasso', genotypes, 0.1, 'large'),
  linear('lasso', genotypes, 0.01, 'large'),
  linear('lasso', sap, 0.1, 'paper', makeSap),
  linear('lasso', sap, 0.01, 'paper', makeSap),
  linear('lasso', snps, 0.1, 'paper', makeSnps),
  linear('lasso', snps, 0.01, 'paper', makeSnps),
  linear('logistic', plain(leukemia), 0.1, 'small'),
  linear('logistic', plain(leukemia), 0.01, 'small'),
  linear('logistic', plain(newsgroups), 0.01, 'large'),
  quality('mf', 'movietweetings', 'small', 'testRmse', [...movies, '--rank', '32']),
  quality(
    'mf',
    'ratings',
    'paper',
    'testRmse',
    [
      ...['--data', ratings, '--holdout', '0.1', '--seed', '1'],
      ...['--rank', '32', '--sweeps', '10'],
    ],
    makeRatings,
  ),
  quality('svm', 'newsgroups', 'large', 'primal', ['--data', newsgroups.data, '--tol', '1e-3']),
  quality('lda', 'newsgroups', 'large', 'logLikelihoodPerToken', [
    ...posts,
    ...['--topics', '100', '--sweeps', '50'],
  ]),
]

export const labelOf = (each: Case): string =>
  isLinear(each) ? `${each.app} ${each.set} ${each.ratio}` : `${each.app} ${each.set}`

/** Of the cases that were asked for, those whose data is there or can be made. */
export function chooseCases(asked: {
  apps: readonly AppName[]
  sets: readonly string[]
  quick: boolean
}): { cases: Case[]; missing: Case[] } {
  const wanted = CASES.filter(
    ({ app, set, size }) =>
      asked.apps.includes(app) &&
      (asked.sets.length === 0 || asked.sets.includes(set)) &&
      (!asked.quick || size === 'small'),
  )
  const isThere = ({ files, make }: Case): boolean => !!make || files.every((f) => existsSync(f))
  return {
    cases: wanted.filter(isThere),
    missing: wanted.filter((each) => !isThere(each)),
  }
}

/** Write the data of a case unless it is there. */
export async function provide({ files, make }: Case): Promise<void> {
  if (!make || files.every((file) => existsSync(file))) return
  mkdirSync(join(projectDir, 'dist/bench/data'), { recursive: true })
  await make()
}
