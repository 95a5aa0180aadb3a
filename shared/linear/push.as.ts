/**
 * push.ts in AssemblyScript: the scan, the sweeps and the fit of one lease, without leaving WASM.
 *
 * Same steps in the same order as the reference; only the sums inside a dot product are folded
 * differently (columns.as.ts). The caller has checked the lease (shape.ts): nothing is checked here.
 *
 * How it is called: table.as.ts.
 */

import { momentsOf } from '../columns/moments.as'
import { scan, scanBytes } from '../columns/scan.as'
import { axpy, COLUMN_BYTES, dot, openColumn } from '../columns.as'
import { address, f64At, lengthOf, pad16, shardAt, u32At } from '../table.as'
import { extrapolate, extrapolationBytes, openExtrapolation, openModel } from './extrapolate.as'

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

// As in push.ts: when the support alone is swept, and for how long.
const SUPPORT_SHARE: f64 = 0.5
const SUPPORT_SOLVED: f64 = 0.1
const SUPPORT_SWEEPS: f64 = 4

/** Sweeps to extrapolate from; 0: never. */
function depthOf(table: usize): usize {
  return <usize>f64At(address(table, SCALARS), 5)
}

/** Does the lease leave it to the tab what norms and means are? */
function isWithoutMoments(table: usize): bool {
  return lengthOf(table, NORM2) < lengthOf(table, BETA)
}

/** For means (m) and norms (m), and a column (n + 1) while they are computed. */
function momentsBytes(table: usize): usize {
  if (!isWithoutMoments(table)) return 0
  return pad16((2 * lengthOf(table, BETA) + lengthOf(table, RESIDUAL) + 1) << 3)
}

/** For the whole block and for its support, by position (u32). */
function listBytes(m: usize): usize {
  return pad16((2 * m) << 2)
}

/**
 * Scratch: for the scan; then again for a column descriptor per variable, moments that the lease does
 * not bring, and the extrapolation.
 */
export function workBytes(table: usize): usize {
  const m = lengthOf(table, BETA)
  const n = lengthOf(table, RESIDUAL)
  let bytes =
    m * COLUMN_BYTES +
    momentsBytes(table) +
    listBytes(m) +
    extrapolationBytes(depthOf(table), m, n, lengthOf(table, WEIGHTS) > 0)
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
  const room = norm2 + (m << 3)
  for (let k: usize = 0; k < m; k++) {
    const c = address(table, WORK) + k * COLUMN_BYTES
    const s = f64At(address(table, SCALE), k)
    momentsOf(c, lengthOf(table, RESIDUAL), weights, room, mean + (k << 3), norm2 + (k << 3))
    const squares = f64At(norm2, k)
    const average = centred ? f64At(mean, k) / weightSum : 0
    const second = squares - weightSum * average * average
    store<f64>(mean + (k << 3), average)
    store<f64>(norm2 + (k << 3), second <= CONSTANT * squares ? 0 : second / (s * s))
  }
}

// What a sweep touches; set once per lease.
let columns: usize = 0
let mean: usize = 0
let norm2: usize = 0
let scale: usize = 0
let beta: usize = 0
let residual: usize = 0
let weights: usize = 0
let threshold: f64 = 0
let ridge: f64 = 0
let weightSum: f64 = 0
let offset: f64 = 0

/** Sweeps until one over the whole block changes little; `change` receives Δβ. */
function descend(table: usize, m: usize): void {
  const n = lengthOf(table, RESIDUAL)
  const lists = openSweeps(table, m)
  const change = address(table, CHANGE)
  memory.copy(change, beta, m << 3)
  const all = lists
  const support = lists + (m << 2)
  const scalars = address(table, SCALARS)
  openModel(lists + listBytes(m), depthOf(table), n, weights, threshold, ridge)
  let total = 0.0
  for (let k: usize = 0; k < m; k++) {
    store<u32>(all + (k << 2), <u32>k)
    total += workOf(k)
  }
  const budget = f64At(scalars, 2) * total
  const tolerance = f64At(scalars, 3)
  let list = all
  let count = m
  let listWork = total
  let listEnd = budget
  let target = tolerance
  let spent = 0.0
  let largest = 0.0
  openExtrapolation(all, m, beta, residual, offset)
  while (spent < budget) {
    largest = sweep(list, count)
    spent += listWork
    if (list == all) {
      if (largest <= tolerance) break
      count = supportOf(support, m)
      listWork = 0
      for (let k: usize = 0; k < count; k++) listWork += workOf(u32At(support, k))
      if (listWork > 0 && listWork <= SUPPORT_SHARE * total) {
        target = max(tolerance, SUPPORT_SOLVED * largest)
        listEnd = spent + SUPPORT_SWEEPS * total
        list = support
        openExtrapolation(list, count, beta, residual, offset)
        continue
      }
      count = m
      listWork = total
    } else if (largest <= target || spent >= listEnd) {
      list = all
      count = m
      listWork = total
      openExtrapolation(list, count, beta, residual, offset)
      continue
    }
    // A lease ends with a sweep: what should be zero is.
    if (spent < budget) extrapolate(beta, residual, offset)
  }
  for (let k: usize = 0; k < m; k++)
    store<f64>(change + (k << 3), f64At(beta, k) - f64At(change, k))
  store<f64>(address(table, STATS), total > 0 ? spent / total : 0)
  store<f64>(address(table, STATS), largest, 8)
}

/** Entries of column k of the block. */
function workOf(k: usize): f64 {
  return <f64>max<u32>(1, load<u32>(columns + k * COLUMN_BYTES, 12))
}

/** What is not zero; returns how many. */
function supportOf(out: usize, m: usize): usize {
  let count: usize = 0
  for (let k: usize = 0; k < m; k++) {
    if (f64At(beta, k) == 0) continue
    store<u32>(out + (count << 2), <u32>k)
    count++
  }
  return count
}

/** Returns where scratch is free. */
function openSweeps(table: usize, m: usize): usize {
  const scalars = address(table, SCALARS)
  threshold = f64At(scalars, 0)
  weightSum = f64At(scalars, 1)
  ridge = f64At(scalars, 6)
  residual = address(table, RESIDUAL)
  weights = lengthOf(table, WEIGHTS) > 0 ? address(table, WEIGHTS) : 0
  scale = address(table, SCALE)
  beta = address(table, BETA)
  columns = address(table, WORK)
  offset = 0
  mean = address(table, MEAN)
  norm2 = address(table, NORM2)
  let room = columns + m * COLUMN_BYTES
  if (isWithoutMoments(table)) {
    moments(table, m, room)
    mean = room
    norm2 = room + (m << 3)
    room += momentsBytes(table)
  }
  return room
}

/** One sweep over `count` variables of a list. Returns the largest move of a gradient. */
function sweep(list: usize, count: usize): f64 {
  let largest = 0.0
  for (let at: usize = 0; at < count; at++) {
    const k = <usize>u32At(list, at)
    const c = columns + k * COLUMN_BYTES
    const s = f64At(scale, k)
    const q = f64At(norm2, k)
    const b = f64At(beta, k)
    if (q == 0) continue
    const g = (dot(c, residual) + offset * weightSum * f64At(mean, k)) / s
    const next = shrink(g + q * b, threshold) / (q + ridge)
    const step = next - b
    if (step == 0) continue
    axpy(c, -step / s, weights, residual)
    offset += (step / s) * f64At(mean, k)
    store<f64>(beta + (k << 3), next)
    largest = max(largest, (q + ridge) * abs(step))
  }
  return largest
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
