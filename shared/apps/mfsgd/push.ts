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
 * Ratings are taken user by user, of a user every fourth, four times: items are numbered as they first
 * come, so the popular ones have low numbers, and taken in their order a user would meet them all first.
 * The first four epochs get 0.6 % nearer than so, and a random order is no better (rates.ts). Nobody else holds a row of this cell (schedule.ts), so a pass over all cells,
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

/** Of 1, 4, 8, 16 and √n turns four are best, by 0.1 % and less but for 1 (rates.ts). */
const TURNS = 4

/** The rows of a lease as f32, changed in place, and its scalars. */
interface Cell {
  readonly width: number
  readonly users: Float32Array // (m, W)
  readonly items: Float32Array // (n, W)
  readonly userState: Float32Array // (m, S)
  readonly itemState: Float32Array // (n, S)
  readonly scalars: Float64Array
}

/** A row of a cell, and its state. */
interface Row {
  readonly row: Float32Array
  readonly at: number
  readonly states: Float32Array
  readonly state: number
}

/** While a row is f32, its squared norm stands in its state where the scale was. */
const NORM = STATE_AT.scale

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
      for (const e of turns(shard, j, first, end)) {
        const target = fround(fround(shard.values[e]!) - mean)
        const error = step(cell, user, shard.rowIndex[e]! - first, target)
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
  const { scalars, userState, itemState } = lease
  const width = widthOf(scalars![SCALARS.rank]!)
  const states = [userState as Float32Array, itemState as Float32Array] as const
  const [users, items] = [fromBytes(lease.users!, states[0]), fromBytes(lease.items!, states[1])]
  return {
    ...{ width, users, items, scalars: scalars as Float64Array },
    userState: withNorms(users, states[0], width),
    itemState: withNorms(items, states[1], width),
  }
}

function withNorms(rows: Float32Array, given: Float32Array, width: number): Float32Array {
  const states = given.slice()
  for (let at = 0, state = NORM; at < rows.length; at += width, state += STATES) {
    const sums = new Float32Array(4)
    for (let k = 0; k < width; k++) sums[k & 3]! += fround(rows[at + k]! ** 2)
    states[state] = folded(sums)
  }
  return states
}

/** The entries of column j in rows first … end − 1, in the order in which they are learnt. */
function* turns(shard: Shard, j: number, first: number, end: number): Generator<number> {
  const from = firstEntry(shard, j, first)
  const to = firstEntry(shard, j, end)
  for (let turn = from; turn < from + TURNS; turn++) for (let e = turn; e < to; e += TURNS) yield e
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
  const { width, users, items } = cell
  const u = { row: users, at: user * width, states: cell.userState, state: user * STATES }
  const i = { row: items, at: item * width, states: cell.itemState, state: item * STATES }
  const biases = fround(u.states[u.state + STATE_AT.bias]! + i.states[i.state + STATE_AT.bias]!)
  const pq = dot(u, i, width)
  const error = fround(fround(target - biases) - pq)
  const norms = [u.states[u.state + NORM]!, i.states[i.state + NORM]!] as const
  const mine = advance(cell.scalars, u, error, pq, norms[1])
  const theirs = advance(cell.scalars, i, error, pq, norms[0])
  for (let k = 0; k < width; k++) {
    const x = users[u.at + k]!
    const y = items[i.at + k]!
    users[u.at + k] = fround(mine.keep * x) + fround(mine.take * y)
    items[i.at + k] = fround(theirs.keep * y) + fround(theirs.take * x)
  }
  return error
}

/** The state after a rating, and what becomes of the row: keep · itself + take · the other. */
function advance(scalars: Float64Array, row: Row, error: number, pq: number, norm: number) {
  const { states, state: at } = row
  const factors = stepOf(scalars, SCALARS.eta, error, states[at + STATE_AT.sum]!)
  const bias = stepOf(scalars, SCALARS.etaBias, error, states[at + STATE_AT.biasSum]!)
  const squared = fround(error * error)
  states[at + STATE_AT.sum]! += fround(squared * fround(scalars[SCALARS.weight]! * norm))
  states[at + STATE_AT.biasSum]! += fround(squared * scalars[SCALARS.weightBias]!)
  const before = states[at + STATE_AT.bias]!
  states[at + STATE_AT.bias] = fround(bias.keep * before) + bias.take
  // ‖kp + tq‖² = k(k‖p‖² + 2t·pq) + t²‖q‖²
  const { keep, take } = factors
  const half = fround(fround(keep * states[at + NORM]!) + fround(take * fround(pq + pq)))
  const after = fround(half * keep) + fround(fround(take * take) * norm)
  // Rounding must not make a squared norm negative.
  states[at + NORM] = Math.max(after, 0)
  return factors
}

/** 1 − ηλ and ηe, with the η that goes with the sum; λ stands after η in the scalars. */
function stepOf(scalars: Float64Array, eta: number, error: number, sum: number) {
  const rate = fround(scalars[eta]! / fround(sqrt(fround(1 + sum))))
  return { keep: fround(1 - fround(rate * scalars[eta + 1]!)), take: fround(rate * error) }
}

/** Sixteen sums, that of k in k mod 16, then folded in halves: the order of the vectors. */
function dot(p: Row, q: Row, width: number): number {
  const sums = new Float32Array(16)
  for (let k = 0; k < width; k++) sums[k & 15]! += fround(p.row[p.at + k]! * q.row[q.at + k]!)
  for (let k = 0; k < 4; k++)
    sums[k] = fround(sums[k]! + sums[k + 4]!) + fround(sums[k + 8]! + sums[k + 12]!)
  return folded(sums)
}

const folded = (sums: Float32Array): number =>
  fround(fround(sums[0]! + sums[2]!) + fround(sums[1]! + sums[3]!))
