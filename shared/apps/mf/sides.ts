/**
 * A side of the matrix: all users, or all items, with their rows of the model and what they wait for.
 *
 * Sweep s solves every user given the items of sweep s − 1, then every item given the users of sweep
 * s. That is an order, not a barrier: a row may be solved as soon as the rows it has ratings with are
 * there. `missing` counts those that are not, and each row is in one of three states:
 *
 * WAITING  missing > 0, or solved ahead of its time (pull.ts). Leaves when the last neighbour comes.
 * READY    the scheduler may lease it.
 * LEASED   a tab solves it. READY again when the lease ends without a delta.
 *
 * No row can be two versions ahead of a neighbour, since each waits for the other: so every row is
 * solved against exactly the rows it would be solved against with a barrier, the model is the same
 * bit for bit whoever computes it in whatever order, and no commit can raise the objective.
 */
import type { Dataset } from '../../app.ts'
import type { RatedSide } from '../../factors/recommend.ts'
import type { Shard } from '../../shard.ts'

export const WAITING = 0
export const READY = 1
export const LEASED = 2

/** Its rows are K wide; those without ratings stay 0 and are never leased. */
export interface Side extends RatedSide {
  readonly name: 'users' | 'items'
  readonly factors: Float32Array
  /** Rows with ratings, ascending. */
  readonly rated: Uint32Array
  /** What each row left of its squared errors when it was last solved (push.ts). */
  readonly loss: Float64Array
  /** Sweep that each row was last solved in; 0: as drawn. */
  readonly sweep: Uint32Array
  readonly missing: Uint32Array
  readonly status: Uint8Array
  /** Work of READY rows, by the parity of their `sweep`: two sweeps can be in progress at once. */
  readonly readyWork: [number, number]
  /** The same of LEASED rows. */
  readonly leasedWork: [number, number]
  /** READY rows in each shard. */
  readonly readyIn: Uint32Array
  /** Rows with ratings not solved in the current sweep, and their work. */
  left: number
  leftWork: number
  /** Work of all rows. */
  readonly totalWork: number
  /** Work to solve a row of n ratings. */
  readonly workOf: (n: number) => number
}

export interface SideOptions {
  readonly rank: number
  readonly hasBias: boolean
  readonly workOf: (n: number) => number
}

export function openSide(name: Side['name'], dataset: Dataset, options: SideOptions): Side {
  const { rank, hasBias, workOf } = options
  const { manifest } = dataset
  const count = name === 'users' ? manifest.rows : manifest.columns
  const wanted = name === 'users' ? 'rows' : 'columns'
  const shards = [...manifest.shards.keys()].filter(
    (k) => (manifest.shards[k]!.side ?? 'columns') === wanted,
  )
  const degree = new Uint32Array(count)
  for (const k of shards) {
    const { starts, firstColumn, columns } = dataset.shard(k)
    for (let j = 0; j < columns; j++) degree[firstColumn + j] = starts[j + 1]! - starts[j]!
  }
  return {
    name,
    count,
    width: rank,
    shards,
    firstRow: Uint32Array.of(...shards.map((k) => manifest.shards[k]!.firstColumn), count),
    degree,
    rated: Uint32Array.from(degree.keys()).filter((row) => degree[row]! > 0),
    factors: new Float32Array(count * rank),
    bias: new Float32Array(hasBias ? count : 0),
    loss: new Float64Array(count),
    sweep: new Uint32Array(count),
    missing: degree.slice(),
    status: new Uint8Array(count),
    readyWork: [0, 0],
    leasedWork: [0, 0],
    readyIn: new Uint32Array(shards.length),
    left: 0,
    leftWork: 0,
    totalWork: degree.reduce((sum, n) => sum + (n > 0 ? workOf(n) : 0), 0),
    workOf,
  }
}

/** All rows with ratings are to be solved in the sweep that begins. */
export function beginSweep(side: Side): void {
  side.left = side.rated.length
  side.leftWork = side.totalWork
}

/** Which of its shards a row lies in. */
export function shardOfRow({ firstRow }: Side, row: number): number {
  let low = 0
  let high = firstRow.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (firstRow[middle]! <= row) low = middle
    else high = middle - 1
  }
  return low
}

export function setStatus(side: Side, row: number, status: number): void {
  const before = side.status[row]!
  if (before === status) return
  const work = side.workOf(side.degree[row]!)
  const parity = side.sweep[row]! & 1
  const readied = Number(status === READY) - Number(before === READY)
  if (readied !== 0) side.readyIn[shardOfRow(side, row)]! += readied
  side.readyWork[parity]! += readied * work
  side.leasedWork[parity]! += (Number(status === LEASED) - Number(before === LEASED)) * work
  side.status[row] = status
}

/** Visit the rows of a side together with their shard and the column there. */
export function forEachRow(
  side: Side,
  dataset: Dataset,
  rows: ArrayLike<number>,
  visit: (row: number, shard: Shard, column: number) => void,
): void {
  for (let v = 0; v < rows.length; v++) {
    const row = rows[v]!
    const k = shardOfRow(side, row)
    visit(row, dataset.shard(side.shards[k]!), row - side.firstRow[k]!)
  }
}

/**
 * Row has been solved once more: it now waits for its neighbours' next version, and they have one
 * row less to wait for.
 */
export function solved(side: Side, other: Side, row: number, shard: Shard, column: number): void {
  const { starts, rowIndex } = shard
  setStatus(side, row, WAITING)
  side.sweep[row]!++
  side.missing[row] = side.degree[row]!
  for (let e = starts[column]!; e < starts[column + 1]!; e++) {
    const neighbour = rowIndex[e]!
    if (--other.missing[neighbour]! === 0 && other.status[neighbour] === WAITING)
      setStatus(other, neighbour, READY)
  }
}
