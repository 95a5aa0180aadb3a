/**
 * What computes an app's leases in a worker: SIMD, or SIMD and the GPU where that was admitted.
 *
 * The code for GPUs is loaded only where the browser has WebGPU and nobody has said "wasm".
 */
import type { Arrays } from '../../shared/wire.ts'
import type { Backend } from './backend.ts'
import { type LoadOptions, load, prepareKernels } from './load.ts'

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

/** Loads ahead of any lease what is not of one app only: a kernel that is asked for with the shards waits behind them. */
export function prepare(choice: Choice): void {
  prepareKernels()
  // Where it does not come, a lease asks again.
  if (!unsuited(choice)) import('./webgpu/admission.ts').catch(() => {})
}

/** `known` is what another worker has found out. @throws when no such app is known */
export async function openRunner(
  app: string,
  choice: Choice,
  known: Decision | null,
  options: LoadOptions = {},
): Promise<Opened> {
  const simd = await load(app, options)
  const decided = known?.use === 'simd' ? known : unsuited(choice)
  if (decided) return { runner: new SimdRunner(simd, decided.reason), decision: decided }
  const { openHybrid } = await import('./webgpu/admission.ts')
  return openHybrid({
    app,
    simd,
    choice,
    known,
    gpu: navigator.gpu,
    nowMs: () => performance.now(),
  })
}

/** Without a look at any GPU. */
function unsuited(choice: Choice): Decision | null {
  if (choice === 'wasm') return { use: 'simd', from: null, reason: '' }
  if (navigator.gpu) return null
  const reason = isSecureContext
    ? 'this browser has none'
    : 'browsers offer it to pages over HTTPS only'
  return { use: 'simd', from: null, reason }
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
