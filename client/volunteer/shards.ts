/**
 * Where the tab gets shards from: the cache, else the server, each hash at most once at a time.
 *
 * What was downloaded is written to the cache one after the other when no download is under way: a
 * lease is in a hurry, the cache is not, and both want the browser's main process and the disk.
 */
import type { ShardCache } from './cache.ts'
import { sha256 } from './sha256.ts'

const FETCH_TIMEOUT_MS = 60_000
/** A server that restarts is back within seconds; the lease's deadline ends the waiting anyway. */
const RETRY_WAITS_MS = [500, 2_000]
/** Bytes that wait for the cache at most, whatever else is under way. */
const UNSAVED_BYTES_MAX = 64 * 2 ** 20

export interface ShardSourceOptions {
  cache: ShardCache
  /** Network bytes, for the page. */
  onBytes: (bytes: number) => void
  /** Hashes the cache no longer has, for the server. */
  onDropped: (hashes: string[]) => void
  fetch?: typeof globalThis.fetch
  waitsMs?: readonly number[]
}

export class ShardSource {
  readonly #options: ShardSourceOptions
  readonly #inFlight = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  /** Downloaded, and not yet in the cache. */
  readonly #unsaved = new Map<string, Uint8Array<ArrayBuffer>>()
  #unsavedBytes = 0
  #isSaving = false

  constructor(options: ShardSourceOptions) {
    this.#options = options
  }

  /** The bytes behind a hash, verified. Callers share one buffer and must not change it. */
  get(hash: string): Promise<Uint8Array<ArrayBuffer>> {
    const running = this.#inFlight.get(hash)
    if (running) return running
    const unsaved = this.#unsaved.get(hash)
    if (unsaved) return Promise.resolve(unsaved)
    const started = this.#load(hash).finally(() => {
      this.#inFlight.delete(hash)
      void this.#save()
    })
    this.#inFlight.set(hash, started)
    return started
  }

  async #load(hash: string): Promise<Uint8Array<ArrayBuffer>> {
    const { cache, onDropped } = this.#options
    const cached = await cache.get(hash)
    if (cached) {
      if ((await sha256(cached)) === hash) return cached
      await cache.delete(hash)
      onDropped([hash])
    }
    const bytes = await this.#download(hash)
    this.#unsaved.set(hash, bytes)
    this.#unsavedBytes += bytes.byteLength
    return bytes
  }

  async #save(): Promise<void> {
    const { cache, onDropped } = this.#options
    if (this.#isSaving) return
    this.#isSaving = true
    for (const [hash, bytes] of this.#unsaved) {
      if (this.#inFlight.size > 0 && this.#unsavedBytes <= UNSAVED_BYTES_MAX) break
      // It answers with what had to go, and never fails.
      const out = await cache.put(hash, bytes)
      this.#unsaved.delete(hash)
      this.#unsavedBytes -= bytes.byteLength
      if (out.length > 0) onDropped(out)
    }
    this.#isSaving = false
  }

  async #download(hash: string): Promise<Uint8Array<ArrayBuffer>> {
    const waitsMs = this.#options.waitsMs ?? RETRY_WAITS_MS
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#downloadOnce(hash, attempt)
      } catch (error) {
        const wait = waitsMs[attempt]
        if (wait === undefined) throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async #downloadOnce(hash: string, attempt: number): Promise<Uint8Array<ArrayBuffer>> {
    const get = this.#options.fetch ?? globalThis.fetch
    const response = await get(`/shards/${hash}`, {
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
      // The browser's own cache may hold damaged bytes; a second attempt goes past it.
      cache: attempt === 0 ? 'default' : 'reload',
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
