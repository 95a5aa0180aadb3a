/**
 * What a GPU has to get right before it may compute: leases of every kind that the kernels know, small
 * and awkward. Few shapes on purpose, for each costs a compilation: on SwiftShader up to 3 s.
 */

import { problem as mfProblem, type Options } from '../../../shared/apps/mf/problems.ts'
import type { Problem } from '../../../shared/apps/problem.ts'
import { roundHalf } from '../../../shared/halves.ts'
import { type Kind, problem as scanProblem } from '../../../shared/linear/problems.ts'
import { type Random, seededRandom } from '../../../shared/random.ts'

const DENSE: Kind[] = (['u2', 'u8', 'i16', 'f32', 'f64'] as const).map((valueType) => {
  return { layout: 'dense', valueType }
})
const SPARSE: Kind[] = (['u8', 'i16', 'f32', 'f64'] as const).map((valueType) => {
  return { layout: 'sparse', valueType }
})

export function* scanTrials(random: Random = seededRandom(5)): Generator<Problem> {
  const common = { weighted: false, centred: true, scan: true, share: 0, sweepsMax: 0 }
  const all = { ...common, kinds: [...DENSE, ...SPARSE] }
  for (const [n, columnsPerShard] of [
    [1, 1],
    [131, 9],
    [258, 70],
  ] as const)
    yield scanProblem({ ...all, n, columnsPerShard }, random)
  // Rows in parts, row indices of four bytes.
  yield scanProblem({ ...all, n: 66_000, columnsPerShard: 2, weighted: true }, random)
  // The rest of a lease is SIMD's.
  yield scanProblem({ ...all, n: 45, columnsPerShard: 4, share: 0.5, sweepsMax: 3 }, random)
}

/** With factors that are halves, as the server's are. */
function inHalves(problem: Problem): Problem {
  const factors = (problem.lease.factors as Float32Array).map(roundHalf)
  return { ...problem, lease: { ...problem.lease, factors } }
}

export function* alsTrials(random: Random = seededRandom(6)): Generator<Problem> {
  const lengths = [1, 2, 3, 16, 0, 17, 64, 65, 130]
  const base: Options = { rank: 7, biases: true, valueType: 'u8', othersAll: 300, lengths }
  yield mfProblem(base, random)
  for (const valueType of ['i16', 'f32', 'f64'] as const)
    yield mfProblem({ ...base, valueType, othersAll: 70_000, weighted: true }, random)
  yield mfProblem({ ...base, rank: 20, biases: false, alpha: 40, weighted: true }, random)
  yield mfProblem({ ...base, rank: 57, lengths: [3, 200] }, random)
  // A row in parts; halves; descent.
  yield mfProblem({ ...base, othersAll: 9000, lengths: [1, 8193, 5, 4097] }, random)
  yield inHalves(mfProblem({ ...base, halves: true }, random))
  yield mfProblem({ ...base, passes: 3, weighted: true }, random)
  yield mfProblem({ ...base, passes: 2, halves: true, othersAll: 5000, lengths: [4500, 9] }, random)
}
