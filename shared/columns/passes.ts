/**
 * Passes over all columns of one shard: what the server does to the whole of X when a problem opens and
 * when a certificate is due; and the product of two columns. Here as plain loops, the reference; a host may
 * have faster ones (passes.as.ts, in WebAssembly) and hangs them on its datasets.
 */
import { axpy, axpyWeighted, dot, moments } from '../columns.ts'
import type { Shard } from '../shard.ts'

/** m columns, n rows. */
export interface Passes {
  /** x_jᵀr of every column (m). `r` is (n). */
  products(shard: Shard, r: Float64Array): Float64Array
  /** Σ w_i x_ij and Σ w_i x_ij² of every column (m, m). `weights` is (n), or null for all ones. */
  moments(shard: Shard, weights: Float64Array | null): Moments
  /** out += Σ a_j x_j. `a` is (m), `out` is (n); columns with a_j = 0 are not read. */
  combine(shard: Shard, a: Float64Array, out: Float64Array): void
  /** Σ w_i x_i y_i of two columns of dense shards. `weights` is (n), or null for all ones. */
  pair(x: ColumnOf, y: ColumnOf, weights: Float64Array | null): number
}

/** Column j of a shard, by its place there. */
export interface ColumnOf {
  readonly shard: Shard
  readonly j: number
}

export interface Moments {
  readonly sum: Float64Array
  readonly squares: Float64Array
}

export const plainPasses: Passes = {
  products: (shard, r) => Float64Array.from({ length: shard.columns }, (_, j) => dot(shard, j, r)),
  moments(shard, weights) {
    const sum = new Float64Array(shard.columns)
    const squares = new Float64Array(shard.columns)
    for (let j = 0; j < shard.columns; j++) {
      const found = moments(shard, j, weights)
      sum[j] = found.sum
      squares[j] = found.squares
    }
    return { sum, squares }
  },
  combine(shard, a, out) {
    for (let j = 0; j < shard.columns; j++) if (a[j] !== 0) axpy(shard, j, a[j]!, out)
  },
  pair(x, y, weights) {
    const spread = new Float64Array(x.shard.rows)
    axpyWeighted(x.shard, x.j, 1, weights, spread)
    return dot(y.shard, y.j, spread)
  },
}
