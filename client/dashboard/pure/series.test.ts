import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunLine } from '../../../shared/protocol.ts'
import { column, measured, positive, Rate, RunHistory } from './series.ts'

function line(atMs: number, values: Record<string, number> = {}): RunLine {
  return { atMs, phase: '', values, leases: 0, deltas: 0, bytesDown: 0, bytesUp: 0, slots: 1 }
}

const times = (history: RunHistory): number[] => history.lines.map(({ atMs }) => atMs)

describe('RunHistory', () => {
  test('keeps everything while there is room', () => {
    const history = new RunHistory(8)
    history.push([line(1), line(2), line(3)])
    expect(times(history)).toEqual([1, 2, 3])
    expect(history.total).toBe(3)
  })

  test('lines seen before are ignored, so that history and live lines may overlap', () => {
    const history = new RunHistory(8)
    history.load([line(1), line(2)], 2)
    history.push([line(1), line(2), line(3)])
    expect(times(history)).toEqual([1, 2, 3])
    expect(history.total).toBe(3)
  })

  test('is bounded, ordered, spans the run, and ends with the newest line', () => {
    const run = fc.property(
      fc.integer({ min: 4, max: 40 }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0, max: 200 }),
      (pointsMax, count, loaded) => {
        const history = new RunHistory(pointsMax)
        const all = Array.from({ length: loaded + count }, (_, i) => line(i + 1))
        history.load(all.slice(0, loaded), loaded)
        for (const next of all.slice(loaded)) history.push([next])
        const seen = times(history)
        expect(seen.length).toBeLessThanOrEqual(pointsMax)
        expect(seen.length).toBeGreaterThanOrEqual(Math.min(all.length, pointsMax / 2))
        expect(seen[0]).toBe(1)
        expect(seen.at(-1)).toBe(all.length)
        expect(seen).toEqual([...seen].sort((a, b) => a - b))
        expect(new Set(seen).size).toBe(seen.length)
        expect(history.total).toBe(all.length)
        // Even cover: no hole is wider than a few strides.
        const widest = Math.max(...seen.slice(1).map((at, i) => at - seen[i]!))
        expect(widest).toBeLessThanOrEqual(Math.max(1, (4 * all.length) / seen.length))
      },
    )
    fc.assert(run, { numRuns: 200, seed: 7 })
  })

  test('goes on as thinly as the server thinned what it sent', () => {
    const history = new RunHistory(100)
    history.load([line(10), line(20), line(30)], 30)
    for (let at = 31; at <= 50; at++) history.push([line(at)])
    expect(times(history)).toEqual([10, 20, 30, 40, 50])
    expect(history.total).toBe(50)
  })
})

test('columns leave gaps where a value is missing, and logarithms where it is not positive', () => {
  const lines = [line(1, { gap: 1 }), line(2), line(3, { gap: 0 }), line(4, { gap: Number.NaN })]
  const gaps = column(lines, (values) => values.gap)
  expect(gaps).toEqual([1, null, 0, null])
  expect(positive(gaps)).toEqual([1, null, null, null])
})

describe('Rate', () => {
  test('is the slope over the window', () => {
    const rate = new Rate(1000)
    expect(rate.perSecond).toBeNull()
    rate.push(0, 0)
    expect(rate.perSecond).toBeNull()
    for (let at = 100; at <= 5000; at += 100) rate.push(at, at < 3000 ? at : 3000 + 2 * (at - 3000))
    expect(rate.perSecond).toBeCloseTo(2000)
  })

  test('begins anew when the counter falls, and a stopped clock changes nothing', () => {
    const rate = new Rate(1000)
    rate.push(0, 50)
    rate.push(100, 60)
    rate.push(100, 60)
    expect(rate.perSecond).toBeCloseTo(100)
    rate.push(200, 3)
    expect(rate.perSecond).toBeNull()
  })
})

test('a value that is told again is no new point', () => {
  expect(measured([-9, -9, -8, -8, null, -8, -9])).toEqual([-9, null, -8, null, null, -8, -9])
})
