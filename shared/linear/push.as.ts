/**
 * push.ts in AssemblyScript: the scan, the sweeps and the fit of one lease, without leaving WASM.
 *
 * Same steps in the same order as the reference; only the sums inside a dot product are folded
 * differently (columns.as.ts). The caller has checked the lease (shape.ts): nothing is checked here.
 *
 * How it is called: table.as.ts.
 */

import { scan, scanBytes } from '../columns/scan.as'
import { axpy, COLUMN_BYTES, dot, openColumn } from '../columns.as'
import { address, f64At, lengthOf, shardAt } from '../table.as'
import { extrapolate, extrapolationBytes, openExtrapolation } from './extrapolate.as'

export { heapBase } from '../table.as'

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

/** As in push.ts: less of a column's squares than this is rounding. */
const CONSTANT: f64 = 1e-14

/** Iterates to extrapolate from; 0: never. */
function depthOf(table: usize): usize {
  return <usize>f64At(address(table, SCALARS), 5)
}

/** Does the lease leave it to the tab what norms and means are? */
function isWithoutMoments(table: usize): bool {
  return lengthOf(table, NORM2) < lengthOf(table, BETA)
}

/** For means (m) and norms (m), and w∘x_j (n) while they are computed. */
function momentsBytes(table: usize): usize {
  return isWithoutMoments(table) ? (2 * lengthOf(table, BETA) + lengthOf(table, RESIDUAL)) << 3 : 0
}

/**
 * Scratch: for the scan; then again for a column descriptor per variable, moments that the lease does
 * not bring, and the extrapolation.
 */
export function workBytes(table: usize): usize {
  const m = lengthOf(table, BETA)
  let bytes =
    m * COLUMN_BYTES +
    momentsBytes(table) +
    extrapolationBytes(depthOf(table), m, lengthOf(table, RESIDUAL))
  if (lengthOf(table, GRADIENT) > 0)
    bytes = max(bytes, scanBytes(address(table, SHARDS), lengthOf(table, SHARDS)))
  return bytes
}

export function push(table: usize): void {
  const m = lengthOf(table, BETA)
  if (lengthOf(table, GRADIENT) > 0) scanAll(table)
  for (let k: usize = 0; k < m; k++) {
    const slot = <usize>load<u32>(address(table, SLOT) + (k << 2))
    const column = load<u32>(address(table, COLUMN) + (k << 2))
    openColumn(shardAt(table, SHARDS, slot), column, address(table, WORK) + k * COLUMN_BYTES)
  }
  descend(table, m)
  fit(table, m)
}

/** x_jᵀr of every column of every shard, in order. */
function scanAll(table: usize): void {
  scan(
    address(table, SHARDS),
    lengthOf(table, SHARDS),
    address(table, RESIDUAL),
    address(table, WORK),
    address(table, GRADIENT),
  )
}

function shrink(a: f64, t: f64): f64 {
  return a > t ? a - t : a < -t ? a + t : 0
}

/** Means, then squared norms, of the block's columns under the weights. */
function moments(table: usize, m: usize, mean: usize): void {
  const scalars = address(table, SCALARS)
  const weightSum = f64At(scalars, 1)
  const centred = f64At(scalars, 7) == 1
  const weights = address(table, WEIGHTS)
  const norm2 = mean + (m << 3)
  const weighted = norm2 + (m << 3)
  memory.fill(weighted, 0, lengthOf(table, RESIDUAL) << 3)
  for (let k: usize = 0; k < m; k++) {
    const c = address(table, WORK) + k * COLUMN_BYTES
    const s = f64At(address(table, SCALE), k)
    axpy(c, 1, weights, weighted)
    const squares = dot(c, weighted)
    // The same products again, so that zeros are left behind.
    axpy(c, -1, weights, weighted)
    const average = centred ? dot(c, weights) / weightSum : 0
    const second = squares - weightSum * average * average
    store<f64>(mean + (k << 3), average)
    store<f64>(norm2 + (k << 3), second <= CONSTANT * squares ? 0 : second / (s * s))
  }
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
  const ridge = f64At(scalars, 6)
  const scale = address(table, SCALE)
  const beta = address(table, BETA)
  const change = address(table, CHANGE)
  const columns = address(table, WORK)
  memory.copy(change, beta, m << 3)
  let mean = address(table, MEAN)
  let norm2 = address(table, NORM2)
  let room = columns + m * COLUMN_BYTES
  if (isWithoutMoments(table)) {
    moments(table, m, room)
    mean = room
    norm2 = room + (m << 3)
    room += momentsBytes(table)
  }
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
      if (q == 0) continue
      const g = (dot(c, r) + offset * weightSum * f64At(mean, k)) / s
      const next = shrink(g + q * b, threshold) / (q + ridge)
      const step = next - b
      if (step == 0) continue
      axpy(c, -step / s, weights, r)
      offset += (step / s) * f64At(mean, k)
      store<f64>(beta + (k << 3), next)
      largest = max(largest, (q + ridge) * abs(step))
    }
    sweeps += 1
    if (largest <= tolerance) break
    offset = extrapolate(beta, r, offset, weights, threshold, ridge)
  }
  for (let k: usize = 0; k < m; k++)
    store<f64>(change + (k << 3), f64At(beta, k) - f64At(change, k))
  store<f64>(address(table, STATS), sweeps)
  store<f64>(address(table, STATS), largest, 8)
}

/** X_B (Δβ_B/scale), afresh from the changes; its length becomes 0 when there are none. */
function fit(table: usize, m: usize): void {
  const change = address(table, CHANGE)
  const out = address(table, FIT)
  const n = lengthOf(table, RESIDUAL)
  memory.fill(out, 0, n << 3)
  let changed = false
  for (let k: usize = 0; k < m; k++) {
    const d = f64At(change, k)
    if (d == 0) continue
    changed = true
    const a = d / f64At(address(table, SCALE), k)
    axpy(address(table, WORK) + k * COLUMN_BYTES, a, 0, out)
  }
  if (!changed) store<u32>(table + (FIT << 3), 0, 4)
}
