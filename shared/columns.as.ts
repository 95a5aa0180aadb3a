/**
 * columns.ts in AssemblyScript: dot, axpy and weighted axpy of a shard's column, in fixed-width SIMD.
 *
 * Same sums as the reference, in another but fixed order: partial sums in the lanes of several
 * vectors, which hides the latency of an addition, then one fold. No relaxed SIMD and no fused
 * multiply-add, so every machine gets the same bits.
 *
 * A shard lies in linear memory as it came (shard.ts; the caller has let openShard check it). This
 * file finds columns and picks the loop for their kind; the loops are in columns/.
 *
 * Speed, in matrix entries a nanosecond (npm run bench:kernels; one core of an EPYC at 3.7 GHz, half a
 * MiB of columns in the cache; there the engine reads 118 GB/s, from memory 32). `gradient` is dot of
 * every column; `sweep` is dot and axpy, as where every coefficient moves. The napkin limits are in
 * columns/: two loads and four instructions a cycle.
 *
 *                       gradient  limit   sweep  limit   gradient from memory
 *   dense u2              16.0     14      3.1    3.7       f64-equivalent of 130 GB/s
 *   dense u8, i16          5.6     5.6     2.7    2.9
 *   dense f32              7.2     7.4     3.2    3.7       24 GB/s, 74 % of reading
 *   dense f64              7.2     7.4     3.2    3.7       29 GB/s, 90 % of reading
 *   sparse f32, f64        2.2     2.3     1.1    1.2       n = 11 314: r is beyond the first cache
 *   sparse i16             1.8     2.3     0.9    1.2       25 entries a column: its ends show
 *
 * Plain loops (columns.ts) read 0.4 sparse, 0.8 dense and 1.4 two-bit entries a nanosecond.
 */
import { axpyDense, dotDense } from './columns/dense.as'
import { Unweighted, Weighted } from './columns/simd.as'
import { axpySparse, dotSparse } from './columns/sparse.as'
import { axpyU2, dotU2, SCAN_COLUMNS_MIN, scanU2 } from './columns/u2.as'

/** Bytes of a column descriptor: u32 kind, address of the values, address of the rows, entries. */
export const COLUMN_BYTES: usize = 16

// Kinds: layout and type in one number, so that a column costs one switch. Dense u2 … f64 are 0 … 4.
const SPARSE_U16: u32 = 4 // 5 … 8: u8, i16, f32, f64 with u16 rows
const SPARSE_U32: u32 = 8 // 9 … 12: the same with u32 rows

function pad16(bytes: usize): usize {
  return (bytes + 15) & ~15
}

export function columnsOf(shard: usize): u32 {
  return load<u32>(shard, 12)
}

/** Write the descriptor of column j of a shard to c. */
export function openColumn(shard: usize, j: u32, c: usize): void {
  const type = <u32>load<u8>(shard, 7)
  const word = <usize>load<u32>(shard, 20)
  if (load<u8>(shard, 6) == 0) {
    store<u32>(c, type)
    store<u32>(c, <u32>(shard + 32 + <usize>j * word), 4)
    store<u32>(c, 0, 8)
    store<u32>(c, load<u32>(shard, 8), 12)
    return
  }
  const starts = shard + 32
  const rows = starts + pad16((<usize>columnsOf(shard) + 1) << 2)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * word)
  const first = <usize>load<u32>(starts + ((<usize>j) << 2))
  const end = <usize>load<u32>(starts + ((<usize>j) << 2), 4)
  const size: usize = type == 1 ? 1 : type == 2 ? 2 : type == 3 ? 4 : 8
  store<u32>(c, type + (word == 2 ? SPARSE_U16 : SPARSE_U32))
  store<u32>(c, <u32>(values + first * size), 4)
  store<u32>(c, <u32>(rows + first * word), 8)
  store<u32>(c, <u32>(end - first), 12)
}

/** x_jᵀr. `r` is (n) f64. */
export function dot(c: usize, r: usize): f64 {
  const x = <usize>load<u32>(c, 4)
  const rows = <usize>load<u32>(c, 8)
  const count = <usize>load<u32>(c, 12)
  switch (load<u32>(c)) {
    case 0:
      return dotU2(x, count, r)
    case 1:
      return dotDense<u8>(x, count, r)
    case 2:
      return dotDense<i16>(x, count, r)
    case 3:
      return dotDense<f32>(x, count, r)
    case 4:
      return dotDense<f64>(x, count, r)
    case 5:
      return dotSparse<u8, u16>(x, rows, count, r)
    case 6:
      return dotSparse<i16, u16>(x, rows, count, r)
    case 7:
      return dotSparse<f32, u16>(x, rows, count, r)
    case 8:
      return dotSparse<f64, u16>(x, rows, count, r)
    case 9:
      return dotSparse<u8, u32>(x, rows, count, r)
    case 10:
      return dotSparse<i16, u32>(x, rows, count, r)
    case 11:
      return dotSparse<f32, u32>(x, rows, count, r)
    default:
      return dotSparse<f64, u32>(x, rows, count, r)
  }
}

/** out += a·(w ∘ x_j). `out` is (n) f64; `w` too, or 0 for all ones. */
export function axpy(c: usize, a: f64, w: usize, out: usize): void {
  if (w) axpyOf<Weighted>(c, a, w, out)
  else axpyOf<Unweighted>(c, a, 0, out)
}

/** W is Weighted or Unweighted, so that the loops need not ask. */
function axpyOf<W>(c: usize, a: f64, w: usize, out: usize): void {
  const x = <usize>load<u32>(c, 4)
  const rows = <usize>load<u32>(c, 8)
  const count = <usize>load<u32>(c, 12)
  switch (load<u32>(c)) {
    case 0:
      return axpyU2<W>(x, count, a, w, out)
    case 1:
      return axpyDense<u8, W>(x, count, a, w, out)
    case 2:
      return axpyDense<i16, W>(x, count, a, w, out)
    case 3:
      return axpyDense<f32, W>(x, count, a, w, out)
    case 4:
      return axpyDense<f64, W>(x, count, a, w, out)
    case 5:
      return axpySparse<u8, u16, W>(x, rows, count, a, w, out)
    case 6:
      return axpySparse<i16, u16, W>(x, rows, count, a, w, out)
    case 7:
      return axpySparse<f32, u16, W>(x, rows, count, a, w, out)
    case 8:
      return axpySparse<f64, u16, W>(x, rows, count, a, w, out)
    case 9:
      return axpySparse<u8, u32, W>(x, rows, count, a, w, out)
    case 10:
      return axpySparse<i16, u32, W>(x, rows, count, a, w, out)
    case 11:
      return axpySparse<f32, u32, W>(x, rows, count, a, w, out)
    default:
      return axpySparse<f64, u32, W>(x, rows, count, a, w, out)
  }
}

/** Bytes of scratch that `scan` needs for a shard. */
export function scanBytes(shard: usize): usize {
  return COLUMN_BYTES + ((<usize>columnsOf(shard)) << 3)
}

/** out[j] = x_jᵀr of every column of a shard: (m) f64. `work` is of COLUMN_BYTES. */
export function products(shard: usize, r: usize, work: usize, out: usize): void {
  const m = columnsOf(shard)
  if (m == 0) return
  openColumn(shard, 0, work)
  if (load<u32>(work) == 0 && m >= SCAN_COLUMNS_MIN) {
    const n = <usize>load<u32>(shard, 8)
    scanU2(<usize>load<u32>(work, 4), <usize>load<u32>(shard, 20), m, n, r, out)
    return
  }
  for (let j: u32 = 0; j < m; j++) {
    openColumn(shard, j, work)
    store<f64>(out + ((<usize>j) << 3), dot(work, r))
  }
}

/** The same as (m) f32, as it travels. */
export function scan(shard: usize, r: usize, work: usize, out: usize): void {
  const m = <usize>columnsOf(shard)
  const sums = work + COLUMN_BYTES
  products(shard, r, work, sums)
  for (let j: usize = 0; j < m; j++) store<f32>(out + (j << 2), <f32>load<f64>(sums + (j << 3)))
}
