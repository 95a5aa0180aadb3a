/**
 * push.ts in AssemblyScript: the scan, the sweeps and Δw of one lease, without leaving WASM.
 *
 * Same steps in the same order as the reference; only the sums inside a dot product are folded
 * differently (columns.as.ts). The caller has checked the lease (kernel.ts): nothing is checked here.
 *
 * How it is called: table.as.ts.
 */

import { scan, scanBytes } from '../../columns/scan.as'
import { axpy, COLUMN_BYTES, dot, openColumn } from '../../columns.as'
import { address, f64At, lengthOf, shardAt } from '../../table.as'

export { heapBase } from '../../table.as'

// Rows of the table: buffers.ts in order.
const SCALARS: usize = 0
const W: usize = 1
const SLOT: usize = 2
const COLUMN: usize = 3
const LABEL: usize = 4
const NORM2: usize = 5
const BEFORE: usize = 6
const ALPHA: usize = 7
const CHANGE: usize = 8
const SCORE: usize = 9
const STATS: usize = 10
const SHARDS: usize = 11
const WORK: usize = 12

const STEP_MIN: f64 = 1e-12

let randomState: u32 = 1

/** Scratch: for the scan; then again for a column descriptor and a place in the order per example. */
export function workBytes(table: usize): usize {
  let bytes = lengthOf(table, BEFORE) * (COLUMN_BYTES + 4)
  if (lengthOf(table, SCORE) > 0)
    bytes = max(bytes, scanBytes(address(table, SHARDS), lengthOf(table, SHARDS)))
  return bytes
}

export function push(table: usize): void {
  const m = lengthOf(table, BEFORE)
  if (lengthOf(table, SCORE) > 0) scanAll(table)
  for (let k: usize = 0; k < m; k++) {
    const slot = <usize>load<u32>(address(table, SLOT) + (k << 2))
    const column = load<u32>(address(table, COLUMN) + (k << 2))
    openColumn(shardAt(table, SHARDS, slot), column, address(table, WORK) + k * COLUMN_BYTES)
  }
  descend(table, <u32>m)
  changeOf(table, m)
}

/** wᵀx of every column of every shard, in order. */
function scanAll(table: usize): void {
  scan(
    address(table, SHARDS),
    lengthOf(table, SHARDS),
    address(table, W),
    address(table, WORK),
    address(table, SCORE),
  )
}

/** xorshift32. */
function below(bound: u32): u32 {
  let x = randomState
  x ^= x << 13
  x ^= x >> 17
  x ^= x << 5
  randomState = x
  return x % bound
}

function swap(order: usize, a: u32, b: u32): void {
  const atA = order + ((<usize>a) << 2)
  const atB = order + ((<usize>b) << 2)
  const k = load<u32>(atA)
  store<u32>(atA, load<u32>(atB))
  store<u32>(atB, k)
}

/** Sweeps over what is not shrunk, until all of it is solved; α receives what the variables become. */
function descend(table: usize, m: u32): void {
  const scalars = address(table, SCALARS)
  const upper = f64At(scalars, 0)
  const diagonal = f64At(scalars, 1)
  const bias = f64At(scalars, 2)
  let biasWeight = f64At(scalars, 3)
  const visitsMax = f64At(scalars, 4)
  const tolerance = f64At(scalars, 5)
  randomState = <u32>f64At(scalars, 7)
  const w = address(table, W)
  const label = address(table, LABEL)
  const norm2 = address(table, NORM2)
  const alpha = address(table, ALPHA)
  const columns = address(table, WORK)
  const order = columns + <usize>m * COLUMN_BYTES
  memory.copy(alpha, address(table, BEFORE), (<usize>m) << 3)
  for (let k: u32 = 0; k < m; k++) store<u32>(order + ((<usize>k) << 2), k)
  let active = m
  let highest = Infinity
  let lowest = -Infinity
  let visits = 0.0
  let spread = 0.0
  while (active > 0 && visits < visitsMax) {
    const wasWhole = active == m
    let high = -Infinity
    let low = Infinity
    for (let s: u32 = 0; s < active; s++) swap(order, s, s + below(active - s))
    let s: u32 = 0
    while (s < active) {
      const k = <usize>load<u32>(order + ((<usize>s) << 2))
      visits += 1
      const c = columns + k * COLUMN_BYTES
      const a = f64At(alpha, k)
      const y = f64At(label, k)
      const gradient = y * (dot(c, w) + bias * biasWeight) - 1 + diagonal * a
      if ((a == 0 && gradient > highest) || (a == upper && gradient < lowest)) {
        active--
        swap(order, s, active)
        continue
      }
      s++
      const isHeld = (a == 0 && gradient > 0) || (a == upper && gradient < 0)
      const projected = isHeld ? 0 : gradient
      high = max(high, projected)
      low = min(low, projected)
      if (abs(projected) <= STEP_MIN) continue
      const next = min(max(a - gradient / f64At(norm2, k), 0), upper)
      store<f64>(alpha + (k << 3), next)
      const step = y * (next - a)
      axpy(c, step, 0, w)
      biasWeight += step * bias
    }
    if (wasWhole) spread = max(0.0, high - low)
    highest = high > STEP_MIN ? high : Infinity
    lowest = low < -STEP_MIN ? low : -Infinity
    if (!(high - low <= tolerance)) continue
    if (wasWhole) break
    active = m
    highest = Infinity
    lowest = -Infinity
  }
  store<f64>(address(table, STATS), visits)
  store<f64>(address(table, STATS), spread, 8)
}

/** Δw afresh from the changes; its length becomes 0 when there are none. */
function changeOf(table: usize, m: usize): void {
  const out = address(table, CHANGE)
  const before = address(table, BEFORE)
  const after = address(table, ALPHA)
  const label = address(table, LABEL)
  memory.fill(out, 0, lengthOf(table, CHANGE) << 3)
  let changed = false
  for (let k: usize = 0; k < m; k++) {
    const step = f64At(label, k) * (f64At(after, k) - f64At(before, k))
    if (step == 0) continue
    changed = true
    axpy(address(table, WORK) + k * COLUMN_BYTES, step, 0, out)
  }
  if (!changed) store<u32>(table + (CHANGE << 3), 0, 4)
}
