/**
 * Cells that rotate: a grid of parts × blocks, each cell once an epoch, none in flight beside another of
 * its part or its block.
 *
 * Instead of rounds with a barrier (the strata of DSGD: Gemulla et al. 2011; word rotation in STRADS) a
 * free slot takes any cell whose part and block are both free, the one furthest behind first (as FPSGD
 * does in one memory: Zhuang et al. 2013), so a slow tab holds up one row and one column of the grid.
 */
import { type Known, remembers, type Versions } from './known.ts'

/** `passes` of a cell with nothing in it: it never needs another. */
export const NOTHING_TO_DO = 0xffffffff

export interface Rotating {
  /** Epochs each cell has been through, part after part. */
  readonly passes: Uint32Array
  /** Is a cell of this part, of this block in flight? */
  readonly busyPart: Uint8Array
  readonly busyBlock: Uint8Array
  /** Of parts, blocks and, where tabs remember those, cells. */
  readonly versions: Versions
}

/** Are all cells equal, after `done` epochs, and none in flight? Then another grid may take over. */
export const isEven = ({ passes, busyPart }: Rotating, done: number): boolean =>
  passes.every((each) => each === done || each === NOTHING_TO_DO) && !busyPart.includes(1)

/** Share of the cells that have been through more than `done` epochs. */
export function shareDone({ passes }: Rotating, done: number): number {
  const cells = passes.filter((each) => each !== NOTHING_TO_DO)
  return cells.filter((each) => each > done).length / cells.length
}

export interface Choice {
  /** Epochs that all cells have been through. */
  readonly done: number
  /** Cells that have been through more have to wait. */
  readonly passesMax: number
  /** Where to begin among the blocks: a random one, or all slots would follow each other. */
  readonly turn: number
  /** Does the tab hold the shards of this part? */
  readonly isHeld: (part: number) => boolean
  readonly known: Known | null
  /** What it is worth that a tab remembers the part and the block; that it holds the shards is worth 1. */
  readonly worth: readonly [part: number, block: number]
}

/** The free cell that is furthest behind, then one whose rows and shards are there; −1: none. */
export function chooseCell(grid: Rotating, choice: Choice): number {
  const { passesMax, turn, known, worth } = choice
  const m = grid.busyPart.length
  const n = grid.busyBlock.length
  const left = behind(grid, choice.done)
  let best = -1
  let bestScore = Number.NEGATIVE_INFINITY
  for (let p = 0; p < m; p++) {
    if (grid.busyPart[p]) continue
    const isHeld = choice.isHeld(p)
    for (let i = 0; i < n; i++) {
      const b = (i + turn) % n
      const cell = p * n + b
      const passes = grid.passes[cell]!
      if (grid.busyBlock[b] || passes > passesMax) continue
      const [part, block] = known ? remembers(known, [p, b, cell].slice(0, known.now.length)) : []
      const near = Number(isHeld) + worth[0] * Number(part ?? 0) + worth[1] * Number(block ?? 0)
      // Of the like, where most of the epoch is still to be done.
      const share = (left.rows[p]! + left.columns[b]!) / (2 * (n + m))
      const score = -4 * passes + near + share
      if (score <= bestScore) continue
      best = cell
      bestScore = score
    }
  }
  return best
}

/** Cells of each part and of each block that lack the current epoch. */
function behind({ passes, busyPart, busyBlock }: Rotating, done: number) {
  const n = busyBlock.length
  const rows = new Uint32Array(busyPart.length)
  const columns = new Uint32Array(n)
  passes.forEach((each, cell) => {
    if (each > done) return
    rows[Math.floor(cell / n)]!++
    columns[cell % n]!++
  })
  return { rows, columns }
}
