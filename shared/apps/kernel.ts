/**
 * The tab's half of an app: its buffers, its reference push, and what must hold before a kernel runs.
 */
import type { BufferSpec, Push } from '../app.ts'
import type { Shard } from '../shard.ts'
import { type Arrays, typeOf } from '../wire.ts'

/** Of a shard, what a lease is checked against. */
export type ShardShape = Pick<Shard, 'rows' | 'columns'>

export interface Kernel {
  readonly app: string
  readonly buffers: { readonly lease: readonly BufferSpec[]; readonly delta: readonly BufferSpec[] }
  /** Plain loops: what every other backend is checked against. */
  readonly push: Push
  /**
   * Lengths of the delta's arrays in the order of `buffers.delta` (the most a push can need). Kernels
   * index with the lease's numbers unchecked, so every number that becomes an address is checked here.
   * @throws LeaseError
   */
  shape(lease: Arrays, shards: readonly ShardShape[]): number[]
  /** A tab's memory of one job; apps whose leases repeat what a tab has seen before have one. */
  readonly openMemory?: () => Memory
}

/**
 * What a tab keeps of a job between leases, so that the server need not send it again. The server
 * sends the leases that count on it only to tabs that have said they have one (Offer.memory), in the
 * order in which they are recalled. Where the two disagree after all, the lease fails, and the server
 * counts on nothing any more.
 */
export interface Memory {
  /** @throws LeaseError when the lease counts on what is not here. */
  recall(lease: Arrays): Recalled
}

export interface Recalled {
  /** The lease as the kernel takes it. */
  readonly lease: Arrays
  /** Arrays of the delta that may travel in half precision (wire.ts). */
  readonly halves?: readonly string[]
  /** Arrays of the delta that travel at all; the others were for the memory. By default every one. */
  readonly sent?: readonly string[]
  /** To be told of what was computed before it is sent: later leases count on it. */
  keep(delta: Arrays): void
}

/** A lease that no kernel may run; the message says which field and what was expected. */
export class LeaseError extends Error {
  override name = 'LeaseError'
}

/** Are all the arrays there, with their types? Names that the table lacks are ignored. */
export function checkTypes(specs: readonly BufferSpec[], lease: Arrays): void {
  for (const { name, type } of specs) {
    const array = Object.hasOwn(lease, name) ? lease[name] : undefined
    if (!array) throw new LeaseError(`the lease lacks the array "${name}"`)
    if (typeOf(array) !== type)
      throw new LeaseError(`the lease's array "${name}" is ${typeOf(array)} instead of ${type}`)
  }
}

export function checkLength(lease: Arrays, name: string, length: number): void {
  if (lease[name]!.length !== length)
    throw new LeaseError(
      `the lease's array "${name}" has length ${lease[name]!.length} instead of ${length}`,
    )
}
