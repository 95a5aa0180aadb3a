/**
 * Moments of a column, Σ w_i x_i and Σ w_i x_i², in one pass over it: what means and norms are made of.
 *
 * Napkin limit. Sparse: as dot, with w for r. Dense: a column is laid out as f64 first, whatever it is
 * stored as (axpy, 7 entries/ns), then read beside w (7 entries/ns): 3.5. Two-bit columns without weights
 * are looked up by the byte.
 */
import { axpy } from '../columns.as'
import { fma, foldTwo, Unweighted, Weighted } from './simd.as'
import { momentsSparse } from './sparse.as'
import { momentsU2 } from './u2.as'

/**
 * Of the column c, whose shard has n rows; stored at `sum` and `squares`. `w` is (n), or 0 for all ones;
 * `room` is (n + 1) f64 of scratch.
 */
export function momentsOf(
  c: usize,
  n: usize,
  w: usize,
  room: usize,
  sum: usize,
  squares: usize,
): void {
  const kind = load<u32>(c)
  if (kind > 4) {
    if (w) sparse<Weighted>(c, w, sum, squares)
    else sparse<Unweighted>(c, 0, sum, squares)
  } else if (w == 0 && kind == 0) momentsU2(<usize>load<u32>(c, 4), n, sum, squares)
  else dense(c, n, w, room, sum, squares)
}

function dense(c: usize, n: usize, w: usize, x: usize, sum: usize, squares: usize): void {
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
  let total = foldTwo(s)
  let second = foldTwo(q)
  if (n & 1) {
    const v = load<f64>(x + ((n - 1) << 3))
    const wv = w ? load<f64>(w + ((n - 1) << 3)) * v : v
    total += wv
    second += wv * v
  }
  store<f64>(sum, total)
  store<f64>(squares, second)
}

/** W is Weighted or Unweighted, as in columns.as.ts; so are the kinds. */
function sparse<W>(c: usize, w: usize, sum: usize, squares: usize): void {
  const x = <usize>load<u32>(c, 4)
  const rows = <usize>load<u32>(c, 8)
  const count = <usize>load<u32>(c, 12)
  switch (load<u32>(c)) {
    case 5:
      return momentsSparse<u8, u16, W>(x, rows, count, w, sum, squares)
    case 6:
      return momentsSparse<i16, u16, W>(x, rows, count, w, sum, squares)
    case 7:
      return momentsSparse<f32, u16, W>(x, rows, count, w, sum, squares)
    case 8:
      return momentsSparse<f64, u16, W>(x, rows, count, w, sum, squares)
    case 9:
      return momentsSparse<u8, u32, W>(x, rows, count, w, sum, squares)
    case 10:
      return momentsSparse<i16, u32, W>(x, rows, count, w, sum, squares)
    case 11:
      return momentsSparse<f32, u32, W>(x, rows, count, w, sum, squares)
    default:
      return momentsSparse<f64, u32, W>(x, rows, count, w, sum, squares)
  }
}
