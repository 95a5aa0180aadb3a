/**
 * passes.ts in AssemblyScript: products, moments and combinations of all columns of a shard, for the
 * server's own passes over X, and products of two columns. Same sums in another but fixed order.
 *
 * A shard is copied into linear memory first (1 MiB: 50 µs), next to which plain loops cost 10 times
 * as much: the limits are those of the loops in columns.as.ts. Of two columns only these are copied, each
 * as a shard of its own.
 */
import { axpy, COLUMN_BYTES, columnsOf, dot, openColumn } from '../columns.as'
import { momentsOf } from './moments.as'
import { products } from './scan.as'

export { heapBase } from '../table.as'
export { products }

function rowsOf(shard: usize): usize {
  return <usize>load<u32>(shard, 8)
}

/** Bytes of `work` for any pass over a shard: a descriptor and one column as f64. */
export function workBytes(shard: usize): usize {
  return COLUMN_BYTES + ((rowsOf(shard) + 1) << 3)
}

/** out += Σ a_j x_j; `a` is (m), `out` (n). */
export function combine(shard: usize, a: usize, work: usize, out: usize): void {
  const m = columnsOf(shard)
  for (let j: u32 = 0; j < m; j++) {
    const factor = load<f64>(a + ((<usize>j) << 3))
    if (factor == 0) continue
    openColumn(shard, j, work)
    axpy(work, factor, 0, out)
  }
}

/** out (n) = w∘x of the only column of a shard; `w` is (n), or 0 for all ones. */
export function spread(shard: usize, w: usize, work: usize, out: usize): void {
  memory.fill(out, 0, rowsOf(shard) << 3)
  openColumn(shard, 0, work)
  axpy(work, 1, w, out)
}

/** xᵀr of the only column of a shard. */
export function product(shard: usize, r: usize, work: usize): f64 {
  openColumn(shard, 0, work)
  return dot(work, r)
}

/** sum (m) and squares (m); `w` is (n), or 0 for all ones. */
export function moments(shard: usize, w: usize, work: usize, sum: usize, squares: usize): void {
  const n = rowsOf(shard)
  const m = columnsOf(shard)
  for (let j: usize = 0; j < <usize>m; j++) {
    openColumn(shard, <u32>j, work)
    momentsOf(work, n, w, work + COLUMN_BYTES, sum + (j << 3), squares + (j << 3))
  }
}
