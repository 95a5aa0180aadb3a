import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { decreaseAlong, lineSearch, subspaceSearch, unionOf } from './lineSearch.ts'

const problem = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  size: fc.integer({ min: 1, max: 12 }),
  threshold: fc.double({ min: 0, max: 5, noNaN: true }),
})

function draw({ seed, size }: { seed: number; size: number }) {
  const random = seededRandom(seed)
  const values = (): Float64Array =>
    Float64Array.from({ length: size }, () => (random.below(4) === 0 ? 0 : random.normal()))
  return { random, coefficients: values(), change: values() }
}

describe('lineSearch', () => {
  it('finds the minimum: no point of a fine grid is better', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const { random, coefficients, change } = draw(p)
        const q = 0.1 + random.next()
        const b = 3 * random.normal()
        const at = (t: number): number => decreaseAlong(t, q, b, p.threshold, coefficients, change)
        const best = at(lineSearch(q, b, p.threshold, coefficients, change))
        for (let t = -40; t <= 40; t += 0.01) if (at(t) > best + 1e-9) return false
        return best >= -1e-12
      }),
      { numRuns: 200 },
    )
  })

  it('lands exactly on a breakpoint that sets a coefficient to zero', () => {
    expect(lineSearch(1, 1, 100, [2], [-1])).toBe(2)
  })

  it('goes back where the slope asks for it, and stays in the corner of a coefficient at zero', () => {
    expect(lineSearch(1, -1, 100, [2], [1])).toBe(-2)
    expect(lineSearch(2, -6, 1, [-5], [1])).toBe(-2.5)
    expect(lineSearch(1, 0.5, 1, [0], [1])).toBe(0)
    expect(lineSearch(1, 3, 1, [0], [1])).toBe(2)
  })

  it('stays where it is when nothing can move', () => {
    expect(lineSearch(0, 0, 1, [1, 2], [0, 0])).toBe(0)
  })
})

describe('subspaceSearch', () => {
  it('never raises the objective, however bad the directions', () => {
    fc.assert(
      fc.property(problem, fc.integer({ min: 1, max: 4 }), (p, count) => {
        const { random } = draw(p)
        const ridge = random.below(2) * 2
        const n = 6
        const d = p.size
        const x = Array.from({ length: d }, () =>
          Float64Array.from({ length: n }, () => random.normal()),
        )
        const y = Float64Array.from({ length: n }, () => random.normal())
        const beta = Float64Array.from({ length: d }, () => random.normal())
        const fitOf = (b: ArrayLike<number>): Float64Array =>
          y.map((_, i) => x.reduce((sum, column, j) => sum + column[i]! * b[j]!, 0))
        const fit = fitOf(beta)
        const residual = y.map((v, i) => v - fit[i]!)
        const directions = Array.from({ length: count }, () => {
          const change = Float64Array.from({ length: d }, () => 10 * random.normal())
          return { index: Uint32Array.from(change.keys()), change, fit: fitOf(change) }
        })
        const objective = (b: Float64Array): number => {
          const f = fitOf(b)
          const loss = y.reduce((sum, v, i) => sum + 0.5 * (v - f[i]!) ** 2, 0)
          const l2 = 0.5 * ridge * b.reduce((sum, v) => sum + v * v, 0)
          return loss + p.threshold * b.reduce((sum, v) => sum + Math.abs(v), 0) + l2
        }
        const alpha = subspaceSearch(directions, residual, null, beta, p.threshold, 0, ridge)
        const at = (a: ArrayLike<number>): number =>
          objective(
            beta.map((b, j) => directions.reduce((sum, dir, k) => sum + a[k]! * dir.change[j]!, b)),
          )
        const best = at(alpha)
        // With one direction the minimum is exact, but that a step of 1 may cost a hundredth of it.
        const gain = objective(beta) - best
        if (count === 1 && Math.abs(alpha[0]!) < 10)
          for (let t = -9; t <= 9; t += 0.02)
            if (objective(beta) - at([t]) > 1.011 * gain + 1e-9) return false
        return best <= objective(beta) * (1 + 1e-12)
      }),
      { numRuns: 200 },
    )
  })
})

describe('unionOf', () => {
  it('names every variable once, ascending, and finds each direction’s again', () => {
    const directions = [[7, 3, 9], [], [3, 4]].map((each) => ({ index: Uint32Array.from(each) }))
    const { index, places } = unionOf(directions)
    expect([...index]).toEqual([3, 4, 7, 9])
    expect(places.map((place) => [...place])).toEqual([[2, 0, 3], [], [0, 1]])
  })
})
