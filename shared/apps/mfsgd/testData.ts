/** A driver that plays the grid, for the tests of matrix factorisation by SGD; planted ratings. */
import type { Dataset } from '../../app.ts'
import type { Rating } from '../../factors/testData.ts'
import { type Driven, type DriveOptions, play } from '../../factors/testDrive.ts'
import { seededRandom } from '../../random.ts'
import { mfsgd } from './app.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import type { SgdState } from './state.ts'

/** Ratings drawn from `rank` factors and biases, with noise; a tenth of them held out. */
export function plantedRatings(
  seed: number,
  options: { users: number; items: number; each: number; rank: number; noise: number },
): { train: Rating[]; test: Rating[] } {
  const { users, items, each, rank, noise } = options
  const random = seededRandom(seed)
  const rows = (n: number) =>
    Array.from({ length: n }, () =>
      Float64Array.from({ length: rank + 1 }, () => random.normal() / rank ** 0.25),
    )
  const [w, h] = [rows(users), rows(items)]
  const [train, test]: [Rating[], Rating[]] = [[], []]
  for (let u = 0; u < users; u++) {
    const seen = new Set<number>()
    while (seen.size < each) seen.add(random.below(items))
    for (const i of seen) {
      let fit = 3 + 0.5 * (w[u]![rank]! + h[i]![rank]!)
      for (let k = 0; k < rank; k++) fit += w[u]![k]! * h[i]![k]!
      const side = random.below(10) === 0 ? test : train
      side.push([u, i, fit + noise * random.normal()])
    }
  }
  return { train, test }
}

/** Play a job to its end: `slots` leases in flight, answered in random order. */
export const drive = (
  dataset: Dataset,
  spec: Record<string, unknown>,
  options: DriveOptions<SgdState> = {},
): Driven<SgdState> => play({ app: mfsgd, push, openMemory }, dataset, spec, options)
