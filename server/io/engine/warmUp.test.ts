import { expect, test } from 'vitest'
import { warmUp } from './warmUp.ts'

test('the problems of the warm-up are solved, in pieces that a job need not wait for', () => {
  let pieces = 0
  let longestMs = 0
  let sinceMs = performance.now()
  for (const _ of warmUp()) {
    longestMs = Math.max(longestMs, performance.now() - sinceMs)
    pieces++
    sinceMs = performance.now()
  }
  // Each ends by a certificate, long before its offers run out.
  expect(pieces).toBeGreaterThan(20)
  expect(pieces).toBeLessThan(2 * 60 * 2)
  expect(longestMs).toBeLessThan(2000)
})
