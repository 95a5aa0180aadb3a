/** Volunteers against a whole server: real sockets, a real store, a tiny app. */
import { afterEach, expect, test } from 'vitest'
import { hashSchema } from '../../../shared/dataset.ts'
import { type FleetView, PROTOCOL_VERSION } from '../../../shared/protocol.ts'
import { encodeFrame } from '../../../shared/wire.ts'
import { openStore } from '../store/lmdbStore.ts'
import { readRecord } from '../store/logRecord.ts'
import { FakeTab } from '../testdata/fakeTab.ts'
import { freshDir, removeDir } from '../testdata/folders.ts'
import { startServer, type TestServer } from '../testdata/server.ts'
import { publicId } from './roster.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function server(dataDir?: string): Promise<TestServer> {
  const dir = dataDir ?? freshDir()
  if (!dataDir) undo.push(() => removeDir(dir))
  const running = await startServer(dir)
  undo.push(() => running.close())
  return running
}

function tab({ url }: TestServer, secret?: string): FakeTab {
  const fake = new FakeTab(url, secret)
  undo.push(() => fake.close())
  return fake
}

function logOf({ dataDir }: TestServer, job: string) {
  const store = openStore(dataDir)
  undo.push(() => store.close())
  return [...store.log(job)].map(readRecord)
}

test('join, lease, settle, acknowledged, logged, finished', async () => {
  const running = await server()
  const ada = tab(running)
  expect(await ada.hello()).toMatchObject({ ok: true, protocol: PROTOCOL_VERSION })
  await ada.until(() => ada.notices.some(({ reason }) => reason === 'no-jobs'))
  const job = await running.submit({ target: 3 })
  for (let i = 0; i < 3; i++) {
    const lease = await ada.lease()
    expect(lease.head).toMatchObject({ job: job.id, app: 'counting' })
    expect(hashSchema.safeParse(lease.head.shards[0]?.hash).success).toBe(true)
    expect(lease.head.deadlineMs).toBeGreaterThan(0)
    expect(await ada.settle(lease)).toEqual({ accepted: true, updates: 1 })
    // The verdict says the commit is durable: another reader of the store sees it.
    const log = logOf(running, job.id)
    expect(log).toHaveLength(i + 1)
    expect(log.at(-1)).toMatchObject({ seq: i, volunteer: publicId(ada.secret), updates: 1 })
  }
  const done = await running.jobUntil(job.id, ({ status }) => status === 'finished')
  expect(done.counters).toMatchObject({ leases: 3, deltas: 3, refused: 0, updates: 3 })
  expect(done.counters.bytesDown).toBeGreaterThan(300)
  expect(done.counters.bytesUp).toBeGreaterThan(300)
  expect(done.results).toEqual(['sum.csv', 'run.jsonl', 'summary.json'])
  await ada.until(() => ada.credit.updates === 3 && ada.credit.pending === 0)
})

test('a volunteer finds its credit again after the server has been restarted', async () => {
  const dir = freshDir()
  undo.push(() => removeDir(dir))
  const before = await server(dir)
  const ada = tab(before)
  await ada.hello()
  await before.submit({ target: 2 })
  for (let i = 0; i < 2; i++) await ada.settle(await ada.lease())
  await before.close()
  const again = tab(await server(dir), ada.secret)
  await again.hello()
  await again.until(() => again.credit.updates === 2 && again.credit.leases === 2)
})

test('a delta sent twice at once is committed once, and both get the verdict', async () => {
  const running = await server()
  const job = await running.submit({ target: 2 })
  const ada = tab(running)
  await ada.hello()
  const lease = await ada.lease()
  const verdicts = await Promise.all([ada.settle(lease), ada.settle(lease)])
  expect(verdicts).toEqual([
    { accepted: true, updates: 1 },
    { accepted: true, updates: 1 },
  ])
  expect(await ada.settle(lease)).toMatchObject({ accepted: false, reason: 'unknown-lease' })
  expect(logOf(running, job.id)).toHaveLength(1)
})

test('what is no delta is refused with its reason, and the job goes on', async () => {
  const running = await server()
  await running.submit({ target: 1 })
  const ada = tab(running)
  await ada.hello()
  const garbage = await ada.send(new Uint8Array(1000).fill(7))
  expect(garbage).toMatchObject({ accepted: false, reason: 'malformed' })
  expect(await ada.send('text')).toMatchObject({ accepted: false, reason: 'malformed' })
  const unknown = encodeFrame({ lease: 5, computeMs: 1, backend: 'wasm' }, {})
  expect(await ada.send(unknown)).toMatchObject({ reason: 'unknown-lease' })
  const lease = await ada.lease()
  const wrong = await ada.settle(lease, { double: Float64Array.of(-1) })
  expect(wrong).toMatchObject({ accepted: false, reason: 'wrong-values' })
  // Three strikes: what it sends now is not even read, and its lease goes to someone else.
  await ada.until(() => ada.notices.some(({ reason }) => reason === 'quarantined'))
  expect(await ada.send(unknown)).toMatchObject({ reason: 'quarantined' })
  const bob = tab(running)
  await bob.hello()
  expect(await bob.settle(await bob.lease())).toMatchObject({ accepted: true })
})

test('a fresh volunteer with the wrong protocol is told which side to update', async () => {
  const running = await server()
  const old = await tab(running).hello({ protocol: PROTOCOL_VERSION - 1 })
  expect(old).toMatchObject({ ok: false, protocol: PROTOCOL_VERSION })
  expect(!old.ok && old.error).toContain('reload the page')
  const young = await tab(running).hello({ protocol: PROTOCOL_VERSION + 1 })
  expect(!young.ok && young.error).toContain('update the server')
  const odd = await tab(running).hello({ workers: 1.5 })
  expect(!odd.ok && odd.error).toContain('workers')
})

test('who leaves gives its lease back; who comes back replaces its old connection', async () => {
  const running = await server()
  await running.submit({ target: 2 })
  const ada = tab(running)
  await ada.hello()
  const first = await ada.lease()
  ada.close()
  const bob = tab(running)
  await bob.hello()
  const second = await bob.lease()
  expect(second.head.lease).not.toBe(first.head.lease)
  const again = tab(running, bob.secret)
  await again.hello()
  await bob.until(() => !bob.socket.connected)
  const { json } = await running.api('GET', '/fleet')
  expect(json).toMatchObject({ total: 1, volunteers: [{ id: publicId(bob.secret) }] })
  // The same volunteer: what it computed before counts.
  expect(await again.settle(second)).toMatchObject({ accepted: true })
  const late = tab(running, ada.secret)
  await late.hello()
  expect(await late.settle(first)).toMatchObject({ accepted: false, reason: 'expired' })
})

test('a connection is one volunteer: whoever says hello as another has left as the first', async () => {
  const running = await server()
  const ada = tab(running)
  const secrets = ['a', 'b', 'c'].map((letter) => letter.repeat(16))
  for (const volunteer of secrets)
    expect(await ada.hello({ volunteer })).toMatchObject({ ok: true })
  const fleet = async () => (await running.api('GET', '/fleet')).json as FleetView
  expect(await fleet()).toMatchObject({ total: 1, volunteers: [{ id: publicId(secrets[2]!) }] })
  ada.close()
  while ((await fleet()).total > 0) await new Promise((resolve) => setTimeout(resolve, 20))
})

test('pausing revokes leases, resuming grants again, cancelling refuses', async () => {
  const running = await server()
  const job = await running.submit({ target: 5 })
  const ada = tab(running)
  await ada.hello()
  const lease = await ada.lease()
  const paused = await running.api('POST', `/jobs/${job.id}/pause`)
  expect(paused.json).toMatchObject({ status: 'paused' })
  await ada.until(() => ada.revoked.includes(lease.head.lease))
  expect(await ada.settle(lease)).toMatchObject({ accepted: false, reason: 'revoked' })
  await ada.until(() => ada.notices.some(({ reason }) => reason === 'jobs-paused'))
  const resumed = await running.api('POST', `/jobs/${job.id}/resume`)
  expect(resumed.json).toMatchObject({ status: 'running' })
  const next = await ada.lease()
  const cancelled = await running.api('POST', `/jobs/${job.id}/cancel`)
  expect(cancelled.json).toMatchObject({ status: 'cancelled' })
  expect(await ada.settle(next)).toMatchObject({ accepted: false, reason: 'revoked' })
  expect((await running.api('POST', `/jobs/${job.id}/resume`)).status).toBe(409)
})

test('an app that throws fails its job with a sentence; the server and other jobs live on', async () => {
  const running = await server()
  const bad = await running.submit({}, 'crashing')
  const good = await running.submit({ target: 1 })
  const ada = tab(running)
  await ada.hello()
  const failed = await running.jobUntil(bad.id, ({ status }) => status === 'failed')
  expect(failed.error).toContain('a bug in the app')
  expect(await ada.settle(await ada.lease())).toMatchObject({ accepted: true })
  await running.jobUntil(good.id, ({ status }) => status === 'finished')
})

test('a restart resumes the job where the log ends; old leases are unknown, never repeated', async () => {
  const dir = freshDir()
  undo.push(() => removeDir(dir))
  const first = await startServer(dir)
  const job = await first.submit({ target: 3 })
  const ada = new FakeTab(first.url)
  await ada.hello()
  await ada.settle(await ada.lease())
  const open = await ada.lease()
  await first.close()
  const second = await server(dir)
  const again = tab(second, ada.secret)
  await again.hello()
  expect(await again.settle(open)).toMatchObject({ accepted: false, reason: 'unknown-lease' })
  for (let i = 0; i < 2; i++) {
    const lease = await again.lease()
    expect(lease.head.lease).toBeGreaterThan(open.head.lease)
    expect(await again.settle(lease)).toMatchObject({ accepted: true })
  }
  const done = await second.jobUntil(job.id, ({ status }) => status === 'finished')
  expect(done.summary).toEqual({ sum: 3 })
  expect(logOf(second, job.id).map(({ seq }) => seq)).toEqual([0, 1, 2])
  ada.close()
})
