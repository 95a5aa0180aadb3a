/**
 * SIMD and GPU together. Every shard lies with both, because steps, short leases and whatever the GPU
 * does not take are SIMD's, and because a GPU may go away in the middle of a job:
 *
 * ADMITTED  leases that are long enough go to the GPU; every `SAMPLE_EVERY`th has a small part of it
 *           computed by SIMD as well.
 * GONE      the device was lost, had no room, refused something, or a sample disagreed. The lease in
 *           hand is computed by SIMD instead, so nothing is lost but time; so is all that follows.
 *           There is no way back but a reload: a GPU that failed once fails again.
 */
import { type Kernel, LeaseError } from '../../../shared/apps/kernel.ts'
import type { Arrays } from '../../../shared/wire.ts'
import type { Backend } from '../backend.ts'
import { type Decision, type Ran, type Runner, type Use, useOf } from '../runner.ts'
import { GpuError } from './gpu.ts'
import type { GpuSide } from './side.ts'

/** A sample costs up to a shard's or a row's time on SIMD: little among so many leases. */
const SAMPLE_EVERY = 16

export class HybridRunner implements Runner {
  use: Use
  readonly #kernel: Kernel
  readonly #simd: Backend
  readonly #decision: Decision
  readonly #chance: () => number
  #side: GpuSide | null
  #runs = 0

  constructor(
    kernel: Kernel,
    simd: Backend,
    side: GpuSide,
    decision: Decision,
    chance: () => number = Math.random,
  ) {
    this.#kernel = kernel
    this.#simd = simd
    this.#side = side
    this.#decision = decision
    this.#chance = chance
    this.use = { name: 'webgpu', reason: decision.reason }
  }

  hold(hash: string, bytes: Uint8Array): void {
    // SIMD first: it checks the bytes.
    this.#simd.hold(hash, bytes)
    // The GPU reads them when it has room; these move on.
    if (this.#side?.gpu.lost === null) this.#side.hold(hash, bytes.slice())
  }

  drop(hash: string): void {
    this.#simd.drop(hash)
    this.#side?.drop(hash)
  }

  async run(lease: Arrays, hashes: readonly string[]): Promise<Ran> {
    const part = this.#side && (await this.#onGpu(this.#side, lease, hashes))
    if (!part) return { delta: this.#simd.run(lease, hashes), by: this.#simd.name }
    const rest = part.program.remainder(lease)
    const others = rest ? this.#simd.run(rest, hashes) : {}
    return { delta: { ...others, ...part.fields }, by: 'webgpu' }
  }

  /** The GPU's fields of the delta, or null when SIMD has to compute them. @throws LeaseError */
  async #onGpu(side: GpuSide, lease: Arrays, hashes: readonly string[]) {
    const facts = side.facts(hashes)
    if (!facts) return null
    // Also what the GPU will index with; it does not look at the lease again.
    this.#kernel.shape(lease, facts)
    const plan = side.plan(lease, facts)
    if (typeof plan === 'string' || plan.work < this.#from(plan.kind)) return null
    try {
      const fields = await side.run(lease, hashes)
      if (this.#runs++ % SAMPLE_EVERY === 0) this.#compare(side, lease, hashes, fields)
      return { program: side.program, fields }
    } catch (error) {
      if (error instanceof LeaseError) throw error
      this.#fallBack(side, error instanceof Error ? error.message : String(error))
      return null
    }
  }

  #from(kind: string): number {
    const { from } = this.#decision
    return from ? (from[kind] ?? Number.POSITIVE_INFINITY) : 0
  }

  #compare(side: GpuSide, lease: Arrays, hashes: readonly string[], fields: Arrays): void {
    const sample = side.program.sample(lease, side.facts(hashes)!, this.#chance())
    const want = this.#simd.run(
      sample.lease,
      sample.slots.map((slot) => hashes[slot]!),
    )
    if (!sample.agrees(fields, want))
      throw new GpuError(`${side.gpu.name} and SIMD disagree about the same numbers`)
  }

  #fallBack(side: GpuSide, why: string): void {
    this.#side = null
    this.use = useOf(this.#simd, why)
    side.gpu.close()
  }
}
