/** One suite, two stores. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { afterEach, describe, expect, test } from 'vitest'
import { UserError } from '../../../shared/errors.ts'
import { fakeDataset, fakeJob } from '../testdata/fakeJob.ts'
import { openStore } from './lmdbStore.ts'
import { memoryStore } from './memoryStore.ts'
import type { Store } from './store.ts'
import { writeError } from './writeError.ts'

const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-store-'))
  open.push(async () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function freshLmdb(): Store {
  const store = openStore(freshDir())
  open.unshift(() => store.close())
  return store
}

const stores: [string, () => Store][] = [
  ['memory', () => memoryStore()],
  ['lmdb', freshLmdb],
]

describe.each(stores)('%s store', (_name, fresh) => {
  test('keeps blobs by hash, idempotently', async () => {
    const store = fresh()
    const bytes = new Uint8Array(100_000).map((_, i) => i * 7)
    const hash = await store.putBlob(bytes)
    expect(await store.putBlob(bytes)).toBe(hash)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(store.hasBlob(hash)).toBe(true)
    expect(Buffer.compare(store.blob(hash)!, bytes)).toBe(0)
    const other = await store.putBlob(Uint8Array.of(1, 2, 3))
    expect([...store.blob(other)!]).toEqual([1, 2, 3])
    await store.deleteBlob(hash)
    expect(store.blob(hash)).toBeUndefined()
    expect(store.blob(other)).toHaveLength(3)
  })

  test('keeps the credit of volunteers, and replaces it', async () => {
    const store = fresh()
    const credit = { updates: 5, leases: 2, refused: 1, computeMs: 30, bytesDown: 7, bytesUp: 8 }
    await store.putCredits(
      new Map([
        ['ada', credit],
        ['bob', { ...credit, leases: 9 }],
      ]),
    )
    await store.putCredits(new Map([['ada', { ...credit, updates: 6 }]]))
    expect(store.credit('ada')).toEqual({ ...credit, updates: 6 })
    expect(store.credit('bob')?.leases).toBe(9)
    expect(store.credit('eve')).toBeUndefined()
  })

  test('finds datasets by name and id; a name is replaced with its blobs', async () => {
    const store = fresh()
    const first = await fakeDataset(store, 'demo', 1)
    const second = await fakeDataset(store, 'demo', 2)
    const hash = (record: typeof first) => record.manifest.shards[0]!.hash
    expect(store.dataset('demo')).toEqual(second)
    expect(store.dataset(second.manifest.id)).toEqual(second)
    expect(store.dataset(first.manifest.id)).toBeUndefined()
    expect(store.hasBlob(hash(first))).toBe(false)
    expect(store.hasBlob(hash(second))).toBe(true)
    expect(store.datasets()).toEqual([second])
  })

  test('the same content under two names goes with the last of them', async () => {
    const store = fresh()
    const a = await fakeDataset(store, 'a', 1)
    await fakeDataset(store, 'b', 1)
    await store.deleteDataset('a')
    expect(store.dataset('a')).toBeUndefined()
    expect(store.hasBlob(a.manifest.shards[0]!.hash)).toBe(true)
    await store.deleteDataset(a.manifest.id)
    expect(store.datasets()).toEqual([])
    expect(store.hasBlob(a.manifest.shards[0]!.hash)).toBe(false)
  })

  test('an active job keeps the data of a dataset that was replaced, until it ends', async () => {
    const store = fresh()
    const first = await fakeDataset(store, 'demo', 1)
    const job = { ...fakeJob(first.manifest), status: 'running' as const }
    await store.putJob(job)
    await fakeDataset(store, 'demo', 2)
    expect(store.dataset(first.manifest.id)).toEqual(first)
    expect(store.hasBlob(first.manifest.shards[0]!.hash)).toBe(true)
    expect(store.datasets()).toHaveLength(1)
    await store.putJob({ ...job, status: 'finished' })
    await store.sweep(1e9)
    expect(store.dataset(first.manifest.id)).toBeUndefined()
    expect(store.hasBlob(first.manifest.shards[0]!.hash)).toBe(false)
  })

  test('sweeps orphans by age and spares what a dataset uses', async () => {
    const store = fresh()
    const kept = await fakeDataset(store, 'demo', 1)
    const orphan = await store.putBlob(Uint8Array.of(9))
    expect(await store.sweep(60_000)).toBe(0)
    expect(store.hasBlob(orphan)).toBe(true)
    expect(await store.sweep(0)).toBe(1)
    expect(store.hasBlob(orphan)).toBe(false)
    expect(store.hasBlob(kept.manifest.shards[0]!.hash)).toBe(true)
  })

  test('logs come back in order, one job at a time', async () => {
    const store = fresh()
    const writes: Promise<void>[] = []
    for (let seq = 0; seq < 300; seq++) {
      writes.push(store.append('one', seq, Uint8Array.of(seq & 255, seq >> 8)))
      writes.push(store.append('one1', seq, Uint8Array.of(0)))
    }
    await Promise.all(writes)
    const seqs = [...store.log('one')].map((bytes) => bytes[0]! + 256 * bytes[1]!)
    expect(seqs).toEqual(Array.from({ length: 300 }, (_, i) => i))
    expect([...store.log('nobody')]).toEqual([])
  })

  test('a snapshot stands for the beginning of a log, which may then go', async () => {
    const store = fresh()
    for (const job of ['one', 'one1'])
      for (let seq = 0; seq < 1200; seq++) void store.append(job, seq, Uint8Array.of(seq & 255))
    expect(store.snapshot('one')).toBeUndefined()
    await store.putSnapshot('one', Uint8Array.of(1))
    await store.putSnapshot('one', Uint8Array.of(2, 3))
    expect([...store.snapshot('one')!]).toEqual([2, 3])
    expect(store.snapshot('one1')).toBeUndefined()
    const from = (seq: number) => [...store.log('one', seq)].map((bytes) => bytes[0])
    expect(from(1198)).toEqual([1198 & 255, 1199 & 255])
    await store.dropLog('one', 1100)
    await store.dropLog('one', 1100)
    expect(from(0)).toEqual(Array.from({ length: 100 }, (_, k) => (1100 + k) & 255))
    expect(from(1150)).toHaveLength(50)
    expect([...store.log('one1')]).toHaveLength(1200)
    await store.deleteJob('one')
    expect(store.snapshot('one')).toBeUndefined()
  })

  test('no two epochs are the same', async () => {
    const store = fresh()
    const epochs = await Promise.all([1, 2, 3].map(() => store.nextEpoch()))
    expect([...epochs].sort()).toEqual([1, 2, 3])
  })

  test("a deleted job takes its log, run lines and results along, and nobody else's", async () => {
    const store = fresh()
    const { manifest } = await fakeDataset(store, 'demo', 1)
    for (const id of ['one', 'one1']) {
      await store.putJob(fakeJob(manifest, { id }))
      await store.append(id, 0, Uint8Array.of(1))
      await store.putResult(id, 'a.csv', 'text/csv', 'a')
    }
    await store.deleteJob('one')
    expect(store.jobs().map((job) => job.id)).toEqual(['one1'])
    expect([...store.log('one')]).toEqual([])
    expect(store.result('one', 'a.csv')).toBeUndefined()
    expect([...store.log('one1')]).toHaveLength(1)
    expect(store.result('one1', 'a.csv')).toBeDefined()
  })

  test('keeps jobs, run lines and results', async () => {
    const store = fresh()
    const dataset = await fakeDataset(store, 'demo', 1)
    const job = fakeJob(dataset.manifest)
    await store.putJob(job)
    await store.putJob({ ...job, phase: 'λ 2/100' })
    expect(store.job(job.id)).toEqual({ ...job, phase: 'λ 2/100' })
    expect(store.jobs()).toHaveLength(1)
    const line = {
      ...{ atMs: 1, phase: 'p', values: { gap: 0.5 }, leases: 1, deltas: 1 },
      ...{ bytesDown: 2, bytesUp: 3, slots: 1 },
    }
    await store.putRunLine(job.id, 0, line)
    await store.putRunLine(job.id, 1, { ...line, atMs: 2 })
    expect([...store.runLines(job.id)].map((l) => l.atMs)).toEqual([1, 2])
    await store.putResult(job.id, 'coefficients.csv', 'text/csv', 'name,value\nβ,1\n')
    expect(store.result(job.id, 'coefficients.csv')?.text).toContain('β')
    expect(store.result(job.id, 'nothing')).toBeUndefined()
    const bytes = Uint8Array.of(0x93, 0, 255)
    await store.putResult(job.id, 'factors.npy', 'application/octet-stream', bytes)
    expect(store.result(job.id, 'factors.npy')).toMatchObject({ text: '', bytes })
    expect(store.result(job.id, 'coefficients.csv')?.bytes).toBeUndefined()
  })
})

/** Runs a script with a `store` in another process, which kills itself at its end. */
async function killedAfter(dir: string, script: string): Promise<Store> {
  const out = join(import.meta.dirname, '../../../dist/test-store')
  const entry = join(dir, 'writer.mjs')
  writeFileSync(
    entry,
    `import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'lmdbStore.ts'))}
    const store = openStore(${JSON.stringify(dir)})
    ${script}
    process.kill(process.pid, 'SIGKILL')`,
  )
  await build({
    logLevel: 'silent',
    configFile: false,
    build: { ssr: true, outDir: out, rolldownOptions: { input: entry } },
  })
  expect(spawnSync(process.execPath, [join(out, 'writer.js')]).signal).toBe('SIGKILL')
  rmSync(out, { recursive: true })
  const store = openStore(dir)
  open.unshift(() => store.close())
  return store
}

test('lmdb: another process reads what was acknowledged, and it survives kill -9', async () => {
  const store = await killedAfter(
    freshDir(),
    `for (let seq = 0; seq < 20; seq++)
      await store.append('job', seq, new Uint8Array(5000).fill(seq))`,
  )
  expect([...store.log('job')].map((bytes) => bytes[4999])).toEqual([...Array(20).keys()])
})

test('lmdb: kill -9 while a snapshot’s records go leaves no gap behind it', async () => {
  const store = await killedAfter(
    freshDir(),
    `for (let seq = 0; seq < 5000; seq++)
      void store.append('job', seq, new Uint8Array(new Uint32Array([seq]).buffer))
    await store.putSnapshot('job', new Uint8Array(1e6).fill(7))
    let isDropped = false
    void store.dropLog('job', 4000).then(() => { isDropped = true })
    while ([...store.log('job')].length === 5000) await new Promise(setImmediate)
    if (isDropped) throw new Error('too late')`,
  )
  expect(store.snapshot('job')!.every((byte) => byte === 7)).toBe(true)
  const left = [...store.log('job')].map((bytes) =>
    new DataView(bytes.slice().buffer).getUint32(0, true),
  )
  expect(left.length).toBeGreaterThan(1000)
  expect(left.length).toBeLessThan(5000)
  expect(left).toEqual(left.map((_, k) => 5000 - left.length + k))
  await store.dropLog('job', 4000)
  expect([...store.log('job')]).toHaveLength(1000)
})

test('a full disk is a sentence', () => {
  const error = writeError(Object.assign(new Error('No space left on device'), { code: 28 }), '/d')
  expect(error).toBeInstanceOf(UserError)
  expect(error.message).toMatch(/^The disk that holds \/d is full/)
  const ours = new Error('something else')
  expect(writeError(ours, '/d')).toBe(ours)
})
