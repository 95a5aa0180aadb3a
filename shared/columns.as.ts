/**
 * columns.ts in AssemblyScript: dot, axpy and weighted axpy of a shard's column, in fixed-width SIMD. Scans
 * of all columns are in columns/scan.as.ts.
 *
 * Same sums as the reference, in another but fixed order: partial sums in the lanes of several
 * vectors, which hides the latency of an addition, then one fold. No relaxed SIMD and no fused
 * multiply-add, so every machine gets the same bits.
 *
 * A shard lies in linear memory as it came (shard.ts; the caller has let openShard check it). This
 * file finds columns and picks the loop for their kind; the loops are in columns/.
 *
 * Speed, in matrix entries a nanosecond (npm run bench:kernels; one core of an EPYC at 3.7 GHz, half a
 * MiB of columns in the cache; there the engine reads 125 GB/s, from memory 33). `gradient` is x_jᵀr of
 * every column (columns/scan.as.ts); `sweep` is dot and axpy, as where every coefficient moves. The
 * napkin limits are in columns/.
 *
 *                gradient  limit   sweep  limit   gradient from memory
 *   dense u2      17        14      3.3    3.7     15.3: 3.9 GB/s, 12 % of reading (of f64 it would be 122 GB/s)
 *   dense u8      14        17      2.8    2.9     14.8: 15 GB/s, 44 %
 *   dense i16      9.1      11      3.0    2.9      9.1: 18 GB/s, 54 %
 *   dense f32      7.5      7.4     3.4    3.7      6.1: 24 GB/s, 74 %
 *   dense f64      7.6      7.4     3.4    3.7      3.4: 27 GB/s, 82 %
 *   sparse i16     2.4      3.7     1.1    1.5      2.2  n = 450, 25 entries a column: its ends show
 *   sparse f32     2.2      2.7     1.2    1.3      1.9  n = 11 314: r is beyond the first cache
 *   sparse f64     1.9      2.7     1.2    1.3      1.5
 *
 * Plain loops (columns.ts) read 0.4 sparse, 0.8 dense and 1.4 two-bit entries a nanosecond.
 */
import { axpyDense, dotDense } from './columns/dense.as'
import { Unweighted, Weighted } from './columns/simd.as'
import { axpySparse, dotSparse } from './columns/sparse.as'
import { axpyU2, dotU2 } from './columns/u2.as'

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

/** Where the row indices of a sparse shard begin. */
export function rowsAt(shard: usize): usize {
  return shard + 32 + pad16((<usize>columnsOf(shard) + 1) << 2)
}

/** Where its values begin. */
export function valuesAt(shard: usize): usize {
  return rowsAt(shard) + pad16(<usize>load<u32>(shard, 24) * <usize>load<u32>(shard, 20))
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
  const first = <usize>load<u32>(starts + ((<usize>j) << 2))
  const end = <usize>load<u32>(starts + ((<usize>j) << 2), 4)
  const size: usize = type == 1 ? 1 : type == 2 ? 2 : type == 3 ? 4 : 8
  store<u32>(c, type + (word == 2 ? SPARSE_U16 : SPARSE_U32))
  store<u32>(c, <u32>(valuesAt(shard) + first * size), 4)
  store<u32>(c, <u32>(rowsAt(shard) + first * word), 8)
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
