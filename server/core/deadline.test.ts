/** How long to wait for a volunteer: for its downloads while they last, then for its work alone. */
import { describe, expect, test } from 'vitest'
import { History } from './deadline.ts'

const WORK = 1_000_000
const RTT_MS = 20
/** 2 MB at the 125 bytes per ms that a slow line is allowed. */
const DOWNLOAD_MS = 16_000
const BYTES = 125 * DOWNLOAD_MS

/** A newcomer that is leased `BYTES` at 0 ms and settles that lease at 1000 ms. */
function newcomer(): { history: History; firstMs: number } {
  const history = new History()
  const firstMs = history.deadlineMs(WORK, RTT_MS, BYTES, 0)
  return { history, firstMs }
}
const first = { work: WORK, workDone: WORK, grantedMs: 0, nowMs: 1_000, computeMs: 10 }

describe('the download allowance', () => {
  test('is part of the lease that needs the shards, and of the ones queued behind it', () => {
    const { history, firstMs } = newcomer()
    const withoutMs = new History().deadlineMs(WORK, RTT_MS, 0, 0)
    expect(firstMs).toBe(withoutMs + DOWNLOAD_MS)
    expect(history.deadlineMs(WORK, RTT_MS, 0, 500)).toBe(withoutMs + DOWNLOAD_MS - 500)
  })

  test('ends when the lease is settled: a newcomer that then falls silent costs one short deadline', () => {
    const { history } = newcomer()
    history.settled(first)
    expect(history.deadlineMs(WORK, RTT_MS, 0, 1_000)).toBeLessThanOrEqual(4_000)
  })

  test('goes on for shards that were leased later', () => {
    const { history } = newcomer()
    const usual = newcomer().history
    history.deadlineMs(WORK, RTT_MS, BYTES / 2, 900)
    for (const either of [history, usual]) either.settled(first)
    const [aloneMs, behindMs] = [usual, history].map((h) => h.deadlineMs(WORK, RTT_MS, 0, 1_000))
    expect(behindMs! - aloneMs!).toBe(DOWNLOAD_MS / 2)
  })
})

test('speed is what was read, not what was leased; deadlines are what a lease takes', () => {
  const [early, whole] = [new History(), new History()]
  const settled = { work: WORK, grantedMs: 0, nowMs: 100, computeMs: 10 }
  early.settled({ ...settled, workDone: WORK / 50 })
  whole.settled({ ...settled, workDone: 50 * WORK }) // a lie: no more than was leased
  expect(early.workPerMs()).toBe(WORK / 50 / 10)
  expect(whole.workPerMs()).toBe(WORK / 10)
  expect(early.deadlineMs(10 * WORK, 0, 0, 0)).toBe(whole.deadlineMs(10 * WORK, 0, 0, 0))
})
