/** From a cell to a lease: the arrays a tab needs to sample it. */
import type { Block } from '../../app.ts'
import { bytesOf, type Known, knownBy, remembers, send } from '../../rotation/known.ts'
import type { Arrays } from '../../wire.ts'
import { SCALARS } from './buffers.ts'
import { partNow } from './byDocument.ts'
import { type Cell, membersOf, openCell } from './cell.ts'
import type { Grid } from './grid.ts'
import { GROUPS } from './memory.ts'
import type { PairWriter } from './pairs.ts'
import type { LdaState } from './state.ts'

/**
 * Work is counted in matrix entries read, of which a kernel does some 0.5 to 5 in a nanosecond. A
 * token takes 75 ns at K = 100 and 120 ns at K = 1000 (`npm run bench:kernels lda`, newsgroups).
 * With this the speed prior of a newcomer, 100 000 entries a millisecond, is a million tokens a second.
 */
export const WORK_PER_TOKEN = 100
/** Unpacking a (topic, count) pair takes about as long as a twentieth of a token. */
const WORK_PER_PAIR = 5
/** What a tab is made to remember, bytes: a phone can bear it, and 10⁷ tokens of 1000 topics fit. */
const TAB_BYTES_MAX = 96 << 20

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly cell: Cell
  /** s as it was leased (K). */
  readonly totals: Uint32Array
  /** The account of the tab's memory. */
  readonly known: Known | null
  /** Places of the tokens that have changed, from the check of the delta to its commit. */
  places: Uint32Array | null
}

/** `memory` names that of the tab that asks, if it has one. */
export function leaseCell(state: LdaState, part: number, block: number, memory?: string): Block {
  const grid = state.grid!
  const cell = openCell(state.corpus, state.model, grid, part, block)
  const known =
    memory === undefined ? null : knownBy(state.known, grid.versions, memory, TAB_BYTES_MAX)
  const members = membersOf(cell)
  const isHere = known ? remembers(known, members) : []
  const totals = state.model.totals.slice()
  const lacks: Arrays = {
    ...(!isHere[0] && documentsOf(state, cell)),
    ...(!isHere[1] && wordsOf(state, cell, known !== null)),
    ...(!isHere[2] && { z: topicsOf(state, cell) }),
  }
  const work =
    WORK_PER_TOKEN * cell.tokens + WORK_PER_PAIR * (grid.partPairs[part]! + grid.blockPairs[block]!)
  return {
    arrays: {
      ...headOf(state, cell, totals),
      ...lacks,
      ...(known && { place: send(known, members, bytesOf(GROUPS, lacks)) }),
    },
    shards: grid.shards[part]!,
    work,
    memo: { cell, totals, known, places: null } satisfies Memo,
  }
}

/**
 * The lease as a kernel takes it, while it is still out; `given` is what was sent. Words that are not in
 * the cell make no difference.
 */
export function wholeLease(state: LdaState, cell: Cell, given: Arrays, withOthers = false): Arrays {
  const { place: _, ...arrays } = given
  return {
    ...arrays,
    ...documentsOf(state, cell),
    ...wordsOf(state, cell, withOthers),
    z: topicsOf(state, cell),
  }
}

function headOf({ corpus, alpha, spec, seed, grid }: LdaState, cell: Cell, totals: Uint32Array) {
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.topics] = spec.topics
  scalars[SCALARS.beta] = spec.beta
  scalars[SCALARS.betaSum] = spec.beta * corpus.words
  scalars[SCALARS.firstWord] = cell.firstWord
  scalars[SCALARS.words] = cell.from.length
  return { scalars, seed: seedOf(seed, grid!, cell), alpha: alpha.slice(), totals }
}

/**
 * The seed depends on the job, the cell and its pass alone, not on when or to whom it is leased: a
 * lease that is given out again draws the same numbers.
 */
function seedOf(seed: number, grid: Grid, cell: Cell): Uint32Array {
  let hash = seed
  const mix = (value: number): number => {
    hash = Math.imul(hash ^ value, 0x9e3779b1)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x85ebca77)
    hash ^= hash >>> 13
    return hash >>> 0
  }
  const { parts, blocks } = grid.asked
  for (const value of [grid.passes[cell.index]!, parts, blocks, cell.part, cell.block]) mix(value)
  // Never all zero, which the generator could not leave.
  return Uint32Array.of(mix(1), mix(2), mix(3), mix(4) | 1)
}

/** All documents of the part: where they are (slot among its shards, column within), and their counts. */
function documentsOf(state: LdaState, { part }: Cell): Arrays {
  const { corpus, grid, writer } = state
  const entries = corpus.dataset.manifest.shards
  const shards = grid!.shards[part]!
  const documents = corpus.training.subarray(grid!.parts[part]!, grid!.parts[part + 1]!)
  const slot = new Uint32Array(documents.length)
  const column = new Uint32Array(documents.length)
  const docPairs = new Uint32Array(documents.length)
  const counts = partNow(state, part)
  writer.clear()
  let s = 0
  for (let i = 0; i < documents.length; i++) {
    const d = documents[i]!
    while (d >= entries[shards[s]!]!.firstColumn + entries[shards[s]!]!.columns) s++
    slot[i] = s
    column[i] = d - entries[shards[s]!]!.firstColumn
    docPairs[i] = writer.pushRow(counts, d)
  }
  grid!.partPairs[part] = writer.length
  return { slot, column, docPairs, ...packed(writer, 'doc') }
}

/** Counts of the words that occur in the cell; a tab that remembers them gets the block's others, too. */
function wordsOf({ grid, model, writer }: LdaState, cell: Cell, withOthers: boolean): Arrays {
  const { firstWord, from, to, block } = cell
  writer.clear()
  const wordPairs = new Uint32Array(from.length)
  for (let i = 0; i < from.length; i++)
    if (withOthers || from[i]! < to[i]!) wordPairs[i] = writer.pushRow(model.byWord, firstWord + i)
  grid!.blockPairs[block] = writer.length
  return { wordPairs, ...packed(writer, 'word') }
}

function packed(writer: PairWriter, of: 'doc' | 'word'): Arrays {
  return { [`${of}Topics`]: writer.topics(), [`${of}Counts`]: writer.counts() }
}

/** A word's tokens stand in a row, in z as in the lease, as bytes of which the lowest comes first. */
function topicsOf({ model }: LdaState, { from, to, tokens }: Cell): Uint8Array {
  const { z } = model.byWord
  const size = z.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(z.buffer)
  const packed = new Uint8Array(tokens * size)
  let n = 0
  for (let i = 0; i < from.length; i++) {
    const end = to[i]! * size
    for (let b = from[i]! * size; b < end; b++) packed[n++] = bytes[b]!
  }
  return packed
}
