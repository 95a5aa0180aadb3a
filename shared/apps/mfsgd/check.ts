/**
 * check: could an honest tab have sent these rows? Their form and size always; their content by a sample
 * of ratings, and now and then by a replay.
 *
 * A pass is deterministic given the lease, so an audit is a replay that must agree bit for bit, by the
 * tabs' own kernel where the host has it (Dataset.push). A share of all leases is audited, drawn in
 * secret (spec `schedule.audit`, 5 %): a liar is caught after 20 leases on average and, three strikes
 * later, quarantined.
 *
 * In the meantime a lie does bounded harm. No number may be beyond what the scale of the ratings can
 * call for, so that no honest tab meets an overflow on rows that others have spoilt. And the rows must
 * still fit some ratings that no tab can know: a pass of SGD lowers their error, or raises it a little
 * where steps are long.
 */
import type { Block } from '../../app.ts'
import { openTrustedShard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { LEVELS, STATE_AT, STATES, delta as table } from './buffers.ts'
import type { Cell } from './grid.ts'
import { type Memo, wholeLease } from './leases.ts'
import { push } from './push.ts'
import type { SgdState } from './state.ts'

/** Ratings of a cell that are looked at. */
const SAMPLE = 200
/**
 * Mean squared error of the sample after a pass, over that before it or the variance of the ratings,
 * whichever is larger: honest passes stay below 1.2 in all tests, and a sample of 200 wavers by a third.
 */
const GROWTH_MAX = 3
/** Factors and biases, in units of the deviation of the ratings (and 1): honest ones stay below 20. */
const SIZE_MAX = 1000
/** Views of so many shards are valid together (app.ts). */
const SHARDS_KEPT = 8

export function checkDelta(state: SgdState, block: Block, delta: Arrays): string | null {
  const { cell } = block.memo as Memo
  const fault = faultOfForm(state, cell, delta) ?? faultOfSample(state, cell, delta)
  if (fault) return fault
  if (state.random.next() >= state.spec.schedule.audit) return null
  return audit(state, block, delta)
}

function faultOfForm(
  { users, items, deviation }: SgdState,
  cell: Cell,
  delta: Arrays,
): string | null {
  const m = cell.endUser - cell.firstUser
  const n = cell.endItem - cell.firstItem
  const { width } = users
  const lengths = {
    ...{ users: m * width, items: n * items.width },
    ...{ userState: m * STATES, itemState: n * STATES, loss: 2 },
  }
  for (const { name } of table)
    if (delta[name]!.length !== lengths[name])
      return `shape: ${name} has ${delta[name]!.length} values, expected ${lengths[name]}`
  const [loss, visited] = delta.loss!
  if (visited !== cell.ratings) return `${visited} ratings visited of ${cell.ratings}`
  if (!(loss! >= 0)) return `the loss is ${loss}`
  return (
    faultOfStates('userState', delta.userState!, deviation) ??
    faultOfStates('itemState', delta.itemState!, deviation)
  )
}

function faultOfStates(name: string, states: ArrayLike<number>, deviation: number): string | null {
  const most = SIZE_MAX * (1 + deviation)
  for (let at = 0; at < states.length; at += STATES) {
    const bias = states[at + STATE_AT.bias]!
    if (!(Math.abs(bias) <= most)) return `${name} has the bias ${bias}, beyond ${most}`
    const scale = states[at + STATE_AT.scale]!
    if (!(scale >= 0 && LEVELS * scale <= most)) return `${name} has the scale ${scale}`
    if (!(states[at + STATE_AT.sum]! >= 0 && states[at + STATE_AT.biasSum]! >= 0))
      return `${name} has a sum below 0`
  }
  return null
}

/** Rows of a cell: those of the model, or of a delta. */
interface Rows {
  readonly users: Int8Array // (m, W)
  readonly items: Int8Array // (n, W)
  readonly userState: Float32Array // (m, S)
  readonly itemState: Float32Array // (n, S)
}

/** Errors of some secret ratings by the model's rows and by the delta's. */
function faultOfSample(state: SgdState, cell: Cell, delta: Arrays): string | null {
  const { grid, dataset, random, deviation, mean, users } = state
  const { shards, column, columns } = grid!.runs[cell.part]!
  const now = rowsNow(state, cell)
  const then = delta as unknown as Rows
  const s = random.below(shards.length)
  let firstOfRun = 0
  for (let i = 0; i < s; i++) firstOfRun += columns[i]!
  const { starts, rowIndex, values } = dataset.shard(shards[s]!)
  let [before, after, count] = [0, 0, 0]
  for (let tries = 0; tries < 4 * SAMPLE && count < SAMPLE; tries++) {
    const v = random.below(columns[s]!)
    const from = starts[column[s]! + v]!
    const to = starts[column[s]! + v + 1]!
    if (from === to) continue
    const e = from + random.below(to - from)
    const item = rowIndex[e]!
    if (item < cell.firstItem || item >= cell.endItem) continue
    const target = values[e]! - mean
    const [u, i] = [firstOfRun + v, item - cell.firstItem]
    before += (target - fitOf(now, u, i, users.width)) ** 2
    after += (target - fitOf(then, u, i, users.width)) ** 2
    count++
  }
  const most = GROWTH_MAX * Math.max(before, count * deviation * deviation)
  return count > 0 && after > most ? 'the rows do not fit the ratings of the cell' : null
}

function rowsNow({ users, items }: SgdState, cell: Cell): Rows {
  const { firstUser, endUser, firstItem, endItem } = cell
  const { width } = users
  return {
    users: users.factors.subarray(firstUser * width, endUser * width),
    items: items.factors.subarray(firstItem * width, endItem * width),
    userState: users.state.subarray(firstUser * STATES, endUser * STATES),
    itemState: items.state.subarray(firstItem * STATES, endItem * STATES),
  }
}

function fitOf(rows: Rows, user: number, item: number, width: number): number {
  const { users, items, userState, itemState } = rows
  let product = 0
  for (let k = 0; k < width; k++) product += users[user * width + k]! * items[item * width + k]!
  const [u, i] = [user * STATES, item * STATES]
  const scale = userState[u + STATE_AT.scale]! * itemState[i + STATE_AT.scale]!
  return product * scale + userState[u + STATE_AT.bias]! + itemState[i + STATE_AT.bias]!
}

function audit(state: SgdState, block: Block, delta: Arrays): string | null {
  const { cell } = block.memo as Memo
  const { dataset } = state
  const isKept = block.shards.length <= SHARDS_KEPT
  const shards = block.shards.map((k) =>
    isKept ? dataset.shard(k) : openTrustedShard(dataset.shard(k).bytes.slice()),
  )
  const want = (dataset.push ?? push)(wholeLease(state, cell), shards)
  for (const { name } of table)
    if (!isSame(want[name]!, delta[name]!)) return `audit: ${name} is not what the pass leaves`
  return null
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
