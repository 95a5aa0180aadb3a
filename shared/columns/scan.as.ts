/**
 * Scans: x_jᵀr of every column of a shard, which is what gradients, scores and the server's passes are.
 *
 * One r meets many columns. So sums of r are looked up for two-bit columns (u2.as.ts), and r is turned
 * into whole numbers once for u8 and i16 (whole.as.ts), where the result travels as f32 anyway. Floats
 * are read one column after the other (why: dense.as.ts), sparse columns without the descriptors that
 * sweeps need: 25 entries take 11 ns instead of 12, 1814 of f64 238 instead of 265.
 */
import { columnsOf, rowsAt, valuesAt } from '../columns.as'
import { dotsDense } from './dense.as'
import { dotsSparse } from './sparse.as'
import { touch } from './touch.as'
import { scanU2 } from './u2.as'
import { putDigits, scanWhole, unitOf, WHOLE_COLUMNS_MIN, wholeBytes } from './whole.as'

const U2: u8 = 0
const U8: u8 = 1
const I16: u8 = 2
const F32: u8 = 3

/**
 * Rows of r that stay in a processor's first cache. With more the jumps through it hide from the
 * processor that entries follow each other, and a shard is brought near first: from memory 1.2 → 1.75
 * entries/ns (f32) and 0.9 → 1.4 (f64) at n = 11 314, but 2.1 → 1.7 at n = 450.
 */
const FIRST_CACHE_ROWS: usize = 4096

function isSparse(shard: usize): bool {
  return load<u8>(shard, 6) != 0
}

function typeOf(shard: usize): u8 {
  return load<u8>(shard, 7)
}

function rowsOf(shard: usize): usize {
  return <usize>load<u32>(shard, 8)
}

function strideOf(shard: usize): usize {
  return <usize>load<u32>(shard, 20)
}

/** out[j] = x_jᵀr of every column of a shard: (m) f64. */
export function products(shard: usize, r: usize, out: usize): void {
  if (!isSparse(shard)) denseProducts(shard, r, out)
  else if (load<u32>(shard, 20) == 2) sparseProducts<u16>(shard, r, out)
  else sparseProducts<u32>(shard, r, out)
}

function denseProducts(shard: usize, r: usize, out: usize): void {
  const x = shard + 32
  const m = <usize>columnsOf(shard)
  const n = rowsOf(shard)
  switch (typeOf(shard)) {
    case U2:
      return scanU2(x, strideOf(shard), m, n, r, out)
    case U8:
      return dotsDense<u8>(x, strideOf(shard), m, n, r, out)
    case I16:
      return dotsDense<i16>(x, strideOf(shard), m, n, r, out)
    case F32:
      return dotsDense<f32>(x, strideOf(shard), m, n, r, out)
    default:
      return dotsDense<f64>(x, strideOf(shard), m, n, r, out)
  }
}

/** I: the type of a row index. */
function sparseProducts<I>(shard: usize, r: usize, out: usize): void {
  const m = <usize>columnsOf(shard)
  const starts = shard + 32
  const rows = rowsAt(shard)
  const values = valuesAt(shard)
  if (rowsOf(shard) > FIRST_CACHE_ROWS) {
    const entries = <usize>load<u32>(shard, 24)
    touch(rows, entries * sizeof<I>())
    touch(values, entries << (typeOf(shard) - 1))
  }
  switch (typeOf(shard)) {
    case U8:
      return dotsSparse<u8, I>(starts, rows, values, m, r, out)
    case I16:
      return dotsSparse<i16, I>(starts, rows, values, m, r, out)
    case F32:
      return dotsSparse<f32, I>(starts, rows, values, m, r, out)
    default:
      return dotsSparse<f64, I>(starts, rows, values, m, r, out)
  }
}

/** Bytes of scratch to scan the `count` shards whose addresses are listed: digits and sums. */
export function scanBytes(list: usize, count: usize): usize {
  let columns: u32 = 0
  let rows: usize = 0
  for (let k: usize = 0; k < count; k++) {
    const shard = <usize>load<u32>(list + (k << 2))
    columns = max(columns, columnsOf(shard))
    rows = max(rows, rowsOf(shard))
  }
  return wholeBytes(rows) + ((<usize>columns) << 3)
}

/** x_jᵀr of every column of the listed shards, in order, as f32, as it travels. `r` is (n) f64. */
export function scan(list: usize, count: usize, r: usize, work: usize, out: usize): void {
  if (count == 0) return
  const n = rowsOf(<usize>load<u32>(list))
  const sums = work + wholeBytes(n)
  /** Of what type of columns the digits are, and what they are counted in: 0 where f64 it is. */
  let ready: u8 = U2
  let unit = -1.0
  for (let k: usize = 0; k < count; k++) {
    const shard = <usize>load<u32>(list + (k << 2))
    const m = columnsOf(shard)
    const type = typeOf(shard)
    const isInteger = !isSparse(shard) && (type == U8 || type == I16)
    if (isInteger && unit < 0) unit = unitOf(r, n)
    if (!isInteger || unit == 0 || (type != ready && m < WHOLE_COLUMNS_MIN))
      products(shard, r, sums)
    else {
      if (type == U8) wholeProducts<u8>(shard, r, unit, work, type == ready, sums)
      else wholeProducts<i16>(shard, r, unit, work, type == ready, sums)
      ready = type
    }
    for (let j: usize = 0; j < <usize>m; j++)
      store<f32>(out + (j << 2), <f32>load<f64>(sums + (j << 3)))
    out += (<usize>m) << 2
  }
}

function wholeProducts<T>(
  shard: usize,
  r: usize,
  unit: f64,
  digits: usize,
  isReady: bool,
  sums: usize,
): void {
  const n = rowsOf(shard)
  if (!isReady) putDigits<T>(r, n, unit, digits)
  scanWhole<T>(shard + 32, strideOf(shard), columnsOf(shard), n, digits, unit, sums)
}
