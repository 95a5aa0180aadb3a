import { expect, test } from 'vitest'
import { keepEveryMs, LINE_MS, LinePace } from './linePace.ts'

test.each([
  ['40 minutes', 40 * 60e3, 9_600, 9_600],
  ['a day', 24 * 3600e3, 40_000, 50_000],
  ['a month', 30 * 24 * 3600e3, 70_000, 90_000],
])('a run of %s keeps no more lines than one can read', (_name, endMs, least, most) => {
  let kept = 0
  for (let atMs = 0, lastMs = 0; atMs < endMs; atMs += LINE_MS) {
    if (atMs < lastMs + keepEveryMs(atMs)) continue
    lastMs = atMs
    kept++
  }
  expect(kept).toBeGreaterThanOrEqual(least - 1)
  expect(kept).toBeLessThanOrEqual(most)
})

test('the first line of a phase is shown soon, the others when a person can follow', () => {
  const pace = new LinePace(Number.NEGATIVE_INFINITY)
  const isDue = (phase: string, nowMs: number) => pace.isDue({ phase, atMs: nowMs }, nowMs)
  expect(isDue('epoch 1', 0)).toBe(true)
  expect(isDue('epoch 1', 240)).toBe(false)
  expect(isDue('epoch 1', 250)).toBe(true)
  expect(isDue('epoch 2', 260)).toBe(false)
  expect(isDue('epoch 2', 270)).toBe(true)
  expect(isDue('epoch 2', 500)).toBe(false)
})
