/** From a cell to a lease: the arrays a tab needs to make a pass over it. */
import type { Block } from '../../app.ts'
import { bytesOf, type Known, knownBy, remembers, send } from '../../rotation/known.ts'
import type { Arrays } from '../../wire.ts'
import { SCALARS, STATES } from './buffers.ts'
import { type Cell, cellOf } from './grid.ts'
import { GROUPS } from './memory.ts'
import { scalarsOf } from './rates.ts'
import type { Side } from './sides.ts'
import type { SgdState } from './state.ts'

/** What a tab is made to remember, bytes: 10⁷ ratings of 200,000 users at K = 64 take 60 MB. */
const TAB_BYTES_MAX = 256 << 20

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly cell: Cell
  /** Epochs that the cell had been through. */
  readonly epoch: number
  /** The account of the tab's memory. */
  readonly known: Known | null
}

/**
 * Work is counted in matrix entries read, of which a kernel does some 0.5 to 5 in a nanosecond; a rating
 * takes about 1 ns for each of its row's factors.
 */
export const workPerRating = ({ users }: SgdState): number => 2 + users.width / 8

/** `memory` names that of the tab that asks, if it has one. */
export function leaseCell(state: SgdState, part: number, block: number, memory?: string): Block {
  const grid = state.grid!
  const cell = cellOf(grid, part, block)
  const places = [part, block]
  const known =
    memory === undefined ? null : knownBy(state.known, grid.versions, memory, TAB_BYTES_MAX)
  const isHere = known ? remembers(known, places) : []
  const arrays: Arrays = {
    scalars: scalarsAt(state, cell),
    ...(!isHere[0] && usersOf(state, cell)),
    ...(!isHere[1] && itemsOf(state, cell)),
  }
  const epoch = grid.passes[cell.index]!
  return {
    arrays: known ? { ...arrays, place: send(known, places, bytesOf(GROUPS, arrays)) } : arrays,
    shards: grid.runs[part]!.shards,
    work: workPerRating(state) * cell.ratings,
    memo: { cell, epoch, known } satisfies Memo,
  }
}

/** The lease as a kernel takes it, while it is still out. */
export function wholeLease(state: SgdState, cell: Cell): Arrays {
  return { scalars: scalarsAt(state, cell), ...usersOf(state, cell), ...itemsOf(state, cell) }
}

function scalarsAt({ spec, mean, deviation }: SgdState, cell: Cell): Float64Array {
  const scalars = scalarsOf(spec, mean, deviation)
  scalars[SCALARS.firstItem] = cell.firstItem
  return scalars
}

function usersOf({ grid, users }: SgdState, { part, firstUser, endUser }: Cell): Arrays {
  const { shards, column, columns } = grid!.runs[part]!
  const { rows, states } = copied(users, firstUser, endUser)
  const slot = Uint32Array.from(shards.keys())
  return { slot, column, columns, users: rows, userState: states }
}

function itemsOf({ items }: SgdState, { firstItem, endItem }: Cell): Arrays {
  const { rows, states } = copied(items, firstItem, endItem)
  return { items: rows, itemState: states }
}

function copied({ factors, state, width }: Side, from: number, to: number) {
  return {
    rows: factors.slice(from * width, to * width),
    states: state.slice(from * STATES, to * STATES),
  }
}
