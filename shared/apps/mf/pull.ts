/**
 * pull: new rows take the place of the old ones.
 *
 * Rows of the next sweep's users may come before this sweep is over. They are kept aside until it is,
 * so that what is measured at its end, and handed out if it was the last, is the model after a sweep.
 */
import type { Block, Pulled } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { forget, isCurrent, learn } from './known.ts'
import type { Memo } from './leases.ts'
import { forEachRow, READY, type Side, setStatus, solved, WAITING } from './sides.ts'
import type { Ahead, MfState } from './state.ts'

export function pullDelta(state: MfState, block: Block, delta: Arrays): Pulled {
  const { side, rows: index, twins, known } = block.memo as Memo
  state.flight.delete(block)
  state.idleAsks = 0
  twins.inFlight--
  // The tab has kept what it computed; of a second delta its memory may differ from the model.
  if (known && isCurrent(state, known) && !twins.settled)
    for (const row of index) learn(known, side, row, 1)
  const isFirst = !twins.settled
  twins.settled = true
  const record = {
    side: Uint32Array.of(Number(side === state.items)),
    index: isFirst ? index : new Uint32Array(0),
    rows: isFirst ? (delta.rows as Float32Array) : new Float32Array(0),
    bias: isFirst ? (delta.bias as Float32Array) : new Float32Array(0),
    loss: isFirst ? (delta.loss as Float64Array) : new Float64Array(0),
  }
  commit(state, record)
  return { record, updates: isFirst ? index.length : 0 }
}

/** What a record says, done: by pull, and again by replay. */
export function commit(state: MfState, record: Arrays): void {
  const side = record.side![0] === 1 ? state.items : state.users
  const ahead = record as unknown as Ahead
  if (ahead.index.length === 0) return
  if (side.sweep[ahead.index[0]!]! > state.points.length) {
    for (const row of ahead.index) {
      setStatus(side, row, WAITING)
      state.aheadWork += side.workOf(side.degree[row]!)
    }
    state.ahead.push(ahead)
  } else apply(state, side, ahead)
}

/** Put rows of the current sweep in their places, and tell their neighbours. */
export function apply(state: MfState, side: Side, { index, rows, bias, loss }: Ahead): void {
  const { users, items, spec, dataset } = state
  const K = spec.rank
  for (let v = 0; v < index.length; v++) {
    const row = index[v]!
    for (let k = 0; k < K; k++) side.factors[row * K + k] = rows[v * K + k]!
    if (bias.length > 0) side.bias[row] = bias[v]!
    side.loss[row] = loss[v]!
    side.left--
    side.leftWork -= side.workOf(side.degree[row]!)
  }
  const other = side === users ? items : users
  forEachRow(side, dataset, index, (row, shard, column) => solved(side, other, row, shard, column))
}

/** The lease ended without a delta: its rows are ready again, unless a twin has or does them. */
export function releaseBlock(state: MfState, block: Block): void {
  const { side, rows, twins, known } = block.memo as Memo
  state.flight.delete(block)
  twins.inFlight--
  if (known) forget(state, known)
  if (twins.settled || twins.inFlight > 0) return
  for (const row of rows) setStatus(side, row, READY)
}
