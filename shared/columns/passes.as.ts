/**
 * passes.ts in AssemblyScript: products, moments and combinations of all columns of a shard, for the
 * server's own passes over X, and products of two columns. Same sums in another but fixed order.
 *
 * A shard is copied into linear memory first (1 MiB: 50 µs), next to which plain loops cost 10 times
 * as much: the limits are those of the loops in columns.as.ts. Of two columns only these are copied, each
 * as a shard of its own.
 */
import { axpy, COLUMN_BYTES, columnsOf, dot, openColumn } from '../columns.as'
import { products } from './scan.as'
import { fma } from './simd.as'
import { momentsU2 } from './u2.as'

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
  const m = columnsOf(shard)
  const isSparse = load<u8>(shard, 6) != 0
  for (let j: usize = 0; j < <usize>m; j++) {
    openColumn(shard, <u32>j, work)
    const at = j << 3
    if (isSparse) momentsSparse(work, w, sum + at, squares + at)
    else if (w == 0 && load<u32>(work) == 0)
      momentsU2(<usize>load<u32>(work, 4), rowsOf(shard), sum + at, squares + at)
    else momentsDense(shard, work, w, sum + at, squares + at)
  }
}

/** A dense column is laid out as f64 once, whatever it is stored as. */
function momentsDense(shard: usize, c: usize, w: usize, sum: usize, squares: usize): void {
  const n = rowsOf(shard)
  const x = c + COLUMN_BYTES
  memory.fill(x, 0, (n + 1) << 3)
  axpy(c, 1, 0, x)
  let s = f64x2.splat(0)
  let q = f64x2.splat(0)
  const pairs = n >> 1
  for (let k: usize = 0; k < pairs; k++) {
    const v = v128.load(x + (k << 4))
    const wv = w ? f64x2.mul(v128.load(w + (k << 4)), v) : v
    s = f64x2.add(s, wv)
    q = fma(q, wv, v)
  }
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
  let second = f64x2.extract_lane(q, 0) + f64x2.extract_lane(q, 1)
  if (n & 1) {
    const v = load<f64>(x + ((n - 1) << 3))
    const wv = w ? load<f64>(w + ((n - 1) << 3)) * v : v
    total += wv
    second += wv * v
  }
  store<f64>(sum, total)
  store<f64>(squares, second)
}

function momentsSparse(c: usize, w: usize, sum: usize, squares: usize): void {
  switch (load<u32>(c)) {
    case 5:
      return gather<u8, u16>(c, w, sum, squares)
    case 6:
      return gather<i16, u16>(c, w, sum, squares)
    case 7:
      return gather<f32, u16>(c, w, sum, squares)
    case 8:
      return gather<f64, u16>(c, w, sum, squares)
    case 9:
      return gather<u8, u32>(c, w, sum, squares)
    case 10:
      return gather<i16, u32>(c, w, sum, squares)
    case 11:
      return gather<f32, u32>(c, w, sum, squares)
    default:
      return gather<f64, u32>(c, w, sum, squares)
  }
}

function gather<T, I>(c: usize, w: usize, sum: usize, squares: usize): void {
  let x = <usize>load<u32>(c, 4)
  let rows = <usize>load<u32>(c, 8)
  const end = rows + <usize>load<u32>(c, 12) * sizeof<I>()
  let s = 0.0
  let q = 0.0
  while (rows < end) {
    const v = <f64>load<T>(x)
    const wv = w ? load<f64>(w + ((<usize>load<I>(rows)) << 3)) * v : v
    s += wv
    q += wv * v
    x += sizeof<T>()
    rows += sizeof<I>()
  }
  store<f64>(sum, s)
  store<f64>(squares, q)
}
