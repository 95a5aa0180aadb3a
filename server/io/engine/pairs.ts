/**
 * Products of two dense columns in WebAssembly SIMD (shared/columns/passes.as.ts), in a memory of their
 * own. The first column stays there, spread out over f64, because a candidate of the scheduler is
 * compared with several variables.
 */
import type { ColumnOf } from '../../../shared/columns/passes.ts'
import { SHARD_HEADER_BYTES, type Shard } from '../../../shared/shard.ts'
import { growTo, pad } from '../linearMemory.ts'

export interface PairExports {
  readonly memory: WebAssembly.Memory
  heapBase(): number
  spread(shard: number, w: number, work: number, out: number): void
  product(shard: number, r: number, work: number): number
}

/** A column descriptor. */
const WORK_BYTES = 64

export class Pairs {
  readonly #exports: PairExports
  readonly #work: number
  /** All of memory; made anew when it has grown. */
  #bytes = new Uint8Array(0)
  /** What is spread out. */
  #shard: Shard | null = null
  #j = -1
  #weights: Float64Array | null = null

  constructor(exports: PairExports) {
    this.#exports = exports
    this.#work = pad(exports.heapBase())
  }

  /** Σ w_i x_i y_i; the shards have as many rows. `weights` is (n), or null for all ones. */
  product(x: ColumnOf, y: ColumnOf, weights: Float64Array | null): number {
    const spread = this.#work + WORK_BYTES
    const given = spread + pad(8 * x.shard.rows)
    const column = given + pad(8 * x.shard.rows)
    growTo(
      this.#exports.memory,
      column + SHARD_HEADER_BYTES + Math.max(x.shard.stride, y.shard.stride),
    )
    if (this.#bytes.buffer !== this.#exports.memory.buffer)
      this.#bytes = new Uint8Array(this.#exports.memory.buffer)
    if (this.#shard !== x.shard || this.#j !== x.j || this.#weights !== weights) {
      if (weights) new Float64Array(this.#bytes.buffer, given, weights.length).set(weights)
      this.#put(x, column)
      this.#exports.spread(column, weights ? given : 0, this.#work, spread)
      this.#shard = x.shard
      this.#j = x.j
      this.#weights = weights
    }
    this.#put(y, column)
    return this.#exports.product(column, spread, this.#work)
  }

  /** A shard of this column alone. */
  #put({ shard, j }: ColumnOf, at: number): void {
    const from = SHARD_HEADER_BYTES + j * shard.stride
    this.#bytes.set(shard.bytes.subarray(0, SHARD_HEADER_BYTES), at)
    this.#bytes.set(shard.bytes.subarray(from, from + shard.stride), at + SHARD_HEADER_BYTES)
  }
}
