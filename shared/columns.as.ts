/**
 * columns.ts in AssemblyScript: dot, axpy and weighted axpy of a shard's column, in fixed-width SIMD.
 *
 * Same sums as the reference, in another but fixed order: partial sums in the lanes of several
 * vectors, which hides the latency of an addition, then one fold. No relaxed SIMD and no fused
 * multiply-add, so every machine gets the same bits.
 *
 * A shard lies in linear memory as it came (shard.ts; the caller has let openShard check it). Genotypes
 * go through a table: byte → its four values as f64, 256 × 32 bytes, at a fixed address below the
 * static data (kernels.mjs keeps that room free), so that the address is a constant of the load.
 */

/** Where the table of two-bit values lies, and its end. */
const TABLE: usize = 1024
/** Bytes of a column descriptor: u32 kind, address of the values, address of the rows, entries. */
export const COLUMN_BYTES: usize = 16

// Kinds: layout and type in one number, so that a column costs one switch. Dense u2 … f64 are 0 … 4.
const SPARSE_U16: u32 = 4 // 5 … 8: u8, i16, f32, f64 with u16 rows
const SPARSE_U32: u32 = 8 // 9 … 12: the same with u32 rows

for (let q: usize = 0; q < 256; q++)
  for (let k: usize = 0; k < 4; k++)
    store<f64>(TABLE + (q << 5) + (k << 3), <f64>((q >> (2 * k)) & 3))

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
  const x = <usize>load<u32>(c, 4)
  const rows = <usize>load<u32>(c, 8)
  const count = <usize>load<u32>(c, 12)
  switch (load<u32>(c)) {
    case 0:
      return axpyU2(x, count, a, w, out)
    case 1:
      return axpyDense<u8>(x, count, a, w, out)
    case 2:
      return axpyDense<i16>(x, count, a, w, out)
    case 3:
      return axpyDense<f32>(x, count, a, w, out)
    case 4:
      return axpyDense<f64>(x, count, a, w, out)
    case 5:
      return axpySparse<u8, u16>(x, rows, count, a, w, out)
    case 6:
      return axpySparse<i16, u16>(x, rows, count, a, w, out)
    case 7:
      return axpySparse<f32, u16>(x, rows, count, a, w, out)
    case 8:
      return axpySparse<f64, u16>(x, rows, count, a, w, out)
    case 9:
      return axpySparse<u8, u32>(x, rows, count, a, w, out)
    case 10:
      return axpySparse<i16, u32>(x, rows, count, a, w, out)
    case 11:
      return axpySparse<f32, u32>(x, rows, count, a, w, out)
    default:
      return axpySparse<f64, u32>(x, rows, count, a, w, out)
  }
}

function fold(a: v128, b: v128, c: v128, d: v128): f64 {
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d))
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1)
}

function fma(sum: v128, x: v128, y: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, y))
}

// --- dense, two-bit: 32 rows are 8 bytes, each byte two vectors of the table

/** Offset into the table of byte k of q. */
function entry(q: u64, k: u64): usize {
  return <usize>((k == 0 ? q << 5 : q >> (8 * k - 5)) & 0x1fe0)
}

function dotU2(x: usize, n: usize, r: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  const bytesEnd = x + (n >> 2)
  const wordsEnd = x + ((n >> 5) << 3)
  while (x < wordsEnd) {
    const q = load<u64>(x)
    let e = entry(q, 0)
    a = fma(a, v128.load(e, TABLE), v128.load(r))
    b = fma(b, v128.load(e, TABLE + 16), v128.load(r, 16))
    e = entry(q, 1)
    c = fma(c, v128.load(e, TABLE), v128.load(r, 32))
    d = fma(d, v128.load(e, TABLE + 16), v128.load(r, 48))
    e = entry(q, 2)
    a = fma(a, v128.load(e, TABLE), v128.load(r, 64))
    b = fma(b, v128.load(e, TABLE + 16), v128.load(r, 80))
    e = entry(q, 3)
    c = fma(c, v128.load(e, TABLE), v128.load(r, 96))
    d = fma(d, v128.load(e, TABLE + 16), v128.load(r, 112))
    e = entry(q, 4)
    a = fma(a, v128.load(e, TABLE), v128.load(r, 128))
    b = fma(b, v128.load(e, TABLE + 16), v128.load(r, 144))
    e = entry(q, 5)
    c = fma(c, v128.load(e, TABLE), v128.load(r, 160))
    d = fma(d, v128.load(e, TABLE + 16), v128.load(r, 176))
    e = entry(q, 6)
    a = fma(a, v128.load(e, TABLE), v128.load(r, 192))
    b = fma(b, v128.load(e, TABLE + 16), v128.load(r, 208))
    e = entry(q, 7)
    c = fma(c, v128.load(e, TABLE), v128.load(r, 224))
    d = fma(d, v128.load(e, TABLE + 16), v128.load(r, 240))
    x += 8
    r += 256
  }
  while (x < bytesEnd) {
    const e = (<usize>load<u8>(x++)) << 5
    a = fma(a, v128.load(e, TABLE), v128.load(r))
    b = fma(b, v128.load(e, TABLE + 16), v128.load(r, 16))
    r += 32
  }
  let sum = fold(a, b, c, d)
  const rest = n & 3
  for (let i: usize = 0; i < rest; i++)
    sum += load<f64>(((<usize>load<u8>(x)) << 5) + (i << 3), TABLE) * load<f64>(r + (i << 3))
  return sum
}

function axpyU2(x: usize, n: usize, a: f64, w: usize, out: usize): void {
  const aa = f64x2.splat(a)
  const end = x + (n >> 2)
  while (x < end) {
    const e = (<usize>load<u8>(x++)) << 5
    let a0 = aa
    let a1 = aa
    if (w) {
      a0 = f64x2.mul(aa, v128.load(w))
      a1 = f64x2.mul(aa, v128.load(w, 16))
      w += 32
    }
    v128.store(out, fma(v128.load(out), a0, v128.load(e, TABLE)))
    v128.store(out, fma(v128.load(out, 16), a1, v128.load(e, TABLE + 16)), 16)
    out += 32
  }
  const rest = n & 3
  for (let i: usize = 0; i < rest; i++) {
    const aw = w ? a * load<f64>(w + (i << 3)) : a
    const at = out + (i << 3)
    store<f64>(at, load<f64>(at) + aw * load<f64>(((<usize>load<u8>(x)) << 5) + (i << 3), TABLE))
  }
}

// --- dense: eight rows at a time, widened to f64 in registers

/** Rows 0 … 7 of an integer column as i16; nothing for floats, which `pair` loads itself. */
function octet<T>(x: usize): v128 {
  if (sizeof<T>() == 1) return v128.load8x8_u(x)
  if (sizeof<T>() == 2) return v128.load(x)
  return i64x2.splat(0)
}

/** Rows 2k and 2k + 1 as f64. */
function pair<T>(x: usize, words: v128, k: i32): v128 {
  if (isInteger<T>()) {
    const ints = k < 2 ? i32x4.extend_low_i16x8_s(words) : i32x4.extend_high_i16x8_s(words)
    return f64x2.convert_low_i32x4_s(k & 1 ? i32x4.shuffle(ints, ints, 2, 3, 2, 3) : ints)
  }
  if (sizeof<T>() == 4) return f64x2.promote_low_f32x4(v128.load64_zero(x + ((<usize>k) << 3)))
  return v128.load(x + ((<usize>k) << 4))
}

function dotDense<T>(x: usize, n: usize, r: usize): f64 {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let d = f64x2.splat(0)
  const whole = r + ((n >> 3) << 6)
  const end = r + (n << 3)
  while (r < whole) {
    const words = octet<T>(x)
    a = fma(a, pair<T>(x, words, 0), v128.load(r))
    b = fma(b, pair<T>(x, words, 1), v128.load(r, 16))
    c = fma(c, pair<T>(x, words, 2), v128.load(r, 32))
    d = fma(d, pair<T>(x, words, 3), v128.load(r, 48))
    x += 8 * sizeof<T>()
    r += 64
  }
  let sum = fold(a, b, c, d)
  while (r < end) {
    sum += <f64>load<T>(x) * load<f64>(r)
    x += sizeof<T>()
    r += 8
  }
  return sum
}

function axpyDense<T>(x: usize, n: usize, a: f64, w: usize, out: usize): void {
  const aa = f64x2.splat(a)
  const whole = out + ((n >> 3) << 6)
  const end = out + (n << 3)
  while (out < whole) {
    const words = octet<T>(x)
    let a0 = aa
    let a1 = aa
    let a2 = aa
    let a3 = aa
    if (w) {
      a0 = f64x2.mul(aa, v128.load(w))
      a1 = f64x2.mul(aa, v128.load(w, 16))
      a2 = f64x2.mul(aa, v128.load(w, 32))
      a3 = f64x2.mul(aa, v128.load(w, 48))
      w += 64
    }
    v128.store(out, fma(v128.load(out), a0, pair<T>(x, words, 0)))
    v128.store(out, fma(v128.load(out, 16), a1, pair<T>(x, words, 1)), 16)
    v128.store(out, fma(v128.load(out, 32), a2, pair<T>(x, words, 2)), 32)
    v128.store(out, fma(v128.load(out, 48), a3, pair<T>(x, words, 3)), 48)
    x += 8 * sizeof<T>()
    out += 64
  }
  while (out < end) {
    const aw = w ? a * load<f64>(w) : a
    store<f64>(out, load<f64>(out) + aw * <f64>load<T>(x))
    x += sizeof<T>()
    out += 8
    if (w) w += 8
  }
}

// --- sparse: four entries at a time; the rows of a column are distinct (openShard checks it)

function at<I>(base: usize, rows: usize): usize {
  return base + ((<usize>load<I>(rows)) << 3)
}

function dotSparse<T, I>(x: usize, rows: usize, count: usize, r: usize): f64 {
  let a = 0.0
  let b = 0.0
  let c = 0.0
  let d = 0.0
  const whole = rows + (count >> 2) * (4 * sizeof<I>())
  const end = rows + count * sizeof<I>()
  while (rows < whole) {
    a += <f64>load<T>(x) * load<f64>(at<I>(r, rows))
    b += <f64>load<T>(x, sizeof<T>()) * load<f64>(at<I>(r, rows + sizeof<I>()))
    c += <f64>load<T>(x, 2 * sizeof<T>()) * load<f64>(at<I>(r, rows + 2 * sizeof<I>()))
    d += <f64>load<T>(x, 3 * sizeof<T>()) * load<f64>(at<I>(r, rows + 3 * sizeof<I>()))
    x += 4 * sizeof<T>()
    rows += 4 * sizeof<I>()
  }
  let sum = a + b + (c + d)
  while (rows < end) {
    sum += <f64>load<T>(x) * load<f64>(at<I>(r, rows))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
  return sum
}

function axpySparse<T, I>(x: usize, rows: usize, count: usize, a: f64, w: usize, out: usize): void {
  const end = rows + count * sizeof<I>()
  while (rows < end) {
    const aw = w ? a * load<f64>(at<I>(w, rows)) : a
    const o = at<I>(out, rows)
    store<f64>(o, load<f64>(o) + aw * <f64>load<T>(x))
    x += sizeof<T>()
    rows += sizeof<I>()
  }
}
