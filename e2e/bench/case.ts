/** What a case is: an app on a data set, how long it takes, and how its data come to be there. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from '../lassoSets.ts'
import type { Quality } from './quality.ts'

/**
 * Small: seconds for all programs. Paper: the sizes of the STRADS papers; minutes. Huge: gigabytes and
 * an hour, run only where the set is named.
 */
export type Size = 'small' | 'large' | 'paper' | 'huge'

/**
 * About how long a case takes, seconds, on two cores with every peer there: measured up to newsgroups,
 * guessed beyond. What has been run before is estimated by that instead (bench.ts).
 */
export interface Takes {
  /** To make the data, once. */
  readonly make?: number
  /** One run of every program that comes to its end, the search for tolerances included. */
  readonly round: number
  /** Programs that run until they are ended; once is enough for them. */
  readonly endless?: number
}

interface Common {
  readonly set: string
  /** What tells the cases of a set apart, as people write it. */
  readonly setting: string
  readonly size: Size
  readonly takes: Takes
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

/** A support vector machine, compared at the same gap of its primal objective, relative to that. */
export interface MarginCase extends Common {
  readonly app: 'svm'
  readonly data: string
  readonly target: null
  readonly c: number
  readonly tol: number
}

export type ConvexCase = LinearCase | MarginCase

/** No certificate: what is compared is the time to a quality. */
export interface QualityCase extends Common {
  readonly app: 'mf' | 'mfsgd' | 'lda'
  readonly quality: Quality
}

export type Case = ConvexCase | QualityCase

export const isQuality = (each: Case): each is QualityCase => 'quality' in each
export const isMargin = (each: Case): each is MarginCase => each.app === 'svm'
export const isLinear = (each: Case): each is LinearCase => 'ratio' in each

export const labelOf = ({ app, set, setting }: Case): string => `${app} ${set} ${setting}`

/** About how long a case takes with these options, seconds. */
export function secondsOf(
  { takes, files }: Case,
  { repeats, timeoutSeconds }: { repeats: number; timeoutSeconds: number },
): number {
  const { make = 0, round, endless = 0 } = takes
  const making = files.every((file) => existsSync(file)) ? 0 : make
  return making + repeats * round + endless * timeoutSeconds
}

/** Write the data of a case unless it is there. */
export async function provide({ files, make }: Case): Promise<void> {
  if (!make || files.every((file) => existsSync(file))) return
  mkdirSync(join(projectDir, 'dist/bench/data'), { recursive: true })
  await make()
}
