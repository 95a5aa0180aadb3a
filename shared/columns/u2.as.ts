/**
 * Two-bit columns (genotypes): four rows a byte.
 *
 * Bytes are not unpacked but looked up: byte → its four values as f64, 256 × 32 bytes, which stay in
 * the first-level cache. A scan of many columns by one r goes further and looks up the finished sum.
 *
 * Napkin limit. The scan reads 32 rows as one word and makes 34 instructions of it, eight lookups
 * among them: at four a cycle 14 entries/ns at 3.7 GHz (measured: 16), with 0.25 bytes an entry 4 GB/s,
 * an eighth of what memory gives – and four times what any program gets out of f64 columns. A single
 * dot makes two products a lookup: 6 entries/ns. axpy is two loads and a store for two rows: 7.4.
 *
 * The tables lie at fixed addresses below the static data (kernels.mjs keeps that room free), so that
 * an address is a constant of the load.
 */
import { fma, fold } from './simd.as'
import { touch } from './touch.as'

/** (256, 4) f64: the values of a byte. */
const TABLE: usize = 1024
/** (8, 256) f64: for eight bytes of a column, the products with r summed, by the byte's value. */
const SUMS: usize = TABLE + 256 * 32
/** (32) f64: the last rows of r, padded with zeros. */
const TAIL: usize = SUMS + 8 * 256 * 8
/** (256) u32: Σx of a byte in the low half, Σx² in the high. Ends at 26 880, below MEMORY_BASE of kernels.mjs. */
const MOMENTS: usize = TAIL + 32 * 8
/** Bytes until a half of such a sum is full: 36 a byte. */
const MOMENTS_BYTES_MAX: usize = 1024

/** Columns from which the tables of sums pay: filling them costs about as much as 100 columns. */
const SCAN_COLUMNS_MIN: usize = 256

for (let q: usize = 0; q < 256; q++) {
  let both: u32 = 0
  for (let k: usize = 0; k < 4; k++) {
    const value = <u32>((q >> (2 * k)) & 3)
    store<f64>(TABLE + (q << 5) + (k << 3), <f64>value)
    both += value + ((value * value) << 16)
  }
  store<u32>(MOMENTS + (q << 2), both)
}

/** Offset into the table of byte k of q. */
function entry(q: u64, k: u64): usize {
  return <usize>((k == 0 ? q << 5 : q >> (8 * k - 5)) & 0x1fe0)
}

/** x_jᵀr of n two-bit values at x. */
export function dotU2(x: usize, n: usize, r: usize): f64 {
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

/** out += a·(w ∘ x_j) of n two-bit values at x. */
export function axpyU2<W>(x: usize, n: usize, a: f64, w: usize, out: usize): void {
  const aa = f64x2.splat(a)
  const bytesEnd = x + (n >> 2)
  const wordsEnd = x + ((n >> 4) << 2)
  while (x < wordsEnd) {
    const q = <u64>load<u32>(x)
    step<W>(entry(q, 0), aa, w, out)
    step<W>(entry(q, 1), aa, w + 32, out + 32)
    step<W>(entry(q, 2), aa, w + 64, out + 64)
    step<W>(entry(q, 3), aa, w + 96, out + 96)
    x += 4
    out += 128
    if (isFloat<W>()) w += 128
  }
  while (x < bytesEnd) {
    step<W>((<usize>load<u8>(x++)) << 5, aa, w, out)
    out += 32
    if (isFloat<W>()) w += 32
  }
  const rest = n & 3
  for (let i: usize = 0; i < rest; i++) {
    const aw = isFloat<W>() ? a * load<f64>(w + (i << 3)) : a
    const at = out + (i << 3)
    store<f64>(at, load<f64>(at) + aw * load<f64>(((<usize>load<u8>(x)) << 5) + (i << 3), TABLE))
  }
}

/** Four rows, whose values are entry e of the table. */
function step<W>(e: usize, aa: v128, w: usize, out: usize): void {
  const a0 = isFloat<W>() ? f64x2.mul(aa, v128.load(w)) : aa
  const a1 = isFloat<W>() ? f64x2.mul(aa, v128.load(w, 16)) : aa
  v128.store(out, fma(v128.load(out), a0, v128.load(e, TABLE)))
  v128.store(out, fma(v128.load(out, 16), a1, v128.load(e, TABLE + 16)), 16)
}

/**
 * sums[j] = x_jᵀr of m columns, `stride` bytes apart. 32 rows at a time: all sums that a byte can stand
 * for are put in a table once, then each column costs one lookup per byte instead of four products.
 * That is a jump from column to column, so the shard is brought near first (from memory 9 → 15 entries/ns).
 */
export function scanU2(x: usize, stride: usize, m: usize, n: usize, r: usize, sums: usize): void {
  if (m < SCAN_COLUMNS_MIN) {
    for (let j: usize = 0; j < m; j++) store<f64>(sums + (j << 3), dotU2(x + j * stride, n, r))
    return
  }
  memory.fill(sums, 0, m << 3)
  touch(x, <usize>m * stride)
  for (let row: usize = 0; row < n; row += 32) {
    let rows = r + (row << 3)
    if (n - row < 32) {
      memory.fill(TAIL, 0, 256)
      memory.copy(TAIL, rows, (n - row) << 3)
      rows = TAIL
    }
    for (let k: usize = 0; k < 8; k++) fillSums(SUMS + (k << 11), rows + (k << 5))
    let at = x + (row >> 2)
    const end = sums + (m << 3)
    for (let out = sums; out < end; out += 8) {
      const q = load<u64>(at)
      const a = load<f64>(sumOf(q, 0), SUMS) + load<f64>(sumOf(q, 1), SUMS + 2048)
      const b = load<f64>(sumOf(q, 2), SUMS + 4096) + load<f64>(sumOf(q, 3), SUMS + 6144)
      const c = load<f64>(sumOf(q, 4), SUMS + 8192) + load<f64>(sumOf(q, 5), SUMS + 10240)
      const d = load<f64>(sumOf(q, 6), SUMS + 12288) + load<f64>(sumOf(q, 7), SUMS + 14336)
      store<f64>(out, load<f64>(out) + (a + b + (c + d)))
      at += stride
    }
  }
}

/** Offset into its table of sums of byte k of q. */
function sumOf(q: u64, k: u64): usize {
  return <usize>((k == 0 ? q << 3 : q >> (8 * k - 3)) & 0x7f8)
}

/**
 * table[q] = Σ r_k·(value k of byte q) for the four rows at r: the sixteen sums of the first two rows stay
 * in registers, and each of the others' is added to them.
 */
function fillSums(table: usize, r: usize): void {
  const r0 = load<f64>(r)
  const s0 = f64x2.replace_lane(f64x2.splat(0), 1, r0)
  const s1 = f64x2.add(s0, f64x2.splat(r0 + r0))
  const step = f64x2.splat(load<f64>(r, 8))
  const s2 = f64x2.add(s0, step)
  const s3 = f64x2.add(s1, step)
  const s4 = f64x2.add(s2, step)
  const s5 = f64x2.add(s3, step)
  const s6 = f64x2.add(s4, step)
  const s7 = f64x2.add(s5, step)
  for (let q: u32 = 0; q < 16; q++) {
    const others = <f64>(q & 3) * load<f64>(r, 16) + <f64>(q >> 2) * load<f64>(r, 24)
    const add = f64x2.splat(others)
    v128.store(table, f64x2.add(s0, add))
    v128.store(table, f64x2.add(s1, add), 16)
    v128.store(table, f64x2.add(s2, add), 32)
    v128.store(table, f64x2.add(s3, add), 48)
    v128.store(table, f64x2.add(s4, add), 64)
    v128.store(table, f64x2.add(s5, add), 80)
    v128.store(table, f64x2.add(s6, add), 96)
    v128.store(table, f64x2.add(s7, add), 112)
    table += 128
  }
}

/** Σx and Σx² of n two-bit values at x, by the byte: whole numbers, exact. */
export function momentsU2(x: usize, n: usize, sum: usize, squares: usize): void {
  let s: u64 = 0
  let q: u64 = 0
  const whole = x + (n >> 2)
  while (x < whole) {
    const end = min(whole, x + MOMENTS_BYTES_MAX)
    let both: u32 = 0
    while (x < end) both += load<u32>((<usize>load<u8>(x++)) << 2, MOMENTS)
    s += both & 0xffff
    q += both >> 16
  }
  const rest = n & 3
  if (rest) {
    const byte = <usize>load<u8>(x) & ((1 << (2 * rest)) - 1)
    const both = load<u32>(byte << 2, MOMENTS)
    s += both & 0xffff
    q += both >> 16
  }
  store<f64>(sum, <f64>s)
  store<f64>(squares, <f64>q)
}
