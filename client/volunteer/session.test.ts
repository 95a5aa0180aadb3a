import { describe, expect, test } from 'vitest'
import type { LeaseHead } from '../../shared/protocol.ts'
import { openSession, pending, type Session, type SessionEvent, step } from './session.ts'

const head = (lease: number, deadlineMs = 1_000): LeaseHead => ({
  lease,
  job: 'job-1',
  app: 'lasso',
  shards: [],
  deadlineMs,
})
const frame = new ArrayBuffer(8)
const delta = new ArrayBuffer(16)

function leased(lease: number, nowMs = 0): SessionEvent {
  return { type: 'leased', nowMs, head: head(lease), frame, refuse: null }
}

/** A session with leases 1 (delivering), 2 (running) and 3 (queued). */
function busy(): Session {
  const session = openSession()
  step(session, { type: 'connected', nowMs: 0 })
  for (const lease of [1, 2, 3]) step(session, leased(lease))
  step(session, { type: 'started', nowMs: 10, lease: 1 })
  step(session, { type: 'computed', nowMs: 20, lease: 1, frame: delta })
  step(session, { type: 'started', nowMs: 30, lease: 2 })
  return session
}

describe('a lease', () => {
  test('is computed, delivered and settled', () => {
    const session = openSession()
    step(session, { type: 'connected', nowMs: 0 })
    expect(step(session, leased(1))).toEqual([{ type: 'compute', head: head(1), frame }])
    step(session, { type: 'started', nowMs: 1, lease: 1 })
    expect(step(session, { type: 'computed', nowMs: 2, lease: 1, frame: delta })).toEqual([
      { type: 'deliver', lease: 1, frame: delta },
    ])
    expect(pending(session)).toBe(1)
    const verdict = { accepted: true, updates: 12 } as const
    step(session, { type: 'answered', nowMs: 3, lease: 1, verdict })
    step(session, { type: 'answered', nowMs: 4, lease: 1, verdict })
    expect(session).toMatchObject({ blocks: 1, refused: 0 })
    expect(session.leases.size).toBe(0)
  })

  test('granted twice is computed once', () => {
    const session = busy()
    expect(step(session, leased(3))).toEqual([])
  })

  test('that the server refuses is dropped, and the reason is kept for the person', () => {
    const session = busy()
    const verdict = { accepted: false, reason: 'expired', detail: 'too late' } as const
    step(session, { type: 'answered', nowMs: 50, lease: 1, verdict })
    expect(session).toMatchObject({ blocks: 0, refused: 1, lastRefusal: { reason: 'expired' } })
    expect(pending(session)).toBe(0)
  })

  test('that arrives while the tab pauses goes straight back', () => {
    const session = openSession()
    step(session, { type: 'connected', nowMs: 0 })
    const refuse = { reason: 'hidden', detail: 'the tab is hidden' } as const
    expect(step(session, { type: 'leased', nowMs: 0, head: head(9), frame, refuse })).toEqual([
      { type: 'handBack', failed: { lease: 9, ...refuse } },
    ])
    expect(session.leases.size).toBe(0)
  })

  test('that breaks is handed back with its reason', () => {
    const event = { reason: 'kernel-error', detail: 'x'.repeat(900) } as const
    const effects = step(busy(), { type: 'broke', nowMs: 40, lease: 2, ...event })
    expect(effects).toEqual([
      { type: 'handBack', failed: { lease: 2, reason: 'kernel-error', detail: 'x'.repeat(500) } },
    ])
  })
})

describe('connection', () => {
  test('after a reconnect, deltas without a verdict are sent again and queued leases go back', () => {
    const session = busy()
    expect(step(session, { type: 'disconnected', nowMs: 100 })).toEqual([])
    expect(step(session, { type: 'connected', nowMs: 5_000 })).toEqual([
      { type: 'cancel', lease: 3 },
      {
        type: 'handBack',
        failed: { lease: 3, reason: 'stopped', detail: 'the connection was lost' },
      },
      { type: 'deliver', lease: 1, frame: delta },
    ])
  })

  test('a delta that is ready while offline waits for the connection', () => {
    const session = busy()
    step(session, { type: 'disconnected', nowMs: 100 })
    expect(step(session, { type: 'computed', nowMs: 200, lease: 2, frame: delta })).toEqual([])
    const effects = step(session, { type: 'connected', nowMs: 300 })
    expect(effects.filter((effect) => effect.type === 'deliver')).toHaveLength(2)
    step(session, { type: 'disconnected', nowMs: 400 })
    const again = step(session, { type: 'connected', nowMs: 500 })
    expect(again.map((effect) => effect.type)).toEqual(['deliver', 'deliver'])
  })

  test('offline, nobody is told about broken or stopped leases', () => {
    const session = busy()
    step(session, { type: 'disconnected', nowMs: 100 })
    const why = { reason: 'stopped', detail: '' } as const
    expect(step(session, { type: 'halted', nowMs: 110, why })).toEqual([
      { type: 'cancel', lease: 3 },
    ])
  })
})

describe('ending', () => {
  test('stopping hands back what is queued; what runs may finish', () => {
    const session = busy()
    const why = { reason: 'stopped', detail: 'stopped by the person' } as const
    expect(step(session, { type: 'halted', nowMs: 50, why })).toEqual([
      { type: 'cancel', lease: 3 },
      { type: 'handBack', failed: { lease: 3, ...why } },
    ])
    expect([...session.leases.keys()]).toEqual([1, 2])
  })

  test('a revoked lease is dropped: at once when queued, after the kernel when running', () => {
    const session = busy()
    expect(step(session, { type: 'revoked', nowMs: 50, lease: 3 })).toEqual([
      { type: 'cancel', lease: 3 },
    ])
    expect(step(session, { type: 'revoked', nowMs: 50, lease: 2 })).toEqual([])
    expect(step(session, { type: 'computed', nowMs: 60, lease: 2, frame: delta })).toEqual([])
    expect([...session.leases.keys()]).toEqual([1])
  })

  test('a queued lease past its deadline is dropped without a word', () => {
    const session = busy()
    expect(step(session, { type: 'tick', nowMs: 1_000 })).toEqual([])
    expect(step(session, { type: 'tick', nowMs: 1_001 })).toEqual([{ type: 'cancel', lease: 3 }])
    expect(step(session, { type: 'tick', nowMs: 400_000 })).toEqual([])
    expect([...session.leases.keys()]).toEqual([2])
  })
})
