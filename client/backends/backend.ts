/**
 * A backend computes the pushes of one app on shards that it holds. The caller decides what is held:
 * `hold` what a lease needs, `run` it, `drop` what the memory is needed for.
 */
import type { Arrays } from '../../shared/wire.ts'

export interface Backend {
  readonly name: 'wasm' | 'reference'
  /** Why this one, for people: "fixed-width SIMD", "this browser has no WebAssembly SIMD". */
  readonly reason: string
  /** Bytes of the shards held; scratch not counted. */
  readonly bytesHeld: number
  /** Keep a shard, as a copy; nothing happens when it is held already. @throws ShardError, MemoryError */
  hold(hash: string, bytes: Uint8Array): void
  drop(hash: string): void
  holds(hash: string): boolean
  /** One push, on the shards of the lease in their order. @throws LeaseError, MemoryError */
  run(lease: Arrays, hashes: readonly string[]): Arrays
}

/** No room for a shard or for the scratch of a run: drop something and try again. */
export class MemoryError extends Error {
  override name = 'MemoryError'
}
