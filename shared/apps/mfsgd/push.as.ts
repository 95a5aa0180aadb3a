/**
 * push.ts in AssemblyScript: the same operations in the same order, so that the two agree bit for bit.
 *
 * A rating is 16 operations on vectors for every 4 factors. Ratings of one user wait for each other: an
 * error is known when the dot product is summed, and only then can the next one begin.
 *
 * The caller has checked the lease (kernel.ts): sizes, and that columns are within their shards.
 */
import { address, f64At, lengthOf, shardAt, u32At } from '../../table.as'
import { readRow, writeRow } from './bytes.as'
import { items, layOutRatings, readRatings, targets } from './ratings.as'
import {
  AFTER_ITEM_STATE,
  AFTER_ITEMS,
  AFTER_USER_STATE,
  AFTER_USERS,
  BIAS,
  COLUMN,
  COLUMNS,
  ITEM_STATE,
  ITEMS,
  LOSS,
  SCALARS,
  SHARDS,
  SLOT,
  STATE_BYTES,
  USER_STATE,
  USERS,
  WORK,
} from './rows.as'

export { heapBase } from '../../table.as'

/** Of a row in f32. */
let rowBytes: usize = 0
/** f32 (n, W) */
let itemRows: usize = 0
/** f32 (W): factors of the user at hand. */
let userRow: usize = 0
let itemStates: usize = 0
let loss: f64 = 0
/** η of the user's factors and bias, then of the item's. */
let etas: v128 = f32x4.splat(0)
/** What e² counts in the four sums, but for the norms. */
let weights: v128 = f32x4.splat(0)
let lambda: f32 = 0
let lambdaBias: f32 = 0

/** Returns the end of the scratch. */
function layOut(table: usize): usize {
  rowBytes = ((<usize>f64At(address(table, SCALARS), 0) + 3) >> 2) << 4
  userRow = layOutRatings(table)
  itemRows = userRow + rowBytes
  return itemRows + itemsOf(table) * rowBytes
}

function itemsOf(table: usize): usize {
  return (lengthOf(table, ITEM_STATE) << 2) / STATE_BYTES
}

export function workBytes(table: usize): usize {
  return layOut(table) - address(table, WORK)
}

export function push(table: usize): void {
  layOut(table)
  readScalars(address(table, SCALARS))
  memory.copy(
    address(table, AFTER_USER_STATE),
    address(table, USER_STATE),
    lengthOf(table, USER_STATE) << 2,
  )
  memory.copy(
    address(table, AFTER_ITEM_STATE),
    address(table, ITEM_STATE),
    lengthOf(table, ITEM_STATE) << 2,
  )
  itemStates = address(table, AFTER_ITEM_STATE)
  const n = itemsOf(table)
  for (let i: usize = 0; i < n; i++)
    readRow(
      address(table, ITEMS) + i * (rowBytes >> 2),
      itemStates + i * STATE_BYTES,
      itemRows + i * rowBytes,
      rowBytes,
    )
  loss = 0
  const count = learnRuns(table, <u32>n)
  for (let i: usize = 0; i < n; i++)
    writeRow(
      itemRows + i * rowBytes,
      address(table, AFTER_ITEMS) + i * (rowBytes >> 2),
      itemStates + i * STATE_BYTES,
      rowBytes,
    )
  store<f64>(address(table, LOSS), loss)
  store<f64>(address(table, LOSS), <f64>count, 8)
}

function readScalars(scalars: usize): void {
  const eta = f32x4.splat(<f32>f64At(scalars, 2))
  etas = v128.shuffle<f32>(eta, f32x4.splat(<f32>f64At(scalars, 4)), 0, 4, 1, 5)
  lambda = <f32>f64At(scalars, 3)
  lambdaBias = <f32>f64At(scalars, 5)
  const weight = f32x4.splat(<f32>f64At(scalars, 6))
  weights = v128.shuffle<f32>(weight, f32x4.splat(<f32>f64At(scalars, 7)), 0, 4, 1, 5)
}

/** All users, run by run; returns how many ratings they have in the cell. */
function learnRuns(table: usize, n: u32): usize {
  const mean = <f32>f64At(address(table, SCALARS), 1)
  const first = <u32>f64At(address(table, SCALARS), 8)
  let from = address(table, USERS)
  let to = address(table, AFTER_USERS)
  let state = address(table, AFTER_USER_STATE)
  let count: usize = 0
  const runs = lengthOf(table, SLOT)
  for (let run: usize = 0; run < runs; run++) {
    const shard = shardAt(table, SHARDS, <usize>u32At(address(table, SLOT), run))
    const column = <usize>u32At(address(table, COLUMN), run)
    const end = column + <usize>u32At(address(table, COLUMNS), run)
    for (let j = column; j < end; j++) {
      const ratings = readRatings(shard, j, first, n, mean)
      readRow(from, state, userRow, rowBytes)
      for (let r: usize = 0; r < ratings; r++) {
        const item = <usize>u32At(items, r)
        const q = itemRows + item * rowBytes
        step(userRow, state, q, itemStates + item * STATE_BYTES, load<f32>(targets + (r << 2)))
      }
      writeRow(userRow, to, state, rowBytes)
      count += ratings
      from += rowBytes >> 2
      to += rowBytes >> 2
      state += STATE_BYTES
    }
  }
  return count
}

function step(p: usize, userState: usize, q: usize, itemState: usize, target: f32): void {
  const bu = load<f32>(userState, BIAS)
  const ci = load<f32>(itemState, BIAS)
  let pq0 = f32x4.splat(0),
    pq1 = pq0,
    pq2 = pq0,
    pq3 = pq0
  let pp0 = pq0,
    pp1 = pq0,
    pp2 = pq0,
    pp3 = pq0
  let qq0 = pq0,
    qq1 = pq0,
    qq2 = pq0,
    qq3 = pq0
  let k: usize = 0
  for (; k + 64 <= rowBytes; k += 64) {
    let x = v128.load(p + k)
    let y = v128.load(q + k)
    pq0 = f32x4.add(pq0, f32x4.mul(x, y))
    pp0 = f32x4.add(pp0, f32x4.mul(x, x))
    qq0 = f32x4.add(qq0, f32x4.mul(y, y))
    x = v128.load(p + k, 16)
    y = v128.load(q + k, 16)
    pq1 = f32x4.add(pq1, f32x4.mul(x, y))
    pp1 = f32x4.add(pp1, f32x4.mul(x, x))
    qq1 = f32x4.add(qq1, f32x4.mul(y, y))
    x = v128.load(p + k, 32)
    y = v128.load(q + k, 32)
    pq2 = f32x4.add(pq2, f32x4.mul(x, y))
    pp2 = f32x4.add(pp2, f32x4.mul(x, x))
    qq2 = f32x4.add(qq2, f32x4.mul(y, y))
    x = v128.load(p + k, 48)
    y = v128.load(q + k, 48)
    pq3 = f32x4.add(pq3, f32x4.mul(x, y))
    pp3 = f32x4.add(pp3, f32x4.mul(x, x))
    qq3 = f32x4.add(qq3, f32x4.mul(y, y))
  }
  if (k < rowBytes) {
    const x = v128.load(p + k)
    const y = v128.load(q + k)
    pq0 = f32x4.add(pq0, f32x4.mul(x, y))
    pp0 = f32x4.add(pp0, f32x4.mul(x, x))
    qq0 = f32x4.add(qq0, f32x4.mul(y, y))
    if (k + 16 < rowBytes) {
      const x = v128.load(p + k, 16)
      const y = v128.load(q + k, 16)
      pq1 = f32x4.add(pq1, f32x4.mul(x, y))
      pp1 = f32x4.add(pp1, f32x4.mul(x, x))
      qq1 = f32x4.add(qq1, f32x4.mul(y, y))
    }
    if (k + 32 < rowBytes) {
      const x = v128.load(p + k, 32)
      const y = v128.load(q + k, 32)
      pq2 = f32x4.add(pq2, f32x4.mul(x, y))
      pp2 = f32x4.add(pp2, f32x4.mul(x, x))
      qq2 = f32x4.add(qq2, f32x4.mul(y, y))
    }
  }
  const pq = f32x4.add(f32x4.add(pq0, pq1), f32x4.add(pq2, pq3))
  const pp = f32x4.add(f32x4.add(pp0, pp1), f32x4.add(pp2, pp3))
  const qq = f32x4.add(f32x4.add(qq0, qq1), f32x4.add(qq2, qq3))
  const error = target - (bu + ci) - fold(pq)
  loss += <f64>error * <f64>error
  // Sums of the user, then of the item.
  const sums = v128.load64_lane(itemState, v128.load64_zero(userState), 1)
  const rates = f32x4.div(etas, f32x4.sqrt(f32x4.add(f32x4.splat(1), sums)))
  // ‖q‖², 1, ‖p‖², 1
  const norms = f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(1), 0, fold(qq)), 2, fold(pp))
  const errors = f32x4.splat(error)
  const squared = f32x4.mul(errors, errors)
  const after = f32x4.add(sums, f32x4.mul(squared, f32x4.mul(weights, norms)))
  v128.store64_lane(userState, after, 0)
  v128.store64_lane(itemState, after, 1)
  store<f32>(userState, bu + f32x4.extract_lane(rates, 1) * (error - lambdaBias * bu), BIAS)
  store<f32>(itemState, ci + f32x4.extract_lane(rates, 3) * (error - lambdaBias * ci), BIAS)
  const keep = f32x4.sub(f32x4.splat(1), f32x4.mul(rates, f32x4.splat(lambda)))
  const take = f32x4.mul(rates, errors)
  const keepP = v128.shuffle<f32>(keep, keep, 0, 0, 0, 0)
  const takeP = v128.shuffle<f32>(take, take, 0, 0, 0, 0)
  const keepQ = v128.shuffle<f32>(keep, keep, 2, 2, 2, 2)
  const takeQ = v128.shuffle<f32>(take, take, 2, 2, 2, 2)
  for (k = 0; k < rowBytes; k += 16) {
    const x = v128.load(p + k)
    const y = v128.load(q + k)
    v128.store(p + k, f32x4.add(f32x4.mul(keepP, x), f32x4.mul(takeP, y)))
    v128.store(q + k, f32x4.add(f32x4.mul(keepQ, y), f32x4.mul(takeQ, x)))
  }
}

function fold(x: v128): f32 {
  const two = f32x4.add(x, v128.shuffle<f32>(x, x, 2, 3, 0, 1))
  return f32x4.extract_lane(f32x4.add(two, v128.shuffle<f32>(two, two, 1, 0, 3, 2)), 0)
}
