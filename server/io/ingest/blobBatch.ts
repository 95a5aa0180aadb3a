/** The blobs of one ingest: written side by side, and whatever was new in the store can be taken back. */
import { createHash } from 'node:crypto'
import { blobsOf, type Store } from '../store/store.ts'

/** Shards on their way to disk at once: the store can commit them together. */
const PUTS_MAX = 8

export class BlobBatch {
  readonly #store: Store
  readonly #fresh: string[] = []
  #pending: Promise<unknown>[] = []

  constructor(store: Store) {
    this.#store = store
  }

  async put(bytes: Uint8Array): Promise<string> {
    const hash = createHash('sha256').update(bytes).digest('hex')
    if (this.#store.hasBlob(hash)) return hash
    this.#fresh.push(hash)
    const stored = this.#store.putBlob(bytes, hash)
    stored.catch(() => {}) // heard when its turn to be waited for comes
    this.#pending.push(stored)
    // The next is encoded while those before it are written.
    if (this.#pending.length >= PUTS_MAX) await this.#pending.shift()
    return hash
  }

  /** All blobs so far are stored. */
  async settle(): Promise<void> {
    const results = await Promise.allSettled(this.#pending)
    this.#pending = []
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  /** Delete what was new, unless a dataset published in the meantime uses it. */
  async undo(): Promise<void> {
    await Promise.allSettled(this.#pending)
    this.#pending = []
    const used = new Set(this.#store.datasets().flatMap(({ manifest }) => blobsOf(manifest)))
    for (const hash of this.#fresh) if (!used.has(hash)) await this.#store.deleteBlob(hash)
  }
}
