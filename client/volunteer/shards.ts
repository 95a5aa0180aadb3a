/**
 * Where the tab gets shards from: the cache, else the server, each hash at most once at a time.
 *
 * Bytes are lent, not copied: a borrower may move them into a worker and gives them back, so that the
 * one copy between network and kernel is the one into the kernel's memory. Who asks while they are
 * out waits for its turn.
 *
 * What was downloaded is written to the cache later, when the tab has nothing to compute: a lease is
 * in a hurry, the cache is not, and both want the browser's main process and the disk.
 */
import type { ShardCache } from './cache.ts'
import { sha256 } from './sha256.ts'

const FETCH_TIMEOUT_MS = 60_000
/** A server that restarts is back within seconds; the lease's deadline ends the waiting anyway. */
const RETRY_WAITS_MS = [500, 2_000]
/** Bytes that wait for the cache at most, whatever else is under way … */
const UNSAVED_BYTES_MAX = 64 * 2 ** 20
/** … and how long: a tab that never rests shall find its shards again after a reload, too. */
const UNSAVED_MS_MAX = 3_000

export type Bytes = Uint8Array<ArrayBuffer>

export interface ShardSourceOptions {
  cache: ShardCache
  /** Network bytes, for the page. */
  onBytes: (bytes: number) => void
  /** Hashes the cache no longer has, for the server. */
  onDropped: (hashes: string[]) => void
  /** Has the tab something to compute? */
  isBusy: () => boolean
  fetch?: typeof globalThis.fetch
  waitsMs?: readonly number[]
  nowMs?: () => number
}

/** A shard that somebody uses, or that is not in the cache yet. */
interface Shard {
  /** Null before it is loaded, while it is lent, and when it got lost. */
  bytes: Bytes | null
  /** Resolves when the last of its borrowers is done. */
  last: Promise<unknown>
  borrowers: number
  /** When it was downloaded; null: it is in the cache. */
  freshMs: number | null
}

export class ShardSource {
  readonly #options: ShardSourceOptions
  readonly #nowMs: () => number
  readonly #shards = new Map<string, Shard>()
  #isSaving = false

  constructor(options: ShardSourceOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
  }

  /**
   * Lends the bytes behind a hash, verified. `use` resolves to them as they came back, or to null when
   * they are gone with the worker that had them.
   * @throws why they cannot be had, or what `use` throws: then they are gone, too
   */
  async lend(hash: string, use: (bytes: Bytes) => Promise<Bytes | null>): Promise<void> {
    const shard = this.#shards.get(hash) ?? this.#expect(hash)
    shard.borrowers++
    const turn = shard.last.then(async () => {
      const bytes = shard.bytes ?? (await this.#load(hash, shard))
      shard.bytes = null
      shard.bytes = await use(bytes)
    })
    shard.last = turn.catch(() => {}) // who asked hears of it; the next one tries anew
    try {
      await turn
    } finally {
      shard.borrowers--
      const isWanted = shard.freshMs !== null && shard.bytes !== null
      if (shard.borrowers === 0 && !isWanted) this.#shards.delete(hash)
    }
  }

  /** Writes to the cache what is not in it, one shard after the other, if it is time. Call it often. */
  async save(): Promise<void> {
    if (this.#isSaving) return
    this.#isSaving = true
    for (const [hash, shard] of this.#shards)
      if (this.#isTimeFor(shard))
        await this.lend(hash, async (bytes) => {
          // It answers with what had to go, and never fails.
          const out = await this.#options.cache.put(hash, bytes)
          shard.freshMs = null
          if (out.length > 0) this.#options.onDropped(out)
          return bytes
        })
    this.#isSaving = false
  }

  #isTimeFor({ bytes, freshMs }: Shard): boolean {
    if (bytes === null || freshMs === null) return false
    if (this.#nowMs() > freshMs + UNSAVED_MS_MAX) return true
    const shards = [...this.#shards.values()]
    if (!this.#options.isBusy() && shards.every(({ borrowers }) => borrowers === 0)) return true
    return shards.reduce((sum, each) => sum + (each.bytes?.byteLength ?? 0), 0) > UNSAVED_BYTES_MAX
  }

  #expect(hash: string): Shard {
    const shard: Shard = { bytes: null, last: Promise.resolve(), borrowers: 0, freshMs: null }
    this.#shards.set(hash, shard)
    return shard
  }

  async #load(hash: string, shard: Shard): Promise<Bytes> {
    const { cache, onDropped } = this.#options
    const cached = await cache.get(hash)
    if (cached) {
      if ((await sha256(cached)) === hash) return cached
      await cache.delete(hash)
      onDropped([hash])
    }
    const bytes = await this.#download(hash)
    shard.freshMs = this.#nowMs()
    return bytes
  }

  async #download(hash: string): Promise<Bytes> {
    const waitsMs = this.#options.waitsMs ?? RETRY_WAITS_MS
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#downloadOnce(hash)
      } catch (error) {
        const wait = waitsMs[attempt]
        if (wait === undefined) throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async #downloadOnce(hash: string): Promise<Bytes> {
    const get = this.#options.fetch ?? globalThis.fetch
    const response = await get(`/shards/${hash}`, {
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      // Past the browser's own cache, which would write a second copy of what ours keeps: 16 MB come in 0.23 s
      // instead of 0.38 (two busy cores; 0.4 and 0.6 s of one).
      cache: 'no-store',
    })
    if (!response.ok)
      throw new Error(`shard ${short(hash)}: the server answered ${response.status}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    this.#options.onBytes(bytes.byteLength)
    if ((await sha256(bytes)) !== hash)
      throw new Error(`shard ${short(hash)}: the bytes that came do not have this hash`)
    return bytes
  }
}

const short = (hash: string): string => hash.slice(0, 12)
