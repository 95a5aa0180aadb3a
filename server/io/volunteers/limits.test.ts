/** What the gateway puts up with: how many volunteers, and how much that waits for a verdict. */
import { afterEach, expect, test } from 'vitest'
import {
  type Hello,
  type Notice,
  PROTOCOL_VERSION,
  type Verdict,
} from '../../../shared/protocol.ts'
import { encodeFrame } from '../../../shared/wire.ts'
import { fakeApps } from '../testdata/fakeJob.ts'
import { oneEngine, quietLog } from '../testdata/oneEngine.ts'
import { Gateway } from './gateway.ts'
import type { Peer } from './roster.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function gatewayFor(volunteersMax: number) {
  const engine = await oneEngine()
  const { store, jobs } = engine
  const gateway = new Gateway({
    ...{ store, jobs, apps: fakeApps, log: quietLog, volunteersMax },
    ...{ nowMs: () => performance.now(), broadcast: () => {} },
  })
  undo.push(async () => {
    engine.leave()
    await jobs.close()
    await gateway.close()
  })
  return { ...engine, gateway }
}

const helloOf = (name: string): Hello => ({
  ...{ protocol: PROTOCOL_VERSION, volunteer: name.padEnd(16, '_'), workers: 1, duty: 100 },
  ...{ backend: 'reference', agent: 'test', cached: [] },
})

/** A connection that only remembers what it was told. */
function peerOf() {
  const told = { notices: [] as Notice[], closed: 0 }
  const peer: Peer = {
    ...{ lease() {}, ahead() {}, revoke() {}, jobs() {}, credit() {} },
    notice: (notice) => void told.notices.push(notice),
    close: () => void told.closed++,
  }
  return { told, peer }
}

test('a server that is full says so and when to ask again; who is in may come back', async () => {
  const { gateway } = await gatewayFor(1)
  const [ada, bob, again] = [peerOf(), peerOf(), peerOf()]
  expect(gateway.hello(helloOf('ada'), ada.peer, 1)).toMatchObject({ ok: true })
  expect(gateway.hello(helloOf('bob'), bob.peer, 1)).toMatchObject({ ok: false })
  expect(bob.told.notices).toMatchObject([{ reason: 'server-full', retryMs: 60_000 }])
  const { volunteer } = gateway.hello(helloOf('ada'), again.peer, 1)
  expect(ada.told.closed).toBe(1)
  expect(gateway.table().total).toBe(1)
  // The old connection's end is not hers.
  gateway.left(volunteer!, ada.peer)
  expect(gateway.table().total).toBe(1)
  gateway.left(volunteer!, again.peer)
  expect(gateway.hello(helloOf('bob'), bob.peer, 1)).toMatchObject({ ok: true })
})

test('more unanswered bytes than the largest deltas need end the connection, and only that', async () => {
  const { gateway, heard, record, say } = await gatewayFor(2)
  const [ada, bob] = [peerOf(), peerOf()]
  const { volunteer } = gateway.hello(helloOf('ada'), ada.peer, 1)
  const { volunteer: other } = gateway.hello(helloOf('bob'), bob.peer, 1)
  const verdicts: Verdict[] = []
  const settle = (count: number, bytes: number, from = volunteer!): void => {
    const head = { lease: 2 ** 32 + count, computeMs: 1, backend: 'wasm' }
    const frame = encodeFrame(head, { double: new Uint8Array(bytes) })
    gateway.settled(from, frame, (verdict) => verdicts.push(verdict))
  }
  for (const count of [1, 2]) settle(count, 60 << 20)
  expect(ada.told.closed).toBe(0)
  settle(3, 60 << 20)
  expect(ada.told.closed).toBe(1)
  const deltas = () => heard.filter(({ type }) => type === 'settled')
  expect(deltas()).toHaveLength(2)
  settle(4, 8, other!)
  expect(deltas()).toHaveLength(3)
  // The same lease once more is not the engine's business; one verdict answers both.
  settle(4, 8, other!)
  expect(deltas()).toHaveLength(3)
  say({ type: 'accepted', volunteer: other!.id, lease: 2 ** 32 + 4, updates: 5 })
  expect(verdicts).toEqual(Array(2).fill({ accepted: true, updates: 5 }))
  // A job that ends without having answered leaves nobody waiting.
  say({ type: 'record', record: { ...record, status: 'cancelled' } })
  expect(verdicts.slice(2)).toMatchObject(Array(2).fill({ accepted: false, reason: 'revoked' }))
})
