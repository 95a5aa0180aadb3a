import { expect, test } from 'vitest'
import { TokenBucket } from './rateLimit.ts'

test('lets a burst of two seconds through, then the rate', () => {
  const bucket = new TokenBucket(10)
  const taken = (nowMs: number, tries: number): number =>
    Array.from({ length: tries }, () => bucket.take(nowMs)).filter(Boolean).length
  expect(taken(0, 50)).toBe(20)
  expect(taken(500, 50)).toBe(5)
  expect(taken(99_000, 500)).toBe(20)
  for (let k = 0; k < 3; k++) bucket.earn()
  expect(taken(99_000, 500)).toBe(3)
})
