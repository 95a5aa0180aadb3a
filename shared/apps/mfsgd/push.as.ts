/**
 * push.ts in AssemblyScript: the same operations in the same order, so that the two agree bit for bit.
 *
 * For every four factors a rating takes 5 multiplications and 3 additions of vectors, four loads and two
 * stores; its rates, states and norms take some 40 operations more, for both rows at once. At K = 32 and
 * two multiplications a cycle that is 30 cycles. But the ratings of a user wait for each other: from one
 * error to the next it is three multiplications, seven additions and the row through memory, about 40.
 * Measured, with reading and rounding the rows: 65 cycles (38 M ratings/s at 2.5 GHz; 24 M at K = 64).
 * Holding the user's row in registers gains nothing; rows of items should fit the second-level cache
 * (44 M with 2000 items in the cell, 35 M with 12,000).
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

/** As in push.ts. */
const TURNS: usize = 4

/** Rounding must not make a squared norm negative; a bias may be anything. */
const LEAST: v128 = f32x4(0, -Infinity, 0, -Infinity)

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
/** λ of the same four. */
let lambdas: v128 = f32x4.splat(0)

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
  const lambda = f32x4.splat(<f32>f64At(scalars, 3))
  lambdas = v128.shuffle<f32>(lambda, f32x4.splat(<f32>f64At(scalars, 5)), 0, 4, 1, 5)
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
      learn(userRow, state, ratings)
      writeRow(userRow, to, state, rowBytes)
      count += ratings
      from += rowBytes >> 2
      to += rowBytes >> 2
      state += STATE_BYTES
    }
  }
  return count
}

/** The ratings of a user, every fourth, four times. A state is [sum, sum of the bias, bias, ‖row‖²]. */
function learn(p: usize, state: usize, count: usize): void {
  const one = f32x4.splat(1)
  const none = f32x4.splat(0)
  const bytes = rowBytes
  let u = v128.load(state)
  for (let turn: usize = 0; turn < TURNS; turn++)
    for (let r = turn; r < count; r += TURNS) {
      const item = <usize>u32At(items, r)
      const q = itemRows + item * bytes
      const i = v128.load(itemStates + item * STATE_BYTES)
      const pq = dot(p, q, bytes)
      const fit = f32x4.extract_lane(u, 2) + f32x4.extract_lane(i, 2)
      const error = load<f32>(targets + (r << 2)) - fit - pq
      loss += <f64>error * <f64>error
      // Factors and bias of the user, then of the item.
      const sums = v128.shuffle<f32>(u, i, 0, 1, 4, 5)
      const rates = f32x4.div(etas, f32x4.sqrt(f32x4.add(one, sums)))
      const keep = f32x4.sub(one, f32x4.mul(rates, lambdas))
      const errors = f32x4.splat(error)
      const take = f32x4.mul(rates, errors)
      // ‖q‖², 1, ‖p‖², 1
      const along = v128.shuffle<f32>(v128.shuffle<f32>(u, i, 7, 7, 3, 3), one, 0, 4, 2, 4)
      const squares = f32x4.mul(f32x4.mul(errors, errors), f32x4.mul(weights, along))
      const more = f32x4.add(sums, squares)
      // ‖p‖², b, ‖q‖², c: k·b + t, and ‖kp + tq‖² = k(k‖p‖² + 2t·pq) + t²‖q‖².
      const now = v128.shuffle<f32>(u, i, 3, 2, 7, 6)
      const twice = v128.shuffle<f32>(f32x4.splat(pq + pq), one, 0, 4, 0, 4)
      const half = f32x4.add(f32x4.mul(keep, now), f32x4.mul(take, twice))
      const times = v128.shuffle<f32>(keep, one, 0, 4, 2, 4)
      const rest = f32x4.mul(f32x4.mul(take, take), along)
      const exact = f32x4.add(f32x4.mul(half, times), v128.shuffle<f32>(rest, none, 0, 4, 2, 4))
      const then = f32x4.pmax(exact, LEAST)
      u = v128.shuffle<f32>(more, then, 0, 1, 5, 4)
      v128.store(itemStates + item * STATE_BYTES, v128.shuffle<f32>(more, then, 2, 3, 7, 6))
      move(p, q, bytes, keep, take)
    }
  v128.store(state, u)
}

/** Four vectors of sums, so that additions need not wait for each other. */
function dot(p: usize, q: usize, bytes: usize): f32 {
  let a = f32x4.splat(0)
  let b = a
  let c = a
  let d = a
  let k: usize = 0
  for (; k + 64 <= bytes; k += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(p + k), v128.load(q + k)))
    b = f32x4.add(b, f32x4.mul(v128.load(p + k, 16), v128.load(q + k, 16)))
    c = f32x4.add(c, f32x4.mul(v128.load(p + k, 32), v128.load(q + k, 32)))
    d = f32x4.add(d, f32x4.mul(v128.load(p + k, 48), v128.load(q + k, 48)))
  }
  if (k < bytes) a = f32x4.add(a, f32x4.mul(v128.load(p + k), v128.load(q + k)))
  if (k + 16 < bytes) b = f32x4.add(b, f32x4.mul(v128.load(p + k, 16), v128.load(q + k, 16)))
  if (k + 32 < bytes) c = f32x4.add(c, f32x4.mul(v128.load(p + k, 32), v128.load(q + k, 32)))
  const sums = f32x4.add(f32x4.add(a, b), f32x4.add(c, d))
  const two = f32x4.add(sums, v128.shuffle<f32>(sums, sums, 2, 3, 0, 1))
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1)
}

/** p = kp + tq and q = kq + tp, from the old p and q. */
function move(p: usize, q: usize, bytes: usize, keep: v128, take: v128): void {
  const keepP = v128.shuffle<f32>(keep, keep, 0, 0, 0, 0)
  const takeP = v128.shuffle<f32>(take, take, 0, 0, 0, 0)
  const keepQ = v128.shuffle<f32>(keep, keep, 2, 2, 2, 2)
  const takeQ = v128.shuffle<f32>(take, take, 2, 2, 2, 2)
  for (let k: usize = 0; k < bytes; k += 16) {
    const x = v128.load(p + k)
    const y = v128.load(q + k)
    v128.store(p + k, f32x4.add(f32x4.mul(keepP, x), f32x4.mul(takeP, y)))
    v128.store(q + k, f32x4.add(f32x4.mul(keepQ, y), f32x4.mul(takeQ, x)))
  }
}
