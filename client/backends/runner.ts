/** What computes an app's leases in a worker, for the tab; and the kind that every device has. */
import type { Arrays } from '../../shared/wire.ts'
import type { Backend } from './backend.ts'

/** What a person may ask for: the faster one, or one of the two. */
export type Choice = 'auto' | 'wasm' | 'webgpu'

/** What was found out about an app on this device; other workers of the tab go by it. */
export interface Decision {
  readonly use: 'simd' | 'webgpu'
  /** By kind of lease (program.ts), the work from which the GPU is faster; null: whatever it is. */
  readonly from: Readonly<Record<string, number>> | null
  /** Why, in words that follow "WebGPU:" or "not WebGPU, because". */
  readonly reason: string
}

export interface Use {
  readonly name: Backend['name'] | 'webgpu'
  /** Why this one: for people. */
  readonly reason: string
}

export interface Ran {
  readonly delta: Arrays
  /** What computed it, or the larger part of it. */
  readonly by: Use['name']
}

export interface Runner {
  /** For most leases, and why. Changes when the GPU goes away. */
  readonly use: Use
  /** As a copy: the bytes may move on when this returns. @throws ShardError, MemoryError */
  hold(hash: string, bytes: Uint8Array): void
  drop(hash: string): void
  /** @throws LeaseError, MemoryError; never because of a GPU */
  run(lease: Arrays, hashes: readonly string[]): Promise<Ran>
}

export interface Opened {
  readonly runner: Runner
  readonly decision: Decision
}

export class SimdRunner implements Runner {
  readonly use: Use
  readonly #simd: Backend

  /** `why` WebGPU is not used; empty where nobody asked. */
  constructor(simd: Backend, why: string) {
    this.#simd = simd
    this.use = useOf(simd, why)
  }

  hold(hash: string, bytes: Uint8Array): void {
    this.#simd.hold(hash, bytes)
  }

  drop(hash: string): void {
    this.#simd.drop(hash)
  }

  async run(lease: Arrays, hashes: readonly string[]): Promise<Ran> {
    return { delta: this.#simd.run(lease, hashes), by: this.#simd.name }
  }
}

export function useOf({ name, reason }: Backend, why: string): Use {
  return { name, reason: why === '' ? reason : `${reason}; not WebGPU: ${why}` }
}
