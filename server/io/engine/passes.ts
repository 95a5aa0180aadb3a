/**
 * The server's passes over X in WebAssembly SIMD (shared/columns/passes.as.ts): one module a thread,
 * with all shards in its memory where data are small, else one at a time; and the products of two
 * columns that the scheduler asks for.
 *
 * Opening a problem and certifying it are passes over all of X. Plain loops read 0.3 to 1.4 entries a
 * nanosecond, these 2 to 16: at 463 × 509 000 genotypes opening took 10.7 s, most of a short job.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { ColumnOf, Passes } from '../../../shared/columns/passes.ts'
import type { Shard } from '../../../shared/shard.ts'
import { kernelFile } from '../kernelFile.ts'
import { growTo, pad } from '../linearMemory.ts'
import { type PairExports, Pairs } from './pairs.ts'

interface Exports extends PairExports {
  workBytes(shard: number): number
  products(shard: number, r: number, out: number): void
  moments(shard: number, w: number, work: number, sum: number, squares: number): void
  combine(shard: number, a: number, work: number, out: number): void
}

/**
 * Undefined where the kernel was not built: plain loops do then.
 *
 * @param residentBytes of shards that stay in the module's memory: 16 MB are carried there in 2 to 4 ms,
 * which is half of a pass over them
 */
export function openPasses(residentBytes = 0, path = kernelFile('columns')): Passes | undefined {
  if (!existsSync(path)) return undefined
  const module = new WebAssembly.Module(readFileSync(path))
  const open = (): Exports => new WebAssembly.Instance(module).exports as unknown as Exports
  return new WasmPasses(open(), new Pairs(open()), residentBytes)
}

class WasmPasses implements Passes {
  readonly #exports: Exports
  readonly #pairs: Pairs
  readonly #residentBytes: number
  readonly #base: number
  /** Shards in memory, one behind the other from #base on, and where they end. */
  readonly #shards = new Map<Shard, number>()
  #shardsEnd: number
  /** The shard of the pass under way, and the next free byte behind all. */
  #shardAt = 0
  #end = 0

  constructor(exports: Exports, pairs: Pairs, residentBytes: number) {
    this.#exports = exports
    this.#pairs = pairs
    this.#residentBytes = residentBytes
    this.#base = pad(exports.heapBase())
    this.#shardsEnd = this.#base
  }

  products(shard: Shard, r: Float64Array): Float64Array {
    this.#begin(shard)
    const out = this.#room(shard.columns)
    this.#exports.products(this.#shardAt, this.#put(r), out)
    return this.#take(out, shard.columns)
  }

  moments(shard: Shard, weights: Float64Array | null) {
    const work = this.#begin(shard)
    const sum = this.#room(shard.columns)
    const squares = this.#room(shard.columns)
    const w = weights ? this.#put(weights) : 0
    this.#exports.moments(this.#shardAt, w, work, sum, squares)
    return { sum: this.#take(sum, shard.columns), squares: this.#take(squares, shard.columns) }
  }

  combine(shard: Shard, a: Float64Array, out: Float64Array): void {
    const work = this.#begin(shard)
    const at = this.#put(out)
    this.#exports.combine(this.#shardAt, this.#put(a), work, at)
    out.set(new Float64Array(this.#exports.memory.buffer, at, out.length))
  }

  pair(x: ColumnOf, y: ColumnOf, weights: Float64Array | null): number {
    return this.#pairs.product(x, y, weights)
  }

  /** The shard in memory, everything behind them free; the address of scratch. */
  #begin(shard: Shard): number {
    this.#shardAt = this.#shards.get(shard) ?? this.#carry(shard)
    this.#end = this.#shardsEnd
    return this.#room(this.#exports.workBytes(this.#shardAt) / 8)
  }

  #carry(shard: Shard): number {
    const { bytes } = shard
    if (this.#shardsEnd + bytes.byteLength > this.#base + this.#residentBytes) {
      this.#shards.clear()
      this.#shardsEnd = this.#base
    }
    const at = this.#shardsEnd
    this.#shardsEnd += pad(bytes.byteLength)
    growTo(this.#exports.memory, this.#shardsEnd)
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at)
    this.#shards.set(shard, at)
    return at
  }

  /** Room for so many f64. */
  #room(length: number): number {
    const at = this.#end
    this.#end += pad(8 * length)
    growTo(this.#exports.memory, this.#end)
    return at
  }

  #put(values: Float64Array): number {
    const at = this.#room(values.length)
    new Float64Array(this.#exports.memory.buffer, at, values.length).set(values)
    return at
  }

  #take(at: number, length: number): Float64Array {
    return new Float64Array(this.#exports.memory.buffer, at, length).slice()
  }
}
