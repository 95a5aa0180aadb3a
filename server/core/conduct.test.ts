/** Trust: what costs it, what brings it back, and what neither does. */
import { expect, test } from 'vitest'
import { REFUSALS, type Refusal } from '../../shared/protocol.ts'
import { hasLapsed, newConduct, passTime, wasAccepted, wasRefused } from './conduct.ts'

const MINUTE_MS = 60_000

test('only what an honest tab never sends counts against it', () => {
  const wrong: readonly Refusal[] = ['malformed', 'wrong-shape', 'not-finite', 'wrong-values']
  for (const reason of REFUSALS) {
    const conduct = newConduct()
    for (let k = 0; k < 10; k++) wasRefused(conduct, reason, 0)
    expect(conduct.state, reason).toBe(wrong.includes(reason) ? 'quarantined' : 'trusted')
  }
})

test('three wrong deltas bring quarantine; good ones in between do not pay for them', () => {
  const conduct = newConduct()
  for (let k = 0; k < 2; k++) {
    expect(wasRefused(conduct, 'wrong-values', 0)).toBe(false)
    for (let good = 0; good < 199; good++) wasAccepted(conduct)
  }
  expect(conduct.state).toBe('suspected')
  expect(wasRefused(conduct, 'wrong-values', 5_000)).toBe(true)
  expect(conduct).toMatchObject({ state: 'quarantined', untilMs: 5_000 + MINUTE_MS })
})

test('an unbroken row of 200 good deltas brings trust back, strikes and all', () => {
  const conduct = newConduct()
  for (let k = 0; k < 2; k++) wasRefused(conduct, 'wrong-values', 0)
  for (let good = 0; good < 200; good++) wasAccepted(conduct)
  expect(conduct.state).toBe('trusted')
  for (let k = 0; k < 2; k++) expect(wasRefused(conduct, 'wrong-values', 0)).toBe(false)
})

test('each quarantine lasts twice as long, up to an hour, and the first lie after it brings the next', () => {
  const conduct = newConduct()
  let nowMs = 0
  const lengths: number[] = []
  for (let k = 0; k < 3; k++) wasRefused(conduct, 'not-finite', nowMs)
  for (let k = 0; k < 9; k++) {
    lengths.push((conduct.untilMs - nowMs) / MINUTE_MS)
    passTime(conduct, conduct.untilMs - 1)
    expect(conduct.state).toBe('quarantined')
    nowMs = conduct.untilMs
    passTime(conduct, nowMs)
    expect(conduct.state).toBe('suspected')
    expect(wasRefused(conduct, 'not-finite', nowMs)).toBe(true)
  }
  expect(lengths).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
})

test('leases that lapse together count once, the first is free, each further one doubles the rest', () => {
  const conduct = newConduct()
  for (let k = 0; k < 8; k++) hasLapsed(conduct, 0, 4_000)
  expect(conduct).toMatchObject({ lapses: 1, untilMs: 0 })
  const rests: number[] = []
  for (let k = 1; k <= 8; k++) {
    const grantedMs = 10_000 * k
    hasLapsed(conduct, grantedMs, grantedMs)
    rests.push(conduct.untilMs - grantedMs)
  }
  expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  wasAccepted(conduct)
  expect(conduct).toMatchObject({ lapses: 0, untilMs: 0, state: 'trusted' })
})

test('a lapse does not shorten a quarantine, nor does a delta that was on its way', () => {
  const conduct = newConduct()
  for (let k = 0; k < 3; k++) wasRefused(conduct, 'malformed', 0)
  for (let k = 1; k < 4; k++) hasLapsed(conduct, k, k)
  wasAccepted(conduct)
  expect(conduct).toMatchObject({ state: 'quarantined', untilMs: MINUTE_MS })
})
