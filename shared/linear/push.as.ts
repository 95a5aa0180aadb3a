/**
 * push.ts in AssemblyScript: the scan, the sweeps and the fit of one lease, without leaving WASM.
 *
 * Same steps in the same order as the reference; only the sums inside a dot product are folded
 * differently (columns.as.ts). The caller has checked the lease (shape.ts): nothing is checked here.
 *
 * `table` is how every kernel is called: u32 pairs (address, length) of the buffers of the lease, then
 * of the delta, in the order of buffers.ts; then (address, length) of the list of shard addresses;
 * then (address, 0) of `workBytes` bytes of scratch. Buffers of the lease are the kernel's to
 * overwrite. A delta buffer that ends shorter than its room gets its length written back.
 */
import { axpy, COLUMN_BYTES, columnsOf, dot, openColumn, scan, scanBytes } from '../columns.as'
import { extrapolate, extrapolationBytes, openExtrapolation } from './extrapolate.as'

// Rows of the table: buffers.ts in order.
const SCALARS: usize = 0
const RESIDUAL: usize = 1
const WEIGHTS: usize = 2
const SLOT: usize = 3
const COLUMN: usize = 4
const MEAN: usize = 5
const SCALE: usize = 6
const NORM2: usize = 7
const BETA: usize = 8
const CHANGE: usize = 9
const FIT: usize = 10
const GRADIENT: usize = 11
const STATS: usize = 12
const SHARDS: usize = 13
const WORK: usize = 14

function address(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3))
}

function lengthOf(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3), 4)
}

function f64At(base: usize, k: usize): f64 {
  return load<f64>(base + (k << 3))
}

/** First address that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base
}

function shardAt(table: usize, slot: usize): usize {
  return <usize>load<u32>(address(table, SHARDS) + (slot << 2))
}

/** Iterates to extrapolate from; 0: never. */
function depthOf(table: usize): usize {
  return <usize>f64At(address(table, SCALARS), 5)
}

/** Scratch: for the scan; then again for a column descriptor per variable and the extrapolation. */
export function workBytes(table: usize): usize {
  const m = lengthOf(table, BETA)
  let bytes = m * COLUMN_BYTES + extrapolationBytes(depthOf(table), m, lengthOf(table, RESIDUAL))
  if (lengthOf(table, GRADIENT) > 0)
    for (let k: usize = 0; k < lengthOf(table, SHARDS); k++)
      bytes = max(bytes, scanBytes(shardAt(table, k)))
  return bytes
}

export function push(table: usize): void {
  const m = lengthOf(table, BETA)
  if (lengthOf(table, GRADIENT) > 0) scanAll(table)
  for (let k: usize = 0; k < m; k++) {
    const slot = <usize>load<u32>(address(table, SLOT) + (k << 2))
    const column = load<u32>(address(table, COLUMN) + (k << 2))
    openColumn(shardAt(table, slot), column, address(table, WORK) + k * COLUMN_BYTES)
  }
  descend(table, m)
  fit(table, m)
}

/** x_jᵀr of every column of every shard, in order. */
function scanAll(table: usize): void {
  const r = address(table, RESIDUAL)
  const count = lengthOf(table, SHARDS)
  let out = address(table, GRADIENT)
  for (let k: usize = 0; k < count; k++) {
    const shard = shardAt(table, k)
    scan(shard, r, address(table, WORK), out)
    out += (<usize>columnsOf(shard)) << 2
  }
}

function shrink(a: f64, t: f64): f64 {
  return a > t ? a - t : a < -t ? a + t : 0
}

/** Sweeps until one changes little; `change` receives Δβ. */
function descend(table: usize, m: usize): void {
  const scalars = address(table, SCALARS)
  const threshold = f64At(scalars, 0)
  const weightSum = f64At(scalars, 1)
  const sweepsMax = f64At(scalars, 2)
  const tolerance = f64At(scalars, 3)
  const r = address(table, RESIDUAL)
  const weights = lengthOf(table, WEIGHTS) > 0 ? address(table, WEIGHTS) : 0
  const mean = address(table, MEAN)
  const scale = address(table, SCALE)
  const norm2 = address(table, NORM2)
  const beta = address(table, BETA)
  const change = address(table, CHANGE)
  const columns = address(table, WORK)
  memory.copy(change, beta, m << 3)
  const room = columns + m * COLUMN_BYTES
  openExtrapolation(room, depthOf(table), m, lengthOf(table, RESIDUAL), beta, r)
  let offset = 0.0
  let sweeps = 0.0
  let largest = 0.0
  while (sweeps < sweepsMax) {
    largest = 0
    for (let k: usize = 0; k < m; k++) {
      const c = columns + k * COLUMN_BYTES
      const s = f64At(scale, k)
      const q = f64At(norm2, k)
      const b = f64At(beta, k)
      const g = (dot(c, r) + offset * weightSum * f64At(mean, k)) / s
      const next = shrink(g + q * b, threshold) / q
      const step = next - b
      if (step == 0) continue
      axpy(c, -step / s, weights, r)
      offset += (step / s) * f64At(mean, k)
      store<f64>(beta + (k << 3), next)
      largest = max(largest, q * abs(step))
    }
    sweeps += 1
    if (largest <= tolerance) break
    offset = extrapolate(beta, r, offset, weights, threshold)
  }
  for (let k: usize = 0; k < m; k++)
    store<f64>(change + (k << 3), f64At(beta, k) - f64At(change, k))
  store<f64>(address(table, STATS), sweeps)
  store<f64>(address(table, STATS), largest, 8)
}

/** Δf = X̃_B Δβ_B, afresh from the changes; its length becomes 0 when there are none. */
function fit(table: usize, m: usize): void {
  const change = address(table, CHANGE)
  const out = address(table, FIT)
  const n = lengthOf(table, RESIDUAL)
  memory.fill(out, 0, n << 3)
  let changed = false
  let shift = 0.0
  for (let k: usize = 0; k < m; k++) {
    const d = f64At(change, k)
    if (d == 0) continue
    changed = true
    const a = d / f64At(address(table, SCALE), k)
    axpy(address(table, WORK) + k * COLUMN_BYTES, a, 0, out)
    shift += a * f64At(address(table, MEAN), k)
  }
  for (let i: usize = 0; i < n; i++) store<f64>(out + (i << 3), f64At(out, i) - shift)
  if (!changed) store<u32>(table + (FIT << 3), 0, 4)
}
