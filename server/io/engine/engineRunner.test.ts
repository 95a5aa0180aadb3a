/** The runner against a store that can be slow or broken: what waits for the disk, and what does not. */
import { afterEach, describe, expect, test } from 'vitest'
import { encodeFrame } from '../../../shared/wire.ts'
import { countOf } from '../../core/lease.ts'
import { readRecord, readSnapshot } from '../store/logRecord.ts'
import { memoryStore } from '../store/memoryStore.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { writeError } from '../store/writeError.ts'
import { fakeApps, fakeDataset, fakeJob } from '../testdata/fakeJob.ts'
import { inlineEngines } from './engineHost.ts'
import type { FromEngine, ToEngine } from './engineMessages.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

interface Run {
  store: Store
  messages: FromEngine[]
  send(message: ToEngine): void
  stop(): Promise<void>
  next<T extends FromEngine['type']>(type: T): Promise<Extract<FromEngine, { type: T }>>
}

async function run(
  store: Store,
  changes: Partial<JobRecord> = {},
  snapshotEveryBytes = Number.POSITIVE_INFINITY,
): Promise<Run> {
  const { manifest } = await fakeDataset(store, 'demo')
  const job = fakeJob(manifest, changes)
  const messages: FromEngine[] = []
  let wake = (): void => {}
  const engines = inlineEngines(store, fakeApps, { snapshotEveryBytes })
  const host = engines.start(store.job(job.id) ?? job, (message) => {
    messages.push(message)
    wake()
  })
  undo.push(() => host.stop())
  let seen = 0
  return {
    ...{ store, messages },
    send: (message) => host.send(message),
    stop: () => host.stop(),
    async next(type) {
      for (;;) {
        const at = messages.findIndex((message, i) => i >= seen && message.type === type)
        if (at >= 0) {
          seen = at + 1
          return messages[at] as never
        }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

const offerTo = (volunteer: string): ToEngine => ({
  ...{ type: 'offered', volunteer, rttMs: 1, slots: 1, holds: [] },
})
const offer = offerTo('ada')
const answer = (lease: number, double: number, volunteer = 'ada'): ToEngine => ({
  ...{ type: 'settled', volunteer, lease, computeMs: 1 },
  frame: encodeFrame({ lease, computeMs: 1, backend: 'wasm' }, { double: Float64Array.of(double) }),
})

test('a delta is accepted only when its record is durable; leases do not wait', async () => {
  let land = (): void => {}
  const store = memoryStore()
  const slow: Store = {
    ...store,
    append: (job, seq, record) =>
      new Promise((resolve) => {
        land = () => resolve(store.append(job, seq, record))
      }),
  }
  const { send, next, messages } = await run(slow)
  await next('opened')
  send(offer)
  const first = await next('granted')
  send(answer(first.lease, 2))
  send(offer)
  await next('granted')
  await next('lines')
  expect(messages.some(({ type }) => type === 'accepted')).toBe(false)
  land()
  expect(await next('accepted')).toMatchObject({ lease: first.lease, updates: 1 })
  expect([...store.log('job-1')]).toHaveLength(1)
})

test('who is stopped waits for the disk, and what was committed is told first', async () => {
  let land = (): void => {}
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  const store = memoryStore()
  const append: Store['append'] = async (...args) => {
    await landed
    await store.append(...args)
  }
  const { send, next, stop, messages } = await run({ ...store, append }, { spec: { target: 1 } })
  await next('opened')
  send(offer)
  send(answer((await next('granted')).lease, 2))
  const stopped = stop()
  send(offer)
  await next('ended')
  expect(messages.map(({ type }) => type)).not.toContain('stopped')
  land()
  await stopped
  const told = messages.map(({ type }) => type)
  expect(told.indexOf('accepted')).toBeGreaterThan(0)
  expect(told.indexOf('stopped')).toBe(told.length - 1)
  expect(told.filter((type) => type === 'granted' || type === 'declined')).toHaveLength(1)
  // The commit was the job's last: its end is written, not left to the next start.
  expect(store.job('job-1')).toMatchObject({ status: 'finished', counters: { deltas: 1 } })
})

test('a job is over only when its results are durable, whatever arrives meanwhile', async () => {
  let land = (): void => {}
  const landed = new Promise<void>((resolve) => {
    land = resolve
  })
  const store = memoryStore()
  const putResult: Store['putResult'] = async (...args) => {
    await landed
    await store.putResult(...args)
  }
  const { send, next, messages } = await run({ ...store, putResult }, { spec: { target: 1 } })
  await next('opened')
  send(offer)
  const { lease } = await next('granted')
  send(answer(lease, 2))
  await next('accepted')
  // A second copy, late enough to be worth a new report.
  await new Promise((resolve) => setTimeout(resolve, 300))
  send(answer(lease, 2))
  await next('refused')
  const isOver = (record: JobRecord | undefined) => record?.status === 'finished'
  const records = () => messages.flatMap((each) => (each.type === 'record' ? [each.record] : []))
  expect(records().some(isOver)).toBe(false)
  expect(isOver(store.job('job-1'))).toBe(false)
  land()
  while (!records().some(isOver)) await next('record')
  expect(records().find(isOver)!.results).toContain('sum.csv')
  expect(store.job('job-1')!.results).toContain('sum.csv')
})

test('a disk that fails ends the job with a sentence, and nothing more is accepted', async () => {
  const store = memoryStore()
  const full = Object.assign(new Error('No space left on device'), { code: 28 })
  const broken: Store = { ...store, append: () => Promise.reject(writeError(full, '/data')) }
  const { send, next, messages } = await run(broken)
  await next('opened')
  send(offer)
  send(answer((await next('granted')).lease, 2))
  const crashed = await next('crashed')
  expect(crashed).toMatchObject({ mistake: true })
  expect(crashed.error).toContain('The disk that holds /data is full')
  send(offer)
  expect(messages.some(({ type }) => type === 'accepted')).toBe(false)
  // What is on disk still says running: with room again, the job resumes at the next start.
  expect(store.job('job-1')?.status).toBe('running')
})

test('a disk that fails while the job is written down ends it with the same sentence', async () => {
  const full = Object.assign(new Error('No space left on device'), { code: 28 })
  const putJob = () => Promise.reject(writeError(full, '/data'))
  const nextEpoch = () => new Promise<number>((resolve) => setTimeout(() => resolve(1), 20))
  const { next } = await run({ ...memoryStore(), putJob, nextEpoch })
  expect((await next('crashed')).error).toContain('The disk that holds /data is full')
})

test('every start raises the epoch, durably before the first grant; the log is replayed', async () => {
  const store = memoryStore()
  const first = await run(store)
  expect(await first.next('opened')).toMatchObject({ epoch: 1 })
  first.send(offer)
  const { lease } = await first.next('granted')
  expect(lease).toBeGreaterThan(2 ** 32)
  first.send(answer(lease, 2))
  await first.next('accepted')
  await first.stop()
  expect(store.job('job-1')?.epoch).toBe(1)
  const second = await run(store)
  expect(await second.next('opened')).toMatchObject({ epoch: 2 })
  second.send(offer)
  expect((await second.next('granted')).lease).toBeGreaterThan(2 * 2 ** 32)
  const { record } = await second.next('record')
  expect(record).toMatchObject({ phase: '1 of 3', counters: { deltas: 1 } })
})

const seqsOf = (store: Store): number[] =>
  [...store.log('job-1')].map((bytes) => readRecord(bytes).seq)

describe.each<[string, (store: Store) => Store['dropLog']]>([
  ['the first record is deleted', () => async () => {}],
  ['the last record is', (store) => (job) => store.dropLog(job, 1)],
  ['anything else', (store) => store.dropLog],
])('a server that dies behind a snapshot, before %s', (_when, dropLogOf) => {
  test('goes on from the snapshot and counts what it stands for', async () => {
    const store = memoryStore()
    const spec = { target: 5 }
    // A record is 8 bytes, and so is a snapshot: one is due behind every fourth.
    const first = await run({ ...store, dropLog: dropLogOf(store) }, { spec }, 32)
    await first.next('opened')
    for (const volunteer of ['ada', 'bob', 'ada', 'bob']) {
      first.send(offerTo(volunteer))
      const { lease } = await first.next('granted')
      first.send(answer(lease, 2 * countOf(lease), volunteer))
      await first.next('accepted')
    }
    await first.stop()
    expect(readSnapshot(store.snapshot('job-1')!)).toMatchObject({
      ...{ seq: 4, arrays: { sum: Float64Array.of(4) } },
      counted: { deltas: 4, updates: 4, volunteers: ['ada', 'bob'] },
    })
    const second = await run(store, { spec })
    await second.next('opened')
    expect(seqsOf(store)).toEqual([])
    second.send(offer)
    second.send(answer((await second.next('granted')).lease, 2))
    await second.next('accepted')
    expect(seqsOf(store)).toEqual([4])
    const finished = () => store.job('job-1')!.status === 'finished'
    while (!finished()) await second.next('record')
    expect(store.job('job-1')).toMatchObject({
      ...{ summary: { sum: 5 }, counters: { deltas: 5, updates: 5, volunteers: 2 } },
    })
  })
})

test('an app that is gone, or data that is gone, is a sentence', async () => {
  const { next } = await run(memoryStore(), { app: 'retired' })
  expect((await next('crashed')).error).toBe('This server has no app named "retired".')
  const lost = await run(memoryStore(), { dataset: 'f'.repeat(64) })
  expect((await lost.next('crashed')).error).toContain('ingest its file again')
})
