/** When a quality counts as reached, in both directions. */
import { expect, test } from 'vitest'
import { bestOf, commonTarget, type Quality, secondsTo, type Trajectory } from './quality.ts'

const rmse: Quality = { field: 'testRmse', better: 'lower', within: 0.005 }
const likelihood: Quality = { field: 'logLikelihoodPerToken', better: 'higher', within: 0.01 }
/** Falls, then overfits. */
const ours: Trajectory = [
  [1, 2],
  [2, 1.61],
  [3, 1.6],
  [4, 1.7],
]

test('the best is the best on the way, not the last', () => {
  expect(bestOf(ours, 'lower')).toBe(1.6)
  expect(bestOf(ours, 'higher')).toBe(2)
  expect(bestOf([], 'lower')).toBeNull()
})

test('two programs meet at the worse of their bests, give or take', () => {
  expect(commonTarget([1.6, 1.7], rmse)).toBeCloseTo(1.7085, 10)
  expect(commonTarget([-9, -9.5], likelihood)).toBeCloseTo(-9.595, 10)
})

test('time is that of the first point that is good enough', () => {
  expect(secondsTo(ours, 1.61, 'lower')).toBe(2)
  expect(secondsTo(ours, 1.5, 'lower')).toBeNull()
  expect(secondsTo([[5, -9.4]], -9.5, 'higher')).toBe(5)
})
