/**
 * One suite, many implementations: every kernel of every app against its reference push, on random
 * problems. Floats agree within tolerances that each problem derives from its own arithmetic.
 *
 * Pure, so that a tab can test a kernel on its own machine as a test does (client/backends).
 */

import { linearProblems } from '../linear/problems.ts'
import { type Random, seededRandom } from '../random.ts'
import { openShard } from '../shard.ts'
import { type Arrays, typeOf } from '../wire.ts'
import type { Kernel } from './kernel.ts'
import { ldaProblems } from './lda/problems.ts'
import { mfProblems } from './mf/problems.ts'
import { sgdProblems } from './mfsgd/problems.ts'
import type { Problem } from './problem.ts'
import { svmProblems } from './svm/problems.ts'

/** Problems of each app; adding an app adds one line. */
export const problems: Readonly<Record<string, (random: Random) => Generator<Problem>>> = {
  lasso: linearProblems,
  lda: ldaProblems,
  logistic: linearProblems,
  mf: mfProblems,
  mfsgd: sgdProblems,
  svm: svmProblems,
}

/** A push from bytes to delta: a backend that has been handed its shards. */
export type Candidate = (lease: Arrays, shards: readonly Uint8Array[]) => Arrays

/** The first thing wrong with a candidate on a problem, or null. */
export function disagreement(
  kernel: Kernel,
  problem: Problem,
  candidate: Candidate,
): string | null {
  const want = kernel.push(problem.lease, problem.shards.map(openShard))
  const got = candidate(problem.lease, problem.shards)
  for (const { name, type } of kernel.buffers.delta) {
    const mine = got[name]
    const theirs = want[name]!
    if (!mine || typeOf(mine) !== type) return `${name} is missing or not ${type}`
    if (mine.length !== theirs.length)
      return `${name} has length ${mine.length} instead of ${theirs.length}`
    for (let k = 0; k < mine.length; k++) {
      const tolerance = problem.tolerance[name]!(k, theirs[k]!)
      if (!(Math.abs(mine[k]! - theirs[k]!) <= tolerance))
        return `${name}[${k}] is ${mine[k]} instead of ${theirs[k]} ± ${tolerance}`
    }
  }
  return null
}

/** All problems of an app from one seed; a line for each failure, so an empty list is a pass. */
export function conform(kernel: Kernel, candidate: Candidate, seed = 1): string[] {
  const failures: string[] = []
  for (const problem of problems[kernel.app]!(seededRandom(seed))) {
    const wrong = disagreement(kernel, problem, candidate)
    if (wrong) failures.push(`${problem.name} (seed ${seed}): ${wrong}`)
  }
  return failures
}
