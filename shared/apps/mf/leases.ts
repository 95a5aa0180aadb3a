/** From rows to a lease: the factor rows of the other side that they touch, and no others. */
import type { Block } from '../../app.ts'
import { gramOf } from './measure.ts'
import { forEachRow, LEASED, type Side, setStatus, shardOfRow } from './sides.ts'
import type { MfState } from './state.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly side: Side
  /** Rows of the block (m), ascending. */
  readonly rows: Uint32Array
  /** Places in `rows` that the server will look at; no tab knows them. */
  readonly audited: readonly number[]
  /** (m) objective of each row at 0, which no solution exceeds. */
  readonly atZero: Float64Array
  /** Shared by all leases of the same rows: the first delta wins. */
  readonly twins: { inFlight: number; settled: boolean }
}

/** Share of the rows that are audited, beside one of every block. */
const AUDIT_SHARE = 0.05
/** A row with more than this share of the block's ratings costs too much to be that one every time. */
const HEAVY_SHARE = 0.3
const HEAVY_AUDIT_SHARE = 0.25

export function leaseRows(state: MfState, side: Side, rows: Uint32Array): Block {
  for (const row of rows) setStatus(side, row, LEASED)
  return lease(state, side, rows, { inFlight: 1, settled: false })
}

/** The same rows once more, for another tab. */
export function leaseAgain(state: MfState, block: Block): Block {
  const { side, rows, twins } = block.memo as Memo
  twins.inFlight++
  return lease(state, side, rows, twins)
}

function lease(state: MfState, side: Side, rows: Uint32Array, twins: Memo['twins']): Block {
  const { spec, users, items, mean, lambda, biasScale } = state
  const other = side === users ? items : users
  const others = touched(state, side, other, rows)
  const hasBias = side.bias.length > 0
  const passes = spec.solver === 'ccd' ? spec.passes : 0
  const places = rows.map((row) => shardOfRow(side, row))
  const slots = [...new Set(places)]
  const slotOf = new Map(slots.map((k, slot) => [k, slot]))
  const arrays = {
    scalars: Float64Array.of(
      ...[spec.rank, Number(hasBias), mean, lambda, biasScale, Number(spec.weighted)],
      ...[passes, spec.implicit ? spec.alpha : 0, other.count],
    ),
    slot: places.map((k) => slotOf.get(k)!),
    column: rows.map((row, v) => row - side.firstRow[places[v]!]!),
    others,
    factors: gather(other.factors, others, spec.rank),
    offsets: hasBias ? gather(other.bias, others, 1) : new Float32Array(0),
    gram: spec.implicit ? gramAt(state, other) : new Float64Array(0),
    start: passes > 0 ? startOf(side, rows, spec.rank) : new Float32Array(0),
  }
  const memo: Memo = {
    ...{ side, rows, twins },
    audited: drawAudits(state, side, rows),
    atZero: objectivesAtZero(state, side, other, rows),
  }
  const work = rows.reduce((sum, row) => sum + side.workOf(side.degree[row]!), 0)
  const shards = slots.map((k) => side.shards[k]!)
  const block = { arrays, shards, work, memo }
  state.flight.add(block)
  return block
}

function gather(from: Float32Array, index: Uint32Array, width: number): Float32Array {
  const to = new Float32Array(index.length * width)
  for (let p = 0; p < index.length; p++) {
    const at = index[p]! * width
    for (let k = 0; k < width; k++) to[p * width + k] = from[at + k]!
  }
  return to
}

function objectivesAtZero(state: MfState, side: Side, other: Side, rows: Uint32Array) {
  const { spec, mean, dataset } = state
  const sums: number[] = []
  forEachRow(side, dataset, rows, (_row, { starts, rowIndex, values }, column) => {
    let sum = 0
    for (let e = starts[column]!; e < starts[column + 1]!; e++) {
      const a = values[e]!
      if (!spec.implicit) sum += (a - mean - (other.bias[rowIndex[e]!] ?? 0)) ** 2
      else if (a > 0) sum += 1 + spec.alpha * a
    }
    sums.push(sum)
  })
  return Float64Array.from(sums)
}

/** Rows of the other side that the block has ratings with, ascending. */
function touched(state: MfState, side: Side, other: Side, rows: Uint32Array): Uint32Array {
  const seen = new Uint8Array(other.count)
  let count = 0
  forEachRow(side, state.dataset, rows, (_row, { starts, rowIndex }, column) => {
    for (let e = starts[column]!; e < starts[column + 1]!; e++) {
      const neighbour = rowIndex[e]!
      if (seen[neighbour] === 0) count++
      seen[neighbour] = 1
    }
  })
  const others = new Uint32Array(count)
  for (let row = 0, at = 0; at < count; row++) if (seen[row] === 1) others[at++] = row
  return others
}

function startOf(side: Side, rows: Uint32Array, rank: number): Float32Array {
  const width = rank + Number(side.bias.length > 0)
  const start = new Float32Array(rows.length * width)
  rows.forEach((row, v) => {
    start.set(side.factors.subarray(row * rank, (row + 1) * rank), v * width)
    if (width > rank) start[v * width + rank] = side.bias[row]!
  })
  return start
}

/** Implicit half-sweeps begin when the other side is complete, so one matrix serves all their leases. */
function gramAt(state: MfState, other: Side): Float64Array {
  const sweep = state.points.length + Number(other === state.users)
  if (state.gram?.side !== other || state.gram.sweep !== sweep)
    state.gram = { side: other, sweep, values: gramOf(other, state.spec.rank) }
  return state.gram.values
}

function drawAudits({ random }: MfState, { degree }: Side, rows: Uint32Array): number[] {
  const ratings = rows.reduce((sum, row) => sum + degree[row]!, 0)
  const one = random.below(rows.length)
  const isHeavy = degree[rows[one]!]! > HEAVY_SHARE * ratings
  const takesOne = !isHeavy || random.next() < HEAVY_AUDIT_SHARE
  return [...rows.keys()].filter(
    (v) => (v === one && takesOne) || (v !== one && random.next() < AUDIT_SHARE),
  )
}
