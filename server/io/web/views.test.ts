import { expect, test } from 'vitest'
import type { RunLine } from '../../../shared/protocol.ts'
import { downSample } from './views.ts'

const line = (atMs: number): RunLine => ({
  ...{ atMs, phase: '', values: {}, leases: 0, deltas: 0, bytesDown: 0, bytesUp: 0, slots: 0 },
})

test.each([
  [0, 5, []],
  [3, 5, [0, 1, 2]],
  [5, 5, [0, 1, 2, 3, 4]],
  [11, 3, [0, 5, 10]],
  [1000, 2, [0, 999]],
  [7, 1, [6]],
])('%i lines in %i', (count, max, want) => {
  const all = Array.from({ length: count }, (_, i) => line(i))
  const { lines, total } = downSample(() => all, max)
  expect(total).toBe(count)
  expect(lines.map(({ atMs }) => atMs)).toEqual(want)
})
