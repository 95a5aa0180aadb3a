import { describe, expect, test } from 'vitest'
import { NOTICES, PROTOCOL_VERSION } from '../../shared/protocol.ts'
import { mismatch } from './link.ts'
import type { Snapshot } from './messages.ts'
import { CAUSES } from './throttle.ts'
import { formatBytes, formatJobs, formatPercent, type Situation, viewOf } from './view.ts'

const snapshot: Snapshot = {
  link: { state: 'online' },
  name: 'calm otter',
  jobs: [],
  job: null,
  notice: null,
  workers: ['idle'],
  leases: 0,
  blocks: 0,
  refused: 0,
  lastRefusal: null,
  updates: 0,
  pending: 0,
  bytesDown: 0,
  bytesUp: 0,
  cacheBytes: 0,
  cachePersistent: true,
  backend: null,
  cpuShare: 0,
  problem: null,
}
const started: Situation = {
  started: true,
  everStarted: true,
  cause: null,
  snapshot,
  lullMs: 60_000,
  failure: null,
}
const withSnapshot = (part: Partial<Snapshot>): Situation => ({
  ...started,
  snapshot: { ...snapshot, ...part },
})

describe('the state of the tab', () => {
  test('before Start and after Stop', () => {
    expect(viewOf({ ...started, started: false, everStarted: false }).state).toBe('idle')
    expect(viewOf({ ...started, started: false }).state).toBe('stopped')
  })

  test('working, through the lull between two leases', () => {
    expect(viewOf(withSnapshot({ leases: 1 })).state).toBe('working')
    expect(viewOf(withSnapshot({ workers: ['resting'] })).state).toBe('working')
    expect(viewOf({ ...started, lullMs: 1_000 }).state).toBe('working')
    expect(viewOf(started).state).toBe('waiting')
  })

  test.each(NOTICES)('notice %s is said with its own headline and the server’s words', (reason) => {
    const said = viewOf(withSnapshot({ notice: { reason, text: 'It is so.', retryMs: null } }))
    expect(said.state).toBe('waiting')
    expect(said.reason).toMatch(/^It is so\./)
    const silent = viewOf(withSnapshot({ notice: { reason, text: '', retryMs: 30_000 } }))
    expect(silent.reason).toMatch(reason === 'no-jobs' ? /by itself/ : /next try is in 30 s/)
  })

  test.each(CAUSES)('a pause by %s offers a way out, whatever else holds', (cause) => {
    const view = viewOf({ ...started, cause, snapshot: null })
    expect(view.state).toBe('paused')
    expect(view.action).toBe(cause === 'user' ? 'resume' : 'override')
  })

  test('offline', () => {
    expect(viewOf({ ...started, snapshot: null }).state).toBe('connecting')
    const lost = viewOf(withSnapshot({ link: { state: 'reconnecting' }, leases: 1 }))
    expect(lost).toMatchObject({ state: 'connecting' })
    expect(lost.reason).toMatch(/Reconnecting/)
  })

  test('a version mismatch says which side to update', () => {
    expect(mismatch(PROTOCOL_VERSION + 1)).toMatch(/reload this page/)
    expect(mismatch(PROTOCOL_VERSION - 1)).toMatch(/its owner has to update it/)
    const refused = { state: 'refused', error: mismatch(99), final: true } as const
    expect(viewOf(withSnapshot({ link: refused }))).toMatchObject({ action: 'reload' })
  })

  test('a device that cannot compute says so', () => {
    const broken = withSnapshot({ problem: 'Computing fails on this device: x', workers: [] })
    expect(viewOf(broken)).toMatchObject({ state: 'waiting', action: 'reload' })
  })
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_234, '1.2 kB'],
  [999_700, '1.0 MB'],
  [123_456_789, '123 MB'],
  [5e15, '5000 TB'],
])('%i bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('shares are shown in percent', () => {
  expect(formatPercent(0.254)).toBe('25 %')
})

test('jobs by name, few of many, and no title twice', () => {
  const job = (name: string) => ({ name, title: 'Topic model' })
  expect(formatJobs([job('bible'), job('Topic model: letters')])).toBe(
    'bible (Topic model), Topic model: letters',
  )
  const many = formatJobs(['a', 'b', 'c', 'd', 'e'].map(job))
  expect(many).toBe('a (Topic model), b (Topic model), c (Topic model) and 2 more')
})
