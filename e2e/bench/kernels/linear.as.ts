/** The column kernels of the linear models alone, without leases around them: what linear.ts times. */
import { axpy, COLUMN_BYTES, columnsOf, dot, openColumn, scan } from '../../../shared/columns.as'

/** First address that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base
}

/** Bytes of `work` for any of the functions below. */
export function workBytes(shard: usize): usize {
  return COLUMN_BYTES + ((<usize>columnsOf(shard)) << 3)
}

/** out[j] = x_jᵀr of every column of a shard: the gradient. */
export function gradient(shard: usize, r: usize, work: usize, out: usize): void {
  scan(shard, r, work, out)
}

/** A sweep in which every variable moves: x_jᵀr, then r += a·x_j. */
export function sweep(shard: usize, r: usize, work: usize): void {
  const m = columnsOf(shard)
  for (let j: u32 = 0; j < m; j++) {
    openColumn(shard, j, work)
    // Small and of changing sign: r stays what it is, whatever is measured for how long.
    axpy(work, (j & 1 ? 1e-12 : -1e-12) * (1 + dot(work, r) * 1e-12), 0, r)
  }
}
