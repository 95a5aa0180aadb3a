/** From rows to a lease: the factor rows of the other side that they touch, and no others. */
import type { Block } from '../../app.ts'
import { has, knownBy } from './known.ts'
import { gramOf } from './measure.ts'
import { packedLease, wholeLease } from './pack.ts'
import { forEachRow, LEASED, type Side, setStatus, shardOfRow } from './sides.ts'
import type { Known, MfState } from './state.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly side: Side
  /** Rows of the block (m), ascending. */
  readonly rows: Uint32Array
  /** Places in `rows` that the server will look at; no tab knows them. */
  readonly audited: readonly number[]
  /** (m) objective of each row at 0, which no exact solution exceeds; or zeros (ccd). */
  readonly atZero: Float64Array
  /** Shared by all leases of the same rows: the first delta wins. */
  readonly twins: { inFlight: number; settled: boolean }
  /** What is known of the memory of the tab that has it; null: it has none. */
  readonly known: Known | null
}

/**
 * Share of the rows that are audited, beside one of every block. At 10⁷ ratings and K = 64 one in
 * twenty took the server as long as all of them took the SIMD kernel; one in two hundred takes a tenth.
 */
const AUDIT_SHARE = 0.005
/** A row with more than this share of the block's ratings costs too much to be that one every time. */
const HEAVY_SHARE = 0.3
const HEAVY_AUDIT_SHARE = 0.25

export function leaseRows(
  state: MfState,
  side: Side,
  rows: Uint32Array,
  memory: string | undefined,
): Block {
  for (const row of rows) setStatus(side, row, LEASED)
  return lease(state, side, rows, { inFlight: 1, settled: false }, memory)
}

/** The same rows once more, for another tab. */
export function leaseAgain(state: MfState, block: Block, memory: string | undefined): Block {
  const { side, rows, twins } = block.memo as Memo
  twins.inFlight++
  return lease(state, side, rows, twins, memory)
}

function lease(
  state: MfState,
  side: Side,
  rows: Uint32Array,
  twins: Memo['twins'],
  memory: string | undefined,
): Block {
  const { spec, users, items } = state
  const other = side === users ? items : users
  const known = memory === undefined ? null : knownBy(state, memory)
  const isAllThere = hasAll(state, known, side, other, rows)
  const { others, atZero } = isAllThere
    ? { others: other.rated, atZero: new Float64Array(rows.length) }
    : lookAt(state, side, other, rows)
  const places = rows.map((row) => shardOfRow(side, row))
  const slots = [...new Set(places)]
  const slotOf = new Map(slots.map((k, slot) => [k, slot]))
  const parts = {
    ...{ scalars: scalarsOf(state, side), rows, others, side, other, rank: spec.rank },
    isAllThere,
    isHalf: spec.precision === 'f16',
    slot: places.map((k) => slotOf.get(k)!),
    column: rows.map((row, v) => row - side.firstRow[places[v]!]!),
    hasBias: side.bias.length > 0,
    gram: spec.implicit ? gramAt(state, other) : new Float64Array(0),
    hasStart: spec.solver === 'ccd',
  }
  const arrays = known ? packedLease(parts, known, twins.inFlight === 1) : wholeLease(parts)
  const audited = drawAudits(state, side, rows)
  const work = rows.reduce((sum, row) => sum + side.workOf(side.degree[row]!), 0)
  const shards = slots.map((k) => side.shards[k]!)
  const memo: Memo = { side, rows, audited, atZero, twins, known }
  const block = { arrays, shards, work, memo }
  state.flight.add(block)
  return block
}

/** In the order of SCALARS (buffers.ts). */
export function scalarsOf(state: MfState, side: Side): Float64Array {
  const { spec, users, items, mean, ridges, biasScale } = state
  const { lambda, lambdaEach } = ridges[side.name]
  const other = side === users ? items : users
  const passes = spec.solver === 'ccd' ? spec.passes : 0
  return Float64Array.of(
    ...[spec.rank, Number(side.bias.length > 0), mean, lambda, biasScale, lambdaEach],
    ...[passes, spec.implicit ? spec.alpha : 0, other.count, Number(spec.precision === 'f16')],
  )
}

/**
 * May the lease name all rows of the other side, without a look at which of them the block touches? So it
 * may where the tab has them all and the block has more ratings than there are rows; an exact row is
 * held to its objective at 0, for which its ratings are read. At 10⁷ ratings the look takes a third of
 * the time that one pass of descent takes the kernel.
 */
function hasAll(
  { spec }: MfState,
  known: Known | null,
  side: Side,
  other: Side,
  rows: Uint32Array,
): boolean {
  if (!known || spec.solver !== 'ccd') return false
  let ratings = 0
  for (const row of rows) ratings += side.degree[row]!
  if (ratings < other.rated.length) return false
  for (const row of other.rated) if (!has(known, other, row)) return false
  return true
}

/** One pass over the block's ratings: the rows they touch, ascending, and each row's objective at 0. */
function lookAt(state: MfState, side: Side, other: Side, rows: Uint32Array) {
  const { spec, mean, dataset, scratch } = state
  const { bias } = other
  const hasBias = bias.length > 0
  // As long as the longer side, and all zeros between two calls.
  const seen = scratch
  const atZero = new Float64Array(rows.length)
  let count = 0
  let v = 0
  forEachRow(side, dataset, rows, (_row, { starts, rowIndex, values }, column) => {
    let sum = 0
    for (let e = starts[column]!; e < starts[column + 1]!; e++) {
      const neighbour = rowIndex[e]!
      const a = values[e]!
      count += 1 - seen[neighbour]!
      seen[neighbour] = 1
      if (!spec.implicit) {
        const t = a - mean - (hasBias ? bias[neighbour]! : 0)
        sum += t * t
      } else if (a > 0) sum += 1 + spec.alpha * a
    }
    atZero[v++] = sum
  })
  const others = new Uint32Array(count)
  for (let row = 0, at = 0; at < count; row++) {
    if (seen[row] === 0) continue
    others[at++] = row
    seen[row] = 0
  }
  return { others, atZero }
}

/** Implicit half-sweeps begin when the other side is complete, so one matrix serves all their leases. */
export function gramAt(state: MfState, other: Side): Float64Array {
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
