/** The column kernels of the linear models alone, without leases around them: what linear.ts times. */

import { scan, scanBytes } from '../../../shared/columns/scan.as'
import { axpy, COLUMN_BYTES, columnsOf, dot, openColumn } from '../../../shared/columns.as'

/** First address that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base
}

/** Bytes of `work` for any of the functions below, on the `count` shards listed. */
export function workBytes(list: usize, count: usize): usize {
  return scanBytes(list, count)
}

/** x_jᵀr of every column of the listed shards: the gradient. */
export function gradient(list: usize, count: usize, r: usize, work: usize, out: usize): void {
  scan(list, count, r, work, out)
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
