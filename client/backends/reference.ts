/** The backend that always works: the app's reference push, in plain JavaScript. */
import { type Kernel, LeaseError } from '../../shared/apps/kernel.ts'
import { openShard, type Shard } from '../../shared/shard.ts'
import type { Arrays } from '../../shared/wire.ts'
import type { Backend } from './backend.ts'

export class ReferenceBackend implements Backend {
  readonly name = 'reference'
  readonly reason: string
  readonly #kernel: Kernel
  readonly #shards = new Map<string, Shard>()
  #bytesHeld = 0

  constructor(kernel: Kernel, reason: string) {
    this.#kernel = kernel
    this.reason = reason
  }

  get bytesHeld(): number {
    return this.#bytesHeld
  }

  hold(hash: string, bytes: Uint8Array): void {
    if (this.#shards.has(hash)) return
    // A copy of its own: the bytes move on.
    const shard = openShard(bytes.slice())
    this.#shards.set(hash, shard)
    this.#bytesHeld += shard.bytes.byteLength
  }

  drop(hash: string): void {
    const shard = this.#shards.get(hash)
    if (!shard) return
    this.#shards.delete(hash)
    this.#bytesHeld -= shard.bytes.byteLength
  }

  holds(hash: string): boolean {
    return this.#shards.has(hash)
  }

  run(lease: Arrays, hashes: readonly string[]): Arrays {
    const shards = hashes.map((hash) => {
      const shard = this.#shards.get(hash)
      if (!shard) throw new LeaseError(`the lease needs shard ${hash}, which is not held`)
      return shard
    })
    this.#kernel.shape(lease, shards)
    return this.#kernel.push(lease, shards)
  }
}
