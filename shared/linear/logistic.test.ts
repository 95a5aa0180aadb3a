/** The logistic datafit against finite differences, its intercept, its dual, and the measures of two classes. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random.ts'
import { auc, corners, rocCurve } from './auc.ts'
import { logistic } from './logistic.ts'

function problem(seed: number, intercept: boolean) {
  const random = seededRandom(seed)
  const n = 30
  const target = Float64Array.from({ length: n }, () => random.below(2))
  target.set([0, 1])
  const weights = Float64Array.from({ length: n }, (_, i) => (i % 7 === 3 ? 0 : 2 * random.next()))
  const fit = Float64Array.from({ length: n }, () => 3 * random.normal())
  return { given: logistic.open(target, weights, intercept), fit, weights, n }
}

const SEEDS = [1, 2, 3, 4]

describe.each(SEEDS)('the logistic datafit (seed %i)', (seed) => {
  it('has residuals and curvature that finite differences confirm', () => {
    const { given, fit, weights, n } = problem(seed, false)
    const r = new Float64Array(n)
    const scratch = new Float64Array(n)
    logistic.evaluate(given, fit, 0, r)
    const h = logistic.curvature(given, r)!
    const lossAt = (i: number, by: number): number => {
      const moved = fit.slice()
      moved[i]! += by
      return logistic.evaluate(given, moved, 0, scratch).loss
    }
    for (let i = 0; i < n; i++) {
      const slope = (lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5
      expect(slope).toBeCloseTo(-weights[i]! * r[i]!, 7)
      const bend = (lossAt(i, 1e-3) - 2 * lossAt(i, 0) + lossAt(i, -1e-3)) / 1e-6
      expect(Math.abs(bend - h[i]!)).toBeLessThan(1e-5 * weights[i]! + 1e-7)
      expect(h[i]!).toBeLessThanOrEqual(logistic.smoothness * weights[i]!)
    }
  })

  it('finds the intercept from anywhere, also far away', () => {
    const { given, fit, weights, n } = problem(seed, true)
    const r = new Float64Array(n)
    const best = logistic.evaluate(given, fit, 0, r)
    const slope = r.reduce((sum, v, i) => sum + weights[i]! * v, 0)
    expect(Math.abs(slope)).toBeLessThan(1e-12)
    for (const start of [-300, -4, 0.1, 25, 700])
      expect(logistic.evaluate(given, fit, start, r).intercept).toBeCloseTo(best.intercept, 9)
    for (const off of [-0.1, 0.1]) {
      const moved = fit.map((f) => f + best.intercept + off)
      expect(logistic.evaluate({ ...given, intercept: false }, moved, 0, r).loss).toBeGreaterThan(
        best.loss,
      )
    }
  })

  it('has a dual that never exceeds the loss, and meets it at scale 1 where the gradient is 0', () => {
    const { given, n } = problem(seed, true)
    const r = new Float64Array(n)
    const { loss } = logistic.evaluate(given, new Float64Array(n), 0, r)
    expect(logistic.dual(given, r, 1, 0).value).toBeCloseTo(loss, 9)
    expect(loss).toBeCloseTo(logistic.nullLoss(given), 9)
    for (const limit of [0, 0.3, 0.9, 5])
      expect(logistic.dual(given, r, limit, 0.5).value).toBeLessThanOrEqual(loss + 1e-9)
  })

  it('does not overflow', () => {
    const { given, n } = problem(seed, true)
    const r = new Float64Array(n)
    const huge = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1e4 : -1e4))
    const { loss, intercept } = logistic.evaluate(given, huge, 0, r)
    expect(Number.isFinite(loss) && Number.isFinite(intercept)).toBe(true)
    expect(logistic.curvature(given, r)!.every((h, i) => h > 0 || given.weights![i] === 0)).toBe(
      true,
    )
  })
})

describe('the ROC curve', () => {
  const rows = Uint32Array.of(0, 1, 2, 3, 4, 5)
  it('counts the pairs that are in order, ties half', () => {
    const target = Float64Array.of(0, 0, 1, 1, 0, 1)
    const scores = Float64Array.of(1, 2, 2, 3, 0, 4)
    let pairs = 0
    for (const i of rows)
      for (const j of rows)
        if (target[i] === 1 && target[j] === 0)
          pairs += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0
    expect(auc(target, scores, rows)).toBeCloseTo(pairs / 9, 12)
    const curve = rocCurve(target, scores, rows)
    expect(curve[0]).toMatchObject({ falsePositiveRate: 0, truePositiveRate: 0 })
    expect(curve.at(-1)).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 })
    // 4 and 3 are ones, 2 is one of each, the rest zeros: up, across both, to the end.
    expect(corners(curve).map((point) => point.score)).toEqual([Infinity, 3, 2, 0])
  })
  it('is not defined for one class', () => {
    expect(auc(new Float64Array(6), new Float64Array(6), rows)).toBeNaN()
  })
})
