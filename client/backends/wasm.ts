/**
 * The backend of fixed-width SIMD: shards lie in the linear memory of the app's kernel, one copy
 * each, and a push is one call. Same bits on every machine, which is why it is the audited one.
 *
 * How a kernel is called stands in the push.as.ts of an app: a table of addresses and lengths, made
 * here from the app's table of buffers. Linear memory only grows, so the views are made anew each run.
 */
import { type Kernel, LeaseError, type ShardShape } from '../../shared/apps/kernel.ts'
import { openShard } from '../../shared/shard.ts'
import { type Arrays, type ArrayType, constructors, type TypedArray } from '../../shared/wire.ts'
import { type Backend, MemoryError } from './backend.ts'
import { Space } from './space.ts'

const PAGE_BYTES = 65_536

/** What every push.as.ts exports. */
interface KernelExports {
  readonly memory: WebAssembly.Memory
  heapBase(): number
  workBytes(table: number): number
  push(table: number): void
}

interface HeldShard extends ShardShape {
  readonly at: number
  readonly sizeBytes: number
}

/** An array of a lease or a delta, with its place in linear memory. */
interface Buffer {
  readonly type: ArrayType
  readonly length: number
  readonly at: number
}

export class WasmBackend implements Backend {
  readonly name = 'wasm'
  readonly reason = 'fixed-width SIMD'
  readonly #kernel: Kernel
  readonly #exports: KernelExports
  readonly #space: Space
  readonly #shards = new Map<string, HeldShard>()
  #bytesHeld = 0

  constructor(kernel: Kernel, instance: WebAssembly.Instance) {
    this.#kernel = kernel
    this.#exports = instance.exports as unknown as KernelExports
    this.#space = new Space(this.#exports.heapBase(), (end) => grow(this.#exports.memory, end))
  }

  get bytesHeld(): number {
    return this.#bytesHeld
  }

  hold(hash: string, bytes: Uint8Array): void {
    if (this.#shards.has(hash)) return
    const { rows, columns } = openShard(bytes)
    const sizeBytes = bytes.byteLength
    const at = this.#space.allocate(sizeBytes)
    new Uint8Array(this.#exports.memory.buffer, at, sizeBytes).set(bytes)
    this.#shards.set(hash, { at, sizeBytes, rows, columns })
    this.#bytesHeld += sizeBytes
  }

  drop(hash: string): void {
    const shard = this.#shards.get(hash)
    if (!shard) return
    this.#shards.delete(hash)
    this.#space.release(shard.at)
    this.#bytesHeld -= shard.sizeBytes
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
    const lengths = this.#kernel.shape(lease, shards)
    const allocated: number[] = []
    const allocate = (bytes: number): number => {
      const at = this.#space.allocate(bytes)
      allocated.push(at)
      return at
    }
    try {
      return this.#push(lease, shards, lengths, allocate)
    } finally {
      // Also after a trap: the kernel keeps nothing between calls.
      for (const at of allocated) this.#space.release(at)
    }
  }

  #push(
    lease: Arrays,
    shards: readonly HeldShard[],
    deltaLengths: readonly number[],
    allocate: (bytes: number) => number,
  ): Arrays {
    const { memory, workBytes, push } = this.#exports
    const { buffers } = this.#kernel
    const place = (type: ArrayType, length: number): Buffer => {
      const at = allocate(length * constructors[type].BYTES_PER_ELEMENT)
      return { type, length, at }
    }
    const given = buffers.lease.map(({ name, type }) => place(type, lease[name]!.length))
    const made = buffers.delta.map(({ type }, k) => place(type, deltaLengths[k]!))
    const list = place('u32', shards.length)
    const rows = [...given, ...made, list]
    const table = place('u32', 2 * (rows.length + 1))
    const words = rows.flatMap(({ at, length }) => [at, length])
    view(memory, table).set([...words, 0, 0])
    view(memory, list).set(shards.map(({ at }) => at))
    buffers.lease.forEach(({ name }, k) => {
      view(memory, given[k]!).set(lease[name]!)
    })
    // The kernel sizes its scratch by what has just been written.
    const work = allocate(workBytes(table.at))
    view(memory, table).set([work, 0], words.length)
    push(table.at)
    const end = view(memory, table)
    return Object.fromEntries(
      buffers.delta.map(({ name }, k) => {
        const length = end[2 * (given.length + k) + 1]!
        return [name, view(memory, { ...made[k]!, length }).slice()]
      }),
    )
  }
}

function view(memory: WebAssembly.Memory, { type, at, length }: Buffer): TypedArray {
  return new constructors[type](memory.buffer, at, length)
}

function grow(memory: WebAssembly.Memory, end: number): void {
  const missing = end - memory.buffer.byteLength
  if (missing <= 0) return
  try {
    memory.grow(Math.ceil(missing / PAGE_BYTES))
  } catch {
    throw new MemoryError(
      `no room for ${Math.ceil(missing / 1024)} KiB more beside ${memory.buffer.byteLength >> 20} MiB in use`,
    )
  }
}
