/** The generator: one seed, one run; and the shapes its numbers should have. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'

const DRAWS = 200_000

describe('seededRandom', () => {
  it('repeats itself for a seed, and differs between neighbours', () => {
    const take = (seed: number) => Array.from({ length: 8 }, seededRandom(seed).u32)
    expect(take(7)).toEqual(take(7))
    expect(take(7)).not.toEqual(take(8))
    expect(new Set([...Array(1000).keys()].map((seed) => take(seed)[0])).size).toBe(1000)
  })

  it('makes a double of the upper 27 and 26 bits of two draws', () => {
    const a = seededRandom(3)
    const b = seededRandom(3)
    for (let i = 0; i < 100; i++)
      expect(a.next()).toBe((b.u32() >>> 5) / 2 ** 27 + (b.u32() >>> 6) / 2 ** 53)
  })

  it('is uniform: χ² over 100 cells stays near 99', () => {
    const random = seededRandom(1)
    const counts = new Float64Array(100)
    for (let i = 0; i < DRAWS; i++) counts[random.below(100)]!++
    const expected = DRAWS / 100
    const chi2 = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0)
    // Mean 99, standard deviation √198 ≈ 14: five of them.
    expect(Math.abs(chi2 - 99)).toBeLessThan(70)
  })

  it('gives 0 ≤ next < 1 and 0 ≤ below < bound', () => {
    const random = seededRandom(2)
    for (let i = 0; i < 10_000; i++) {
      const x = random.next()
      expect(x >= 0 && x < 1).toBe(true)
      const k = random.below(3)
      expect(k === 0 || k === 1 || k === 2).toBe(true)
    }
  })

  it('has normal moments', () => {
    const random = seededRandom(4)
    const x = Float64Array.from({ length: DRAWS }, () => random.normal())
    const moment = (p: number) => x.reduce((sum, v) => sum + v ** p, 0) / DRAWS
    // Five standard errors of each: √(1/N), √(2/N), √(15/N), √(96/N).
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / DRAWS))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / DRAWS))
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / DRAWS))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / DRAWS))
  })
})
