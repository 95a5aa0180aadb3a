/**
 * What the server knows of each tab's memory (memory.ts): which parts, blocks and cells of the grid are
 * there as they are now.
 *
 * A tab has what it was sent, and what it has computed and the server has committed. Whenever a lease
 * ends otherwise (the tab is gone, gave it back, was too late or wrong) nothing is counted on any more,
 * and the next lease begins with "forget". What another tab samples is a version newer from then on, and
 * is sent again when it is needed. Nothing here outlives the server or changes the model.
 */
import type { Arrays } from '../../wire.ts'
import type { Cell } from './cell.ts'
import type { Grid } from './grid.ts'
import { GROUPS } from './memory.ts'
import type { LdaState } from './state.ts'

/** What a tab is made to remember, bytes: a phone can bear it, and 10⁷ tokens of 1000 topics fit. */
const TAB_BYTES_MAX = 96 << 20
/** Tabs of which an account is kept. */
const ACCOUNTS_MAX = 2000

export interface Known {
  readonly memory: string
  readonly grid: Grid
  /** Of each part, block and cell 1 + the version that is there; 0: none. */
  readonly versions: readonly [parts: Uint32Array, blocks: Uint32Array, cells: Uint32Array]
  bytes: number
  /** No lease has gone out on it: the first one says "forget". */
  isNew: boolean
}

/** The account of a tab's memory on the grid of today. */
export function knownBy(state: LdaState, memory: string): Known {
  const { known } = state
  const grid = state.grid!
  const before = known.get(memory)
  known.delete(memory)
  const isUsable = before?.grid === grid && before.bytes <= TAB_BYTES_MAX
  const account: Known = isUsable ? before : openKnown(memory, grid)
  // The one that asked last comes last, and the first goes when there are too many.
  known.set(memory, account)
  for (const old of known.keys()) {
    if (known.size <= ACCOUNTS_MAX) break
    known.delete(old)
  }
  return account
}

function openKnown(memory: string, grid: Grid): Known {
  const none = (like: Uint32Array): Uint32Array => new Uint32Array(like.length)
  const versions = [none(grid.partVersion), none(grid.blockVersion), none(grid.passes)] as const
  return { memory, grid, versions, bytes: 0, isNew: true }
}

type Place = Pick<Cell, 'part' | 'block' | 'index'>

const placesOf = ({ part, block, index }: Place) => [part, block, index] as const

const versionsOf = (grid: Grid) => [grid.partVersion, grid.blockVersion, grid.passes] as const

/** Which of the cell's groups (GROUPS) are there as they are now. */
export function remembers({ versions, grid }: Known, cell: Place): boolean[] {
  const now = versionsOf(grid)
  return placesOf(cell).map((at, g) => versions[g]![at] === 1 + now[g]![at]!)
}

/** The tab is sent what it lacks of a cell: `place` of the lease (memory.ts). */
export function send(known: Known, cell: Place, lacks: Arrays): Uint32Array {
  const isHere = remembers(known, cell)
  placesOf(cell).forEach((at, g) => {
    // What replaces an older version takes its place.
    if (known.versions[g]![at] === 0)
      for (const name of GROUPS[g]!) known.bytes += lacks[name]?.byteLength ?? 0
  })
  note(known, cell)
  const forgets = known.isNew
  known.isNew = false
  return Uint32Array.of(Number(forgets), cell.part, cell.block, ...isHere.map(Number))
}

function note({ versions, grid }: Known, cell: Place): void {
  const now = versionsOf(grid)
  placesOf(cell).forEach((at, g) => {
    versions[g]![at] = 1 + now[g]![at]!
  })
}

/** Its delta is committed: the tab has the cell as it is now. To be called after the commit. */
export function learn(state: LdaState, known: Known, cell: Place): void {
  if (state.known.get(known.memory) === known) note(known, cell)
}

export function forget(state: LdaState, known: Known): void {
  if (state.known.get(known.memory) === known) state.known.delete(known.memory)
}
