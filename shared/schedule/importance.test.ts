/** The sampling law p(j) ∝ |δ_j|^power + η, without replacement. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { Importance } from './importance.ts'

/** Share of draws that fall on each variable, one draw at a time, put back after each. */
function frequencies(importance: Importance, draws: number): number[] {
  const random = seededRandom(3)
  const counts = new Array<number>(importance.length).fill(0)
  for (let k = 0; k < draws; k++) {
    const { j, weight } = importance.draw(random)!
    counts[j]!++
    importance.putBack(j, weight)
  }
  return counts.map((count) => count / draws)
}

const CHANGES = [0, 0.1, -0.5, 2, 0, 1]

describe('Importance', () => {
  it.each([1, 2] as const)('draws by |δ|^%i + η', (power) => {
    for (const eta of ['adaptive', 0, 0.3] as const) {
      const importance = new Importance(CHANGES.length, { power, eta, warmup: 0 })
      CHANGES.forEach((change, j) => {
        importance.putBack(j, importance.weigh(change))
      })
      const weights = CHANGES.map((change) => Math.abs(change) ** power)
      const mean = weights.reduce((a, b) => a + b, 0) / 4
      const floor = eta === 'adaptive' ? 0.05 * mean : eta
      const total = weights.reduce((a, b) => a + b + floor, 0)
      const want = weights.map((w) => (w + floor) / total)
      // 40 000 draws: a standard error of at most 0.0025; five of them.
      frequencies(importance, 40_000).forEach((share, j) => {
        expect(Math.abs(share - want[j]!), `variable ${j}, η ${eta}`).toBeLessThan(0.0125)
      })
    }
  })

  it('is uniform during warm-up, with power 0, and before any weight is known', () => {
    const cases = [
      { power: 1, eta: 0, warmup: 1e9 },
      { power: 0, eta: 'adaptive', warmup: 0 },
    ] as const
    for (const options of cases) {
      const importance = new Importance(5, options)
      importance.putBack(2, 1e6)
      for (const share of frequencies(importance, 20_000)) expect(share).toBeCloseTo(0.2, 1)
    }
    const fresh = new Importance(5, { power: 2, eta: 0, warmup: 0 })
    for (const share of frequencies(fresh, 20_000)) expect(share).toBeCloseTo(0.2, 1)
  })

  it('draws without replacement until the pool is empty, and what is put back can come again', () => {
    const random = seededRandom(5)
    const importance = new Importance(50, { power: 1, eta: 'adaptive', warmup: 0 })
    for (let j = 0; j < 50; j++) importance.putBack(j, j % 7 === 0 ? 1e-9 : j)
    importance.takeOut(13)
    const drawn = Array.from({ length: 49 }, () => importance.draw(random)!.j)
    expect(new Set(drawn).size).toBe(49)
    expect(drawn).not.toContain(13)
    expect(importance.draw(random)).toBeNull()
    importance.putBack(20, 0)
    expect(importance.draw(random)).toEqual({ j: 20, weight: 0 })
  })

  it('is uniform over what weighs nothing, whatever rounding has left in the sums', () => {
    const random = seededRandom(2)
    const importance = new Importance(40, { power: 1, eta: 0, warmup: 0 })
    for (let turn = 0; turn < 200; turn++) {
      for (let j = 0; j < 40; j++) importance.putBack(j, j % 3 === 0 ? random.next() * 0.1 : 0)
      const drawn = Array.from({ length: 40 }, () => importance.draw(random)!.j)
      expect(drawn.slice(0, 14).every((j) => j % 3 === 0)).toBe(true)
      expect(new Set(drawn).size).toBe(40)
    }
  })

  it('keeps its sums right over many changes of very different size', () => {
    const random = seededRandom(8)
    const importance = new Importance(30, { power: 1, eta: 0, warmup: 0 })
    for (let k = 0; k < 5_000; k++)
      importance.putBack(random.below(30), 10 ** (12 * random.next() - 6))
    for (let j = 0; j < 30; j++) importance.putBack(j, j === 11 ? 1e-6 : 0)
    for (let k = 0; k < 20; k++) {
      const { j, weight } = importance.draw(random)!
      expect({ j, weight }).toEqual({ j: 11, weight: 1e-6 })
      importance.putBack(j, weight)
    }
  })
})
