/**
 * push: one pass of stochastic gradient descent over the ratings of a cell (users × items)
 *
 *   e = a_ui − μ − b_u − c_i − p_u·q_i
 *   p_u ← p_u + η_u(e·q_i − λp_u)        q_i ← q_i + η_i(e·p_u − λq_i), both from the old p and q
 *   b_u ← b_u + η'_u(e − λ'b_u)          c_i likewise
 *
 * Every row has a rate of its own, which falls as its gradients add up: η_u = η/√(1 + w Σ e²‖q_i‖²) over
 * its ratings so far. That is AdaGrad with one number a row (Chin et al. 2015), less the part that λ has
 * in a gradient; biases, which learn faster, have sums of their own. rates.ts says what η, λ and w are.
 *
 * Ratings are taken user by user, the items of a user in ascending order. A random order is no better:
 * rates.ts has the figures. Nobody else holds a row of this cell (schedule.ts), so a pass over all cells,
 * in any order, is serial SGD.
 *
 * Rows are f32 in a pass, and bytes before and after it (bytes.ts).
 *
 * This file is the reference. push.as.ts, with which the server audits where it can, does the same
 * operations in the same order, so that the two agree bit for bit: + − × ÷ √ in f32, each rounded.
 */
import type { Push } from '../../app.ts'
import type { Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { SCALARS, STATE_AT, STATES, widthOf } from './buffers.ts'
import { fromBytes, toBytes } from './bytes.ts'

const { fround, sqrt } = Math

/** The rows of a lease as f32, changed in place, and its scalars. */
interface Cell {
  readonly width: number
  readonly users: Float32Array // (m, W)
  readonly items: Float32Array // (n, W)
  readonly userState: Float32Array // (m, S)
  readonly itemState: Float32Array // (n, S)
  readonly scalars: Float64Array
}

export const push: Push = (lease, shards) => {
  const cell = openCell(lease)
  const { scalars, itemState } = cell
  const first = scalars[SCALARS.firstItem]!
  const end = first + itemState.length / STATES
  const mean = scalars[SCALARS.mean]!
  let user = 0
  let loss = 0
  let count = 0
  lease.slot!.forEach((slot, run) => {
    const shard = shards[slot]!
    const column = lease.column![run]!
    for (let j = column; j < column + lease.columns![run]!; j++, user++)
      for (let e = firstEntry(shard, j, first); e < shard.starts[j + 1]!; e++) {
        const item = shard.rowIndex[e]!
        if (item >= end) break
        const error = step(cell, user, item - first, fround(fround(shard.values[e]!) - mean))
        loss += error * error
        count++
      }
  })
  const { userState } = cell
  const users = toBytes(cell.users, userState)
  const items = toBytes(cell.items, itemState)
  return { users, items, userState, itemState, loss: Float64Array.of(loss, count) }
}

function openCell(lease: Arrays): Cell {
  const { scalars, users, items, userState, itemState } = lease
  return {
    width: widthOf(scalars![SCALARS.rank]!),
    users: fromBytes(users!, userState!),
    items: fromBytes(items!, itemState!),
    userState: (userState as Float32Array).slice(),
    itemState: (itemState as Float32Array).slice(),
    scalars: scalars as Float64Array,
  }
}

/** The first entry of column j from row `first` on. */
function firstEntry({ starts, rowIndex }: Shard, j: number, first: number): number {
  let low = starts[j]!
  let high = starts[j + 1]!
  while (low < high) {
    const middle = (low + high) >> 1
    if (rowIndex[middle]! < first) low = middle + 1
    else high = middle
  }
  return low
}

/** Learn one rating, of which `target` is left over μ; returns the error before. */
function step(cell: Cell, user: number, item: number, target: number): number {
  const { width, users, items, userState, itemState, scalars } = cell
  const [u, i] = [user * STATES, item * STATES]
  const bu = userState[u + STATE_AT.bias]!
  const ci = itemState[i + STATE_AT.bias]!
  const [p, q] = [user * width, item * width]
  const error = fround(fround(target - fround(bu + ci)) - dot(users, p, items, q, width))
  const squared = fround(error * error)
  const userRates = ratesOf(scalars, userState, u)
  const itemRates = ratesOf(scalars, itemState, i)
  addSquares(scalars, userState, u, squared, dot(items, q, items, q, width))
  addSquares(scalars, itemState, i, squared, dot(users, p, users, p, width))
  userState[u + STATE_AT.bias] = bu + stepOf(scalars, userRates.bias, error, bu)
  itemState[i + STATE_AT.bias] = ci + stepOf(scalars, itemRates.bias, error, ci)
  const lambda = scalars[SCALARS.lambda]!
  const keepP = fround(1 - fround(userRates.factors * lambda))
  const keepQ = fround(1 - fround(itemRates.factors * lambda))
  const takeP = fround(userRates.factors * error)
  const takeQ = fround(itemRates.factors * error)
  for (let k = 0; k < width; k++) {
    const x = users[p + k]!
    const y = items[q + k]!
    users[p + k] = fround(keepP * x) + fround(takeP * y)
    items[q + k] = fround(keepQ * y) + fround(takeQ * x)
  }
  return error
}

/** η of a row and of its bias, after what it has seen. */
function ratesOf(scalars: Float64Array, state: Float32Array, at: number) {
  const rate = (eta: number, sum: number): number => fround(eta / fround(sqrt(fround(1 + sum))))
  return {
    factors: rate(scalars[SCALARS.eta]!, state[at + STATE_AT.sum]!),
    bias: rate(scalars[SCALARS.etaBias]!, state[at + STATE_AT.biasSum]!),
  }
}

/** `squared` is e², `norm` ‖·‖² of the row that the gradient is along. */
function addSquares(
  scalars: Float64Array,
  state: Float32Array,
  at: number,
  squared: number,
  norm: number,
): void {
  state[at + STATE_AT.sum]! += fround(squared * fround(scalars[SCALARS.weight]! * norm))
  state[at + STATE_AT.biasSum]! += fround(squared * scalars[SCALARS.weightBias]!)
}

function stepOf(scalars: Float64Array, rate: number, error: number, bias: number): number {
  return fround(rate * fround(error - fround(scalars[SCALARS.lambdaBias]! * bias)))
}

/** Sixteen sums, that of k in k mod 16, then folded in halves: the order of the vectors. */
function dot(x: Float32Array, atX: number, y: Float32Array, atY: number, width: number): number {
  const sums = new Float32Array(16)
  for (let k = 0; k < width; k++) sums[k & 15]! += fround(x[atX + k]! * y[atY + k]!)
  for (let k = 0; k < 4; k++)
    sums[k] = fround(sums[k]! + sums[k + 4]!) + fround(sums[k + 8]! + sums[k + 12]!)
  return fround(fround(sums[0]! + sums[2]!) + fround(sums[1]! + sums[3]!))
}
