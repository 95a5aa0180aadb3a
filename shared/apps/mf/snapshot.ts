/**
 * A factorisation as one record: both sides' rows with the sweep that each was solved in, rows that came
 * ahead of their time, the sweeps so far, and the best of them where that is watched.
 *
 * What waits for what is not in it. A user solved v times takes the items at v, an item the users at
 * v + 1; so the rows that a row waits for are those of its neighbours that have been solved less often.
 */
import type { Arrays } from '../../wire.ts'
import { beginSweep, READY, type Side, setStatus, WAITING } from './sides.ts'
import type { Ahead, Best, MfState, Point } from './state.ts'

const POINT_FIELDS = 7

export function snapshot(state: MfState): Arrays {
  const { users, items, points, ahead, best, half, itemPenalty, exactObjective, doubts } = state
  const all = (of: (one: Ahead) => ArrayLike<number>): number[] =>
    ahead.flatMap((one) => Array.from(of(one)))
  return {
    ...rowsOf('user', users),
    ...rowsOf('item', items),
    aheadIndex: Uint32Array.from(all(({ index }) => index)),
    aheadRows: Float32Array.from(all(({ rows }) => rows)),
    aheadBias: Float32Array.from(all(({ bias }) => bias)),
    aheadLoss: Float64Array.from(all(({ loss }) => loss)),
    points: Float64Array.from(points.flatMap(pack)),
    now: Float64Array.of(half ?? Number.NaN, itemPenalty, exactObjective, doubts),
    best: Float64Array.from(best ? [best.sweep, best.validRmse] : []),
    bestUsers: best?.users.factors ?? new Float32Array(0),
    bestUserBias: best?.users.bias ?? new Float32Array(0),
    bestItems: best?.items.factors ?? new Float32Array(0),
    bestItemBias: best?.items.bias ?? new Float32Array(0),
  }
}

const rowsOf = (name: 'user' | 'item', { factors, bias, loss, sweep }: Side): Arrays => ({
  [`${name}Rows`]: factors,
  [`${name}Bias`]: bias,
  [`${name}Loss`]: loss,
  [`${name}Sweep`]: sweep,
})

const pack = (point: Point): number[] => [
  ...[point.sweep, point.objective, point.halfObjective, point.trainRmse],
  ...[point.validRmse, point.testRmse, point.testMae],
]

function unpack(packed: ArrayLike<number>): Point {
  const [sweep, objective, halfObjective, trainRmse, ...errors] = Array.from(packed)
  const [validRmse, testRmse, testMae] = errors
  const point = { sweep, objective, halfObjective, trainRmse, validRmse, testRmse, testMae }
  return point as Point
}

/** The same on a state that was just opened. */
export function restore(state: MfState, record: Arrays): void {
  const { users, items } = state
  for (let at = 0; at < record.points!.length; at += POINT_FIELDS)
    state.points.push(unpack(record.points!.subarray(at, at + POINT_FIELDS)))
  const [half, itemPenalty, exactObjective, doubts] = record.now as unknown as number[]
  state.half = Number.isNaN(half) ? null : half!
  Object.assign(state, { itemPenalty, exactObjective, doubts, best: bestOf(record) })
  setRows('user', users, record)
  setRows('item', items, record)
  countMissing(state)
  for (const side of [users, items]) {
    beginSweep(side)
    for (const row of side.rated) {
      if (side.missing[row] === 0) setStatus(side, row, READY)
      if (side.sweep[row] === state.points.length) continue
      side.left--
      side.leftWork -= side.workOf(side.degree[row]!)
    }
  }
  setAhead(state, record)
}

function bestOf({ best, bestUsers, bestUserBias, bestItems, bestItemBias }: Arrays): Best | null {
  const [sweep, validRmse] = best!
  if (sweep === undefined) return null
  const side = (factors: Arrays[string], bias: Arrays[string]): Best['users'] => ({
    factors: Float32Array.from(factors!),
    bias: Float32Array.from(bias!),
  })
  const users = side(bestUsers!, bestUserBias!)
  return { sweep, validRmse: validRmse!, users, items: side(bestItems!, bestItemBias!) }
}

/** @throws when they are those of other data */
function setRows(name: 'user' | 'item', side: Side, record: Arrays): void {
  const rows = record[`${name}Rows`]!
  if (rows.length !== side.factors.length)
    throw new Error(`a snapshot has ${rows.length} numbers for ${side.factors.length} of its rows`)
  // Statuses are counted by the parity of the sweep: before it changes, nothing is ready.
  for (const row of side.rated) setStatus(side, row, WAITING)
  side.factors.set(rows)
  side.bias.set(record[`${name}Bias`]!)
  side.loss.set(record[`${name}Loss`]!)
  side.sweep.set(record[`${name}Sweep`]!)
}

function countMissing({ users, items, dataset }: MfState): void {
  users.missing.fill(0)
  items.missing.fill(0)
  for (const k of users.shards) {
    const { firstColumn, columns, starts, rowIndex } = dataset.shard(k)
    for (let j = 0; j < columns; j++) {
      const user = firstColumn + j
      const version = users.sweep[user]!
      for (let e = starts[j]!; e < starts[j + 1]!; e++) {
        const item = rowIndex[e]!
        if (items.sweep[item]! < version) users.missing[user]!++
        if (version < items.sweep[item]! + 1) items.missing[item]!++
      }
    }
  }
}

/** One entry for all: they are applied in this order when their sweep begins. */
function setAhead(state: MfState, record: Arrays): void {
  const { users } = state
  const index = Uint32Array.from(record.aheadIndex!)
  if (index.length === 0) return
  state.ahead.push({
    index,
    rows: Float32Array.from(record.aheadRows!),
    bias: Float32Array.from(record.aheadBias!),
    loss: Float64Array.from(record.aheadLoss!),
  })
  for (const row of index) {
    setStatus(users, row, WAITING)
    state.aheadWork += users.workOf(users.degree[row]!)
  }
}
