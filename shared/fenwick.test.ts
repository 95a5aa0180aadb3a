/** The Fenwick tree against sums and searches that are plain to see. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Fenwick } from './fenwick.ts'
import { seededRandom } from './random.ts'

const weight = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1000 }))

describe('Fenwick', () => {
  it('sums and finds as a plain loop does', () => {
    const sets = fc.array(fc.tuple(fc.nat(), weight), { maxLength: 60 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), sets, (length, changes) => {
        const tree = new Fenwick(length)
        for (const [k, w] of changes) tree.set(k % length, w)
        const sums = [0]
        for (const w of tree.weights) sums.push(sums.at(-1)! + w)
        // Integers: the sums are exact.
        for (let end = 0; end <= length; end++) expect(tree.sum(end)).toBe(sums[end])
        for (let u = 0; u < sums[length]!; u += Math.max(1, sums[length]! / 50)) {
          const k = tree.find(u)
          expect(sums[k]! <= u && u < sums[k + 1]!).toBe(true)
        }
        tree.rebuild()
        expect(tree.sum()).toBe(sums[length])
      }),
    )
  })

  it('never returns a weight of 0, whatever rounding has left', () => {
    const random = seededRandom(5)
    const tree = new Fenwick(37)
    for (let i = 0; i < 20_000; i++) {
      tree.set(random.below(37), random.below(3) ? 0 : 10 ** (random.below(30) - 15))
      const k = tree.find(random.next() * tree.sum())
      if (k < 0) expect(tree.weights.every((w) => w === 0)).toBe(true)
      else expect(tree.weights[k]).toBeGreaterThan(0)
    }
  })

  it('samples in proportion to the weights', () => {
    const random = seededRandom(6)
    const weights = [5, 0, 1, 3, 0, 0, 10, 0.5, 2.5]
    const tree = new Fenwick(weights.length)
    weights.forEach((w, k) => {
      tree.set(k, w)
    })
    const counts = new Float64Array(weights.length)
    const draws = 100_000
    for (let i = 0; i < draws; i++) counts[tree.find(random.next() * tree.sum())]!++
    weights.forEach((w, k) => {
      const p = w / tree.sum()
      expect(Math.abs(counts[k]! - draws * p)).toBeLessThanOrEqual(
        5 * Math.sqrt(draws * p * (1 - p)),
      )
    })
  })

  it('is empty or all zero without complaint', () => {
    expect(new Fenwick(0).find(0)).toBe(-1)
    expect(new Fenwick(0).sum()).toBe(0)
    expect(new Fenwick(5).find(0)).toBe(-1)
    expect(new Fenwick(5).find(3)).toBe(-1)
  })
})
