/**
 * The grid: users cut into parts, items into blocks. A cell is a part × a block, and what one lease
 * covers. Cells in flight share neither a part nor a block, so no two of them touch the same row.
 *
 * A grid follows from the ratings and two numbers; the model knows nothing of it.
 */
import type { Dataset } from '../../app.ts'
import { cutEvenly, lastAtMost } from '../../rotation/cut.ts'
import { NOTHING_TO_DO, type Rotating } from '../../rotation/rotate.ts'
import type { Side } from './sides.ts'

export interface Grid extends Rotating {
  /** As asked for; where users or items are few, there are fewer. */
  readonly asked: { readonly parts: number; readonly blocks: number }
  /** Users of part p are parts[p] … parts[p + 1]. */
  readonly parts: Uint32Array
  /** Items of block b are blocks[b] … blocks[b + 1]. */
  readonly blocks: Uint32Array
  /** Where the users of each part are. */
  readonly runs: readonly Runs[]
  /** Ratings of each cell, part after part. */
  readonly ratings: Uint32Array
}

/** Users one after the other, as runs of the columns of shards. */
export interface Runs {
  /** Indices in the dataset. */
  readonly shards: readonly number[]
  /** Of each shard the first column (within it), and how many. */
  readonly column: Uint32Array
  readonly columns: Uint32Array
}

/** Parts are whole shards where each would have so many. */
const SHARDS_PER_PART = 4

export interface Cell {
  readonly part: number
  readonly block: number
  /** part · blocks + block. */
  readonly index: number
  readonly firstUser: number
  readonly endUser: number
  readonly firstItem: number
  readonly endItem: number
  readonly ratings: number
}

export const partsOf = (grid: Grid): number => grid.parts.length - 1
export const blocksOf = (grid: Grid): number => grid.blocks.length - 1

/** `passes`: epochs that all cells have been through. */
export function openGrid(
  dataset: Dataset,
  users: Side,
  items: Side,
  asked: Grid['asked'],
  passes: number,
): Grid {
  const blocks = cutEvenly(items.degree, Math.min(asked.blocks, items.count))
  const parts = cutUsers(dataset, users, asked.parts)
  const m = parts.length - 1
  const n = blocks.length - 1
  const ratings = countCells(dataset, users, parts, blocks)
  return {
    ...{ asked, parts, blocks, ratings },
    runs: Array.from({ length: m }, (_, p) => runsOf(users, parts[p]!, parts[p + 1]!)),
    passes: ratings.map((count) => (count > 0 ? passes : NOTHING_TO_DO)),
    versions: [new Uint32Array(m), new Uint32Array(n)],
    busyPart: new Uint8Array(m),
    busyBlock: new Uint8Array(n),
  }
}

export function cellOf(grid: Grid, part: number, block: number): Cell {
  const { parts, blocks, ratings } = grid
  const index = part * blocksOf(grid) + block
  return {
    ...{ part, block, index },
    ...{ firstUser: parts[part]!, endUser: parts[part + 1]! },
    ...{ firstItem: blocks[block]!, endItem: blocks[block + 1]! },
    ratings: ratings[index]!,
  }
}

/** Whole shards where there are many for each part, so that no shard is needed by two; else users. */
function cutUsers({ manifest }: Dataset, users: Side, parts: number): Uint32Array {
  const { shards, firstRow, degree, count } = users
  if (shards.length < SHARDS_PER_PART * parts) return cutEvenly(degree, Math.min(parts, count))
  const ratings = shards.map((k) => manifest.shards[k]!.nonZeros)
  return cutEvenly(ratings, parts).map((s) => firstRow[s]!)
}

function runsOf({ shards, firstRow }: Side, from: number, to: number): Runs {
  const first = lastAtMost(firstRow, from)
  const last = lastAtMost(firstRow, to - 1)
  const used = Array.from({ length: last - first + 1 }, (_, s) => first + s)
  const column = Uint32Array.from(used, (s) => Math.max(0, from - firstRow[s]!))
  const columns = Uint32Array.from(
    used,
    (s, i) => Math.min(to, firstRow[s + 1]!) - firstRow[s]! - column[i]!,
  )
  return { shards: used.map((s) => shards[s]!), column, columns }
}

/** Ratings of a user are ordered by item: one search for each of its blocks. */
function countCells(
  dataset: Dataset,
  { shards, firstRow }: Side,
  parts: Uint32Array,
  blocks: Uint32Array,
): Uint32Array {
  const n = blocks.length - 1
  const blockOf = new Uint16Array(blocks[n]!)
  for (let b = 0; b < n; b++) blockOf.fill(b, blocks[b]!, blocks[b + 1]!)
  const counts = new Uint32Array((parts.length - 1) * n)
  shards.forEach((k, s) => {
    const { starts, rowIndex } = dataset.shard(k)
    const end = firstRow[s + 1]!
    for (let user = firstRow[s]!; user < end; user++) {
      const cells = lastAtMost(parts, user) * n
      const to = starts[user - firstRow[s]! + 1]!
      for (let e = starts[user - firstRow[s]!]!; e < to; ) {
        const b = blockOf[rowIndex[e]!]!
        const next = firstFrom(rowIndex, e, to, blocks[b + 1]!)
        counts[cells + b]! += next - e
        e = next
      }
    }
  })
  return counts
}

/** The first place after `from`, and at most `to`, of a number that is at least x: near ones are found soon. */
function firstFrom(ascending: ArrayLike<number>, from: number, to: number, x: number): number {
  let step = 1
  let low = from
  while (low + step < to && ascending[low + step]! < x) {
    low += step
    step *= 2
  }
  let high = Math.min(to, low + step)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < x) low = middle
    else high = middle
  }
  return high
}
