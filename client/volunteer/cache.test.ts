import { describe, expect, test } from 'vitest'
import { type ByteStore, ShardCache } from './cache.ts'

interface FakeStore extends ByteStore {
  entries: Map<string, { bytes: Uint8Array<ArrayBuffer>; usedMs: number }>
  full: boolean
}

function fakeStore(): FakeStore {
  const entries: FakeStore['entries'] = new Map()
  return {
    entries,
    full: false,
    async list() {
      return [...entries]
        .sort(([, a], [, b]) => a.usedMs - b.usedMs)
        .map(([hash, { bytes }]) => ({ hash, bytes: bytes.byteLength }))
    },
    async read(hash) {
      return entries.get(hash)?.bytes
    },
    async write(hash, bytes, usedMs) {
      if (this.full) throw new DOMException('full', 'QuotaExceededError')
      entries.set(hash, { bytes, usedMs })
    },
    async touch(hashes, usedMs) {
      for (const hash of hashes) {
        const entry = entries.get(hash)
        if (entry) entry.usedMs = usedMs
      }
    },
    async remove(hashes) {
      for (const hash of hashes) entries.delete(hash)
    },
  }
}

function clock(): () => number {
  let nowMs = 0
  return () => ++nowMs
}

describe('ShardCache', () => {
  test('survives a reload, and keeps what was used last', async () => {
    const store = fakeStore()
    const nowMs = clock()
    const before = await ShardCache.open(store, 100, nowMs)
    for (const hash of ['a', 'b', 'c']) await before.put(hash, new Uint8Array(30))
    const after = await ShardCache.open(store, 100, nowMs)
    expect(after.hashes()).toEqual(['c', 'b', 'a'])
    await after.get('a')
    expect(await after.put('d', new Uint8Array(30))).toEqual(['b'])
    expect([...store.entries.keys()].sort()).toEqual(['a', 'c', 'd'])
  })

  test('a smaller limit trims what an earlier visit kept', async () => {
    const store = fakeStore()
    const before = await ShardCache.open(store, 100, clock())
    for (const hash of ['a', 'b', 'c']) await before.put(hash, new Uint8Array(30))
    const after = await ShardCache.open(store, 50)
    expect(after.hashes()).toEqual(['c'])
    expect([...store.entries.keys()]).toEqual(['c'])
  })

  test('an entry that another tab removed is a miss, once', async () => {
    const store = fakeStore()
    const cache = await ShardCache.open(store, 100)
    await cache.put('a', new Uint8Array(30))
    store.entries.delete('a')
    expect(await cache.get('a')).toBeUndefined()
    expect(cache.has('a')).toBe(false)
    expect(cache.bytes).toBe(0)
  })

  test('over the quota of the browser, it says what was not kept', async () => {
    const store = fakeStore()
    const cache = await ShardCache.open(store, 100)
    store.full = true
    expect(await cache.put('a', new Uint8Array(30))).toEqual(['a'])
    expect(cache.hashes()).toEqual([])
  })

  test('works without a store, and with a broken one', async () => {
    const broken = { ...fakeStore(), list: () => Promise.reject(new Error('blocked')) }
    for (const store of [null, broken]) {
      const cache = await ShardCache.open(store, 100)
      expect(cache.persistent).toBe(false)
      expect(await cache.put('a', new Uint8Array(30))).toEqual([])
      expect(await cache.get('a')).toBeUndefined()
    }
  })
})
