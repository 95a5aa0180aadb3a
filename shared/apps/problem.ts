/** A problem that a kernel is tested on, and how near its answer has to come. */
import type { Arrays } from '../wire.ts'

export interface Problem {
  readonly name: string
  readonly lease: Arrays
  /** Bytes of the lease's shards, in order. */
  readonly shards: readonly Uint8Array[]
  /** Per array of the delta: how far element k may be from `want`. */
  readonly tolerance: Readonly<Record<string, (k: number, want: number) => number>>
}
