/**
 * Passes over all columns of one shard: what the server does to the whole of X when a problem opens and
 * when a certificate is due; and the product of two columns. Here as plain loops, the reference; a host may
 * have faster ones (passes.as.ts, in WebAssembly) and hangs them on its datasets.
 */
import type { Dataset } from '../app.ts'
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

/**
 * Up to so many bytes a pass of the host's own is over before a tab's answer would be here. To lease a scan, to
 * receive it and to check it takes 10 to 20 ms, of which the engine computes 4; the pass over 16 MB of
 * sparse f64 (newsgroups) takes 5 ms. It is also what a dataset keeps open (server/io/engine/dataset.ts).
 */
const QUICK_BYTES_MAX = 32 << 20

/** May the server look at all of the data itself whenever a look is due? */
export const hasQuickPasses = ({ passes, manifest }: Dataset): boolean =>
  passes !== undefined &&
  manifest.shards.reduce((sum, { bytes }) => sum + bytes, 0) <= QUICK_BYTES_MAX

export const passesOf = (dataset: Dataset): Passes => dataset.passes ?? plainPasses

/**
 * Share of its columns from which a shard is worth carrying to the host's passes: its MiB takes 50 µs, in
 * which plain loops add 75 000 entries of two-bit columns, a fiftieth of them, and 20 000 sparse ones, a tenth.
 */
const CARRIED_SHARE = 0.1

/** out += Σ a_j x_j of a shard, by the faster way. `a` is (m), `out` is (n). */
export function addColumns(
  dataset: Dataset,
  shard: Shard,
  a: Float64Array,
  out: Float64Array,
): void {
  const read = a.reduce((count, value) => count + Number(value !== 0), 0)
  const passes = read < CARRIED_SHARE * a.length ? plainPasses : passesOf(dataset)
  if (read > 0) passes.combine(shard, a, out)
}
