import { describe, expect, test } from 'vitest'
import {
  CLEAR_MS,
  nextCheckMs,
  noPauses,
  observe,
  override,
  pauseCause,
  restMs,
  type Sensed,
} from './throttle.ts'

const clear: Sensed = { user: false, battery: false, 'save-data': false, hidden: false }

describe('duty cycle', () => {
  test.each([
    [100, 0],
    [50, 200],
    [20, 800],
    [10, 1800],
  ])('at %i %%, 200 ms of work are followed by %i ms of rest', (duty, rest) => {
    expect(restMs(200, duty)).toBeCloseTo(rest)
  })

  test('a duty outside the range is taken to its nearest end', () => {
    expect(restMs(100, 0)).toBe(restMs(100, 10))
    expect(restMs(100, 400)).toBe(0)
  })
})

describe('pauses', () => {
  test('a cause pauses at once and clears only after it has been gone for a while', () => {
    let pauses = observe(noPauses, { ...clear, battery: true }, 0)
    expect(pauseCause(pauses)).toBe('battery')
    pauses = observe(pauses, clear, 1_000)
    expect(pauseCause(pauses)).toBe('battery')
    expect(nextCheckMs(pauses, 1_000)).toBe(CLEAR_MS.battery)
    pauses = observe(pauses, clear, 1_000 + CLEAR_MS.battery - 1)
    expect(pauseCause(pauses)).toBe('battery')
    pauses = observe(pauses, clear, 1_000 + CLEAR_MS.battery)
    expect(pauseCause(pauses)).toBeNull()
    expect(nextCheckMs(pauses, 9_000)).toBeNull()
  })

  test('a cause that comes back while clearing starts its wait anew', () => {
    let pauses = observe(noPauses, { ...clear, hidden: true }, 0)
    pauses = observe(pauses, clear, 100)
    pauses = observe(pauses, { ...clear, hidden: true }, 900)
    pauses = observe(pauses, clear, 1_200)
    expect(pauseCause(observe(pauses, clear, 1_300))).toBe('hidden')
    expect(pauseCause(observe(pauses, clear, 2_200))).toBeNull()
  })

  test('the first cause in order is the one shown; overriding it shows the next', () => {
    let pauses = observe(noPauses, { ...clear, battery: true, hidden: true }, 0)
    expect(pauseCause(pauses)).toBe('battery')
    pauses = override(pauses, 'battery')
    expect(pauseCause(pauses)).toBe('hidden')
  })

  test('an override ends with its cause', () => {
    let pauses = override(observe(noPauses, { ...clear, battery: true }, 0), 'battery')
    expect(pauseCause(pauses)).toBeNull()
    pauses = observe(pauses, clear, 1_000)
    pauses = observe(pauses, clear, 10_000)
    expect(pauses).toEqual(noPauses)
    expect(pauseCause(observe(pauses, { ...clear, battery: true }, 20_000))).toBe('battery')
  })

  test('overriding what does not hold changes nothing', () => {
    expect(override(noPauses, 'battery')).toBe(noPauses)
  })
})
