/**
 * check: could an honest tab have sent these rows?
 *
 * A row costs about nK²/2 to solve and 2nK to verify, for the solution of a ridge regression is the
 * point where its gradient Zᵀ(Zx − t) + λx is 0, and the gradient says how far from it one is. To
 * verify all rows would limit a server to some K/6 tabs, so it looks at a few that no tab can know:
 * one of every block and one in two hundred of the others, which is far cheaper than the push.
 * Whoever lies about a row now and then is found within tens of blocks. What it did until then does
 * not last: an exact row does not depend on what it was before, and so is as good as new a sweep later.
 *
 * Besides, no row may cost more than the row 0 would (what it leaves, plus its penalty): O(K) for
 * every row, and it bounds the harm that a lie can do in the meantime. At the very end the losses that
 * the tabs reported must add up to the objective of the server's own data (advance.ts).
 */
import type { Block } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { type Lease, type Row, readLease, readRow, ridgeOf } from './lease.ts'
import { gramAt, type Memo, scalarsOf } from './leases.ts'
import { descend, lossOf } from './push.ts'
import { forEachRow, type Side } from './sides.ts'
import type { MfState } from './state.ts'

interface Answer {
  rows: Float32Array
  bias: Float32Array
  loss: Float64Array
}

export function checkDelta(state: MfState, block: Block, delta: Arrays): string | null {
  const { rows, audited, side, twins } = block.memo as Memo
  const lease = asTheServerHasIt(state, side)
  const answer = delta as unknown as Answer
  const m = rows.length
  const lengths = { rows: m * lease.rank, bias: lease.hasBias ? m : 0, loss: m }
  for (const name of ['rows', 'bias', 'loss'] as const)
    if (answer[name].length !== lengths[name])
      return `shape: ${name} has ${answer[name].length} values, expected ${lengths[name]}`
  const costly = tooCostly(lease, block, answer)
  if (costly !== null) return `row ${costly} costs more than no row at all`
  // Another tab was faster, and the rows that these were solved against may have changed since.
  if (twins.settled) return null
  let fault: string | null = null
  const chosen = audited.map((v) => rows[v]!)
  forEachRow(side, state.dataset, chosen, (row, shard, column) => {
    if (fault !== null) return
    const v = rows.indexOf(row)
    const start = lease.passes > 0 ? rowAsItIs(lease, side, row) : null
    const found = audit(lease, readRow(lease, shard, column, null), v, answer, start)
    if (found !== null) fault = `row ${v}: ${found}`
  })
  return fault
}

/**
 * What the lease said, in the numbering of the server: no row of the other side that the block touches
 * can have changed since, because each of them waits for the block (sides.ts).
 */
function asTheServerHasIt(state: MfState, side: Side): Lease {
  const other = side === state.users ? state.items : state.users
  const none = new Uint32Array(0)
  return readLease({
    scalars: scalarsOf(state, side),
    ...{ slot: none, column: none, others: none, start: new Float32Array(0) },
    ...{ factors: other.factors, offsets: other.bias },
    gram: state.spec.implicit ? gramAt(state, other) : new Float64Array(0),
  })
}

/** x = (w, b / s) of a row, (D). */
function rowAsItIs({ rank, biasScale, dimensions }: Lease, side: Side, row: number): Float64Array {
  const x = new Float64Array(dimensions)
  x.set(side.factors.subarray(row * rank, (row + 1) * rank))
  if (dimensions > rank) x[rank] = side.bias[row]! / biasScale
  return x
}

/** The first row whose claimed loss and penalty exceed those of 0. Descent starts elsewhere, and may. */
function tooCostly(lease: Lease, block: Block, { rows, bias, loss }: Answer): number | null {
  const { rank: K, hasBias, biasScale, passes } = lease
  const { atZero, side, rows: index } = block.memo as Memo
  for (let v = 0; v < loss.length; v++) {
    let squares = hasBias ? (bias[v]! / biasScale) ** 2 : 0
    for (let k = v * K; k < (v + 1) * K; k++) squares += rows[k]! * rows[k]!
    const ridge = ridgeOf(lease, side.degree[index[v]!]!)
    const slack = (unitOf(lease) + (lease.halves ? 2 ** -11 : 0)) * atZero[v]!
    if (!(loss[v]! >= -slack)) return v
    if (passes === 0 && !(loss[v]! + ridge * squares <= atZero[v]! + slack)) return v
  }
  return null
}

/**
 * What rounding may do, relative to the sum of sizes: sums of 64 products or of a row's D in f32, and
 * the rows themselves (problems.ts), twice for good measure.
 */
const unitOf = ({ dimensions }: Lease): number => 2 ** -23 * (64 + dimensions)

/** What is wrong with row v of an answer; `start` is where its passes began (ccd). */
function audit(
  lease: Lease,
  row: Row,
  v: number,
  answer: Answer,
  start: Float64Array | null,
): string | null {
  const { rank: K, dimensions: D, hasBias, biasScale } = lease
  const w = answer.rows.subarray(v * K, (v + 1) * K)
  const b = hasBias ? answer.bias[v]! : 0
  const x = Float64Array.from({ length: D }, (_, k) => (k < K ? w[k]! : b / biasScale))
  const { squares, targets } = sizesOf(lease, row)
  const size = norm(x)
  const unit = unitOf(lease)
  const exact = lossOf(lease, row, w, b)
  const reach = (Math.sqrt(squares) * size + Math.sqrt(targets)) ** 2
  if (!(Math.abs(answer.loss[v]! - exact) <= unit * reach)) return 'the loss is another one'
  if (start) {
    const want = descend(lease, row, start)
    const away = norm(want.map((value, k) => value - x[k]!))
    // Steps are as exact as what they are sums of; no x is larger than what it costs.
    const rounded = lease.halves ? 2 ** -11 * norm(want) : 0
    return away <= unit * (norm(want) + size + Math.sqrt(targets / row.ridge)) + rounded
      ? null
      : 'these are not the passes that were asked for'
  }
  const rounded = lease.halves ? 2 ** -11 * (squares + row.ridge) * size : 0
  const slack = unit * (squares * size + Math.sqrt(squares * targets) + row.ridge * size) + rounded
  return norm(gradient(lease, row, x)) <= slack ? null : 'this does not solve the row'
}

/** Half the gradient of a row's objective, (D). */
function gradient(lease: Lease, row: Row, x: Float64Array): Float64Array {
  const { rank: K, hasBias, factors, biasScale, alpha, gram } = lease
  const g = x.map((value) => row.ridge * value)
  for (let e = 0; e < row.length; e++) {
    const first = row.at[e]! * K
    let fit = hasBias ? biasScale * x[K]! : 0
    for (let k = 0; k < K; k++) fit += factors[first + k]! * x[k]!
    const r = row.target[e]!
    const pull = alpha === 0 ? fit - r : r > 0 ? alpha * r * fit - (1 + alpha * r) : 0
    for (let k = 0; k < K; k++) g[k]! += pull * factors[first + k]!
    if (hasBias) g[K]! += pull * biasScale
  }
  if (alpha > 0)
    for (let k = 0; k < K; k++) for (let l = 0; l < K; l++) g[k]! += gram[k * K + l]! * x[l]!
  return g
}

/** Σ‖z‖², with what G adds to it, and Σt²: each with its confidence. */
function sizesOf(lease: Lease, row: Row): { squares: number; targets: number } {
  const { rank: K, hasBias, factors, biasScale, alpha, gram } = lease
  let squares = 0
  let targets = 0
  for (let k = 0; k < K && alpha > 0; k++) squares += gram[k * K + k]!
  for (let e = 0; e < row.length; e++) {
    const r = row.target[e]!
    let z = hasBias ? biasScale * biasScale : 0
    for (let k = row.at[e]! * K; k < (row.at[e]! + 1) * K; k++) z += factors[k]! * factors[k]!
    squares += alpha > 0 ? (1 + alpha * r) * z : z
    targets += alpha > 0 ? 1 + alpha * r : r * r
  }
  return { squares, targets }
}

const norm = (x: Float64Array): number =>
  Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
