/** What the GPU half of an app consists of: which leases it takes, how shards lie, how it runs. */
import type { Problem } from '../../../shared/apps/problem.ts'
import type { Shard } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import type { Place } from './arena.ts'
import type { Gpu } from './gpu.ts'
import type { Pace } from './pace.ts'
import type { Staged } from './stage.ts'

/** What a lease would be to the GPU. */
export interface Plan {
  /** Leases of one kind have one speed; a name for people: "gradients of two-bit columns". */
  readonly kind: string
  /** In the program's own unit: a run takes a fixed time and a time per unit. */
  readonly work: number
}

/** What the processor still needs of a shard that lies on the GPU. */
export interface Facts extends Omit<Shard, 'bytes' | 'values' | 'rowIndex'> {
  /** As staged. */
  readonly units: Float64Array
  readonly isUneven: boolean
}

export interface Held {
  readonly facts: Facts
  readonly place: Place
}

export interface Device {
  readonly gpu: Gpu
  /** A kernel has a pace of its own: an entry of a sparse column costs many times a two-bit one. */
  paceOf(kernel: string): Pace
}

/** A lease with its shards. */
export interface Given {
  readonly lease: Arrays
  readonly shards: readonly Uint8Array[]
}

/** A small part of a lease that SIMD computes as well, to see whether the GPU is still right. */
export interface Sample {
  readonly lease: Arrays
  /** Which of the lease's shards it needs. */
  readonly slots: readonly number[]
  agrees(delta: Arrays, want: Arrays): boolean
}

export interface GpuProgram {
  /** What stays with SIMD, and why: one sentence for people; empty when nothing does. */
  readonly rest: string
  /** A plan, or why this lease is none for the GPU. */
  plan(lease: Arrays, shards: readonly Facts[], gpu: Gpu): Plan | string
  /** A shard as the kernels read it. */
  stage(shard: Shard): Staged
  /** The lease without what the GPU does, for SIMD to do the rest; null when the GPU does all. */
  remainder(lease: Arrays): Arrays | null
  /** The GPU's fields of the delta. */
  run(device: Device, lease: Arrays, shards: readonly Held[]): Promise<Arrays>
  /** `pick` is 0 … 1, at random. */
  sample(lease: Arrays, shards: readonly Facts[], pick: number): Sample
  /** How far from the reference the GPU may be on a problem. */
  tolerance(problem: Problem): Problem['tolerance']
  /** Problems that a device must get right. */
  trials(): Generator<Problem>
  /** For each kind a lease that is all overhead, and one that is nearly all work. */
  races(): Generator<{ small: Given; large: Given }>
}
