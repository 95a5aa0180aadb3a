/** Bounds on the load of the fullest part. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { equalCount, imbalance, lpt, prefixSums } from './balance.ts'

const works = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 80 })
const parts = fc.integer({ min: 1, max: 9 })
const ones = (count: number): number[] => new Array(count).fill(1)

function largestLoad(work: number[], part: ArrayLike<number>, count: number): number {
  const load = ones(count).map(() => 0)
  work.forEach((w, k) => {
    load[part[k]!]! += w
  })
  return Math.max(...load)
}

describe('balance', () => {
  it('LPT stays within 4/3 of the lower bound max(mean, largest, second pair)', () => {
    fc.assert(
      fc.property(works, parts, (work, count) => {
        const sorted = [...work].sort((a, b) => b - a)
        const total = work.reduce((a, b) => a + b, 0)
        const pair = work.length > count ? sorted[count - 1]! + sorted[count]! : 0
        const optimumAtLeast = Math.max(total / count, sorted[0]!, pair)
        const largest = largestLoad(work, lpt(work, ones(count)), count)
        // Graham: ≤ (4/3 − 1/3m)·OPT, and ≤ mean + largest·(1 − 1/m) whatever OPT is.
        expect(largest).toBeLessThanOrEqual(total / count + sorted[0]! * (1 - 1 / count) + 1e-9)
        if (work.length <= 2 * count)
          expect(largest).toBeLessThanOrEqual((4 / 3) * optimumAtLeast + 1e-9)
      }),
    )
  })

  it('prefix sums keep the order and overfill no part by more than the largest item', () => {
    fc.assert(
      fc.property(works, parts, (work, count) => {
        const part = prefixSums(work, ones(count))
        for (let k = 1; k < part.length; k++) expect(part[k]).toBeGreaterThanOrEqual(part[k - 1]!)
        const total = work.reduce((a, b) => a + b, 0)
        expect(largestLoad(work, part, count)).toBeLessThanOrEqual(
          total / count + Math.max(...work) + 1e-9,
        )
      }),
    )
  })

  it('gives a worker twice as fast twice the work', () => {
    const work = Array.from({ length: 600 }, (_, k) => 1 + (k % 5))
    const speeds = [1, 2, 3, 4]
    for (const rule of [prefixSums, lpt])
      expect(imbalance(work, rule(work, speeds), speeds)).toBeLessThan(1.02)
    expect(imbalance(work, equalCount(work.length, 4), speeds)).toBeGreaterThan(2)
  })

  it('of Zipf rows: LPT < prefix sums < equal count (strads.md: 1.00, 1.21, 2.43)', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = seededRandom(seed)
      const work = Array.from({ length: 16_000 }, () => Math.ceil(5 / (random.next() + 0.001)))
      work.sort((a, b) => b - a)
      const by = (rule: ArrayLike<number>): number => imbalance(work, rule, ones(32))
      const [count, prefix, longest] = [
        by(equalCount(work.length, 32)),
        by(prefixSums(work, ones(32))),
        by(lpt(work, ones(32))),
      ]
      expect(longest).toBeLessThan(1.001)
      expect(prefix).toBeLessThan(1.3)
      expect(longest).toBeLessThanOrEqual(prefix)
      expect(count).toBeGreaterThan(1.5 * prefix)
    }
  })
})
