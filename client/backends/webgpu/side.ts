/**
 * The GPU's side of an app: its program, the shards it holds, and runs on them.
 *
 * A shard is copied to the GPU as soon as it is held, while the processor or the GPU itself computes
 * the lease before; a run waits for the copies that it needs.
 */
import { openTrustedShard, type Shard } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { Arena, type Place } from './arena.ts'
import type { Gpu } from './gpu.ts'
import { Pace } from './pace.ts'
import type { Facts, GpuProgram, Plan } from './program.ts'
import type { Staged } from './stage.ts'

interface Copy {
  readonly facts: Facts
  readonly place: Promise<Place>
}

export class GpuSide {
  readonly gpu: Gpu
  readonly program: GpuProgram
  readonly #arena: Arena
  readonly #paces = new Map<string, Pace>()
  readonly #copies = new Map<string, Copy>()
  /** Copies are made one after the other, so that two never both find no room and make some. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(gpu: Gpu, program: GpuProgram, chunkBytes?: number) {
    this.gpu = gpu
    this.program = program
    this.#arena = new Arena(gpu, chunkBytes)
  }

  /** `bytes` have been checked; they are read before this returns to the event loop. */
  hold(hash: string, bytes: Uint8Array): void {
    if (this.#copies.has(hash)) return
    const shard = openTrustedShard(bytes)
    const staged = this.program.stage(shard)
    const place = this.#last.then(() => this.#arena.put(staged.bytes))
    this.#last = place.catch(() => {}) // the run that needs it hears of it
    this.#copies.set(hash, { facts: factsOf(shard, staged), place })
  }

  drop(hash: string): void {
    const copy = this.#copies.get(hash)
    if (!copy) return
    this.#copies.delete(hash)
    this.#last = this.#last.then(async () => this.#arena.release(await copy.place)).catch(() => {})
  }

  facts(hashes: readonly string[]): Facts[] | null {
    const copies = hashes.map((hash) => this.#copies.get(hash))
    return copies.every((copy) => copy !== undefined) ? copies.map((copy) => copy.facts) : null
  }

  plan(lease: Arrays, facts: readonly Facts[]): Plan | string {
    return this.program.plan(lease, facts, this.gpu)
  }

  /** The GPU's part of the delta of a lease that has a plan. @throws GpuError */
  run(lease: Arrays, hashes: readonly string[]): Promise<Arrays> {
    return this.gpu.guard(async () => {
      const shards = await Promise.all(
        hashes.map(async (hash) => {
          const { facts, place } = this.#copies.get(hash)!
          return { facts, place: await place }
        }),
      )
      const paceOf = (kernel: string): Pace => this.#paceOf(kernel)
      return this.program.run({ gpu: this.gpu, paceOf }, lease, shards)
    })
  }

  #paceOf(kernel: string): Pace {
    let pace = this.#paces.get(kernel)
    if (!pace) {
      pace = new Pace()
      this.#paces.set(kernel, pace)
    }
    return pace
  }

  /** Gives back the memory of the shards; the device stays. */
  close(): void {
    this.#arena.close()
  }
}

/** Copies what it keeps, for views would keep all bytes alive. */
function factsOf(shard: Shard, { units, isUneven }: Staged): Facts {
  const { bytes: _, values: _values, rowIndex: _rows, ...facts } = shard
  return { ...facts, starts: shard.starts.slice(), units, isUneven }
}
