/**
 * Shards kept between visits, by hash, in IndexedDB: a reload downloads nothing again.
 *
 * A lossy cache and nothing more. The browser may evict it, another tab may have trimmed it, a
 * private window may refuse it: every miss and every failure means "download it". One transaction
 * per shard, relaxed durability, because losing the last second of a cache costs nothing.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { Lru } from './lru.ts'

/** Where bytes are kept; the tests use a Map. */
export interface ByteStore {
  /** Every entry, in order of last use, oldest first. */
  list(): Promise<{ hash: string; bytes: number }[]>
  read(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  write(hash: string, bytes: Uint8Array<ArrayBuffer>, usedMs: number): Promise<void>
  touch(hashes: string[], usedMs: number): Promise<void>
  remove(hashes: string[]): Promise<void>
}

/** Uses are written back in batches: the order matters a little, a write per lease would cost. */
const TOUCH_BATCH = 64

export class ShardCache {
  readonly #store: ByteStore | null
  readonly #lru: Lru
  readonly #touched = new Set<string>()
  readonly #nowMs: () => number

  private constructor(store: ByteStore | null, bytesMax: number, nowMs: () => number) {
    this.#store = store
    this.#lru = new Lru(bytesMax)
    this.#nowMs = nowMs
  }

  /** Without a store, or with one that fails, the cache is empty and stays so. */
  static async open(
    store: ByteStore | null,
    bytesMax: number,
    nowMs: () => number = Date.now,
  ): Promise<ShardCache> {
    try {
      const entries = (await store?.list()) ?? []
      const cache = new ShardCache(store, bytesMax, nowMs)
      const out = entries.flatMap(({ hash, bytes }) => cache.#lru.add(hash, bytes))
      if (out.length > 0) await store?.remove(out)
      return cache
    } catch {
      return new ShardCache(null, bytesMax, nowMs)
    }
  }

  get persistent(): boolean {
    return this.#store !== null
  }

  get bytes(): number {
    return this.#lru.bytes
  }

  /** Most recently used first. */
  hashes(): string[] {
    return this.#lru.keys().reverse()
  }

  has(hash: string): boolean {
    return this.#lru.has(hash)
  }

  async get(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!this.#store || !this.#lru.touch(hash)) return undefined
    const found = await this.#store.read(hash).catch(() => undefined)
    if (!found) this.#lru.delete(hash)
    else await this.#noteUse(hash)
    return found
  }

  /** Returns the hashes that had to go, or `hash` itself when the browser would not take it. */
  async put(hash: string, bytes: Uint8Array<ArrayBuffer>): Promise<string[]> {
    if (!this.#store) return []
    const out = this.#lru.add(hash, bytes.byteLength)
    try {
      if (out.length > 0) await this.#store.remove(out)
      await this.#store.write(hash, bytes, this.#nowMs())
      return out
    } catch {
      // Most likely over the browser's quota: live with what is there.
      this.#lru.delete(hash)
      return [...out, hash]
    }
  }

  /** The bytes were not what their hash says. */
  async delete(hash: string): Promise<void> {
    if (this.#lru.delete(hash)) await this.#store?.remove([hash]).catch(() => undefined)
  }

  async #noteUse(hash: string): Promise<void> {
    this.#touched.add(hash)
    if (this.#touched.size < TOUCH_BATCH) return
    const hashes = [...this.#touched].filter((each) => this.#lru.has(each))
    this.#touched.clear()
    await this.#store?.touch(hashes, this.#nowMs()).catch(() => undefined)
  }
}

interface Schema extends DBSchema {
  shards: { key: string; value: Uint8Array<ArrayBuffer> }
  /** Sizes and uses apart from the bytes, so that listing reads no shard. */
  index: {
    key: string
    value: { hash: string; bytes: number; usedMs: number }
    indexes: { usedMs: number }
  }
}

/** The store of this browser, or null where there is none (private windows of some browsers). */
export async function openByteStore(): Promise<ByteStore | null> {
  try {
    const db = await openDB<Schema>('shoal', 1, {
      upgrade(upgrading) {
        upgrading.createObjectStore('shards')
        const index = upgrading.createObjectStore('index', { keyPath: 'hash' })
        index.createIndex('usedMs', 'usedMs')
      },
    })
    return byteStore(db)
  } catch {
    return null
  }
}

function byteStore(db: IDBPDatabase<Schema>): ByteStore {
  const write = () => db.transaction(['shards', 'index'], 'readwrite', { durability: 'relaxed' })
  return {
    list: () => db.getAllFromIndex('index', 'usedMs'),
    read: (hash) => db.get('shards', hash),
    async write(hash, bytes, usedMs) {
      const tx = write()
      const index = { hash, bytes: bytes.byteLength, usedMs }
      await Promise.all([
        tx.objectStore('shards').put(bytes, hash),
        tx.objectStore('index').put(index),
        tx.done,
      ])
    },
    async touch(hashes, usedMs) {
      const tx = db.transaction('index', 'readwrite', { durability: 'relaxed' })
      for (const hash of hashes) {
        const entry = await tx.store.get(hash)
        if (entry) await tx.store.put({ ...entry, usedMs })
      }
      await tx.done
    },
    async remove(hashes) {
      const tx = write()
      for (const hash of hashes) {
        await tx.objectStore('shards').delete(hash)
        await tx.objectStore('index').delete(hash)
      }
      await tx.done
    },
  }
}

/** A quarter of what the browser would give, within reason; it says so only in a secure context. */
export async function cacheBytesMax(): Promise<number> {
  const estimate = await globalThis.navigator?.storage?.estimate?.().catch(() => undefined)
  const quota = estimate?.quota ?? 2 ** 31
  return Math.min(2 ** 32, Math.max(2 ** 26, quota / 4))
}
