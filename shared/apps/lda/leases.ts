/** From a cell to a lease: the arrays a tab needs to sample it. */
import type { Block } from '../../app.ts'
import { SCALARS } from './buffers.ts'
import { type Cell, openCell } from './cell.ts'
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

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  readonly cell: Cell
  /** s as it was leased (K). */
  readonly totals: Uint32Array
}

export function leaseCell(state: LdaState, part: number, block: number): Block {
  const { corpus, model, alpha, spec } = state
  const grid = state.grid!
  const cell = openCell(corpus, grid, part, block)
  const firstWord = grid.blocks[block]!
  const words = grid.blocks[block + 1]! - firstWord
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.topics] = spec.topics
  scalars[SCALARS.beta] = spec.beta
  scalars[SCALARS.betaSum] = spec.beta * corpus.words
  scalars[SCALARS.firstWord] = firstWord
  scalars[SCALARS.words] = words
  const documents = documentPairs(state, cell)
  const rows = wordPairs(state, cell, firstWord, words)
  const totals = model.totals.slice()
  return {
    arrays: {
      scalars,
      seed: seedOf(state, cell),
      alpha: alpha.slice(),
      totals,
      ...placesOf(state, cell),
      docPairs: documents.pairs,
      docTopics: documents.topics,
      docCounts: documents.counts,
      wordPairs: rows.pairs,
      wordTopics: rows.topics,
      wordCounts: rows.counts,
      z: topicsOf(state, cell),
    },
    shards: grid.shards[part]!,
    work:
      WORK_PER_TOKEN * cell.tokens + WORK_PER_PAIR * (documents.counts.length + rows.counts.length),
    memo: { cell, totals } satisfies Memo,
  }
}

/**
 * The seed depends on the job, the cell and its pass alone, not on when or to whom it is leased: a
 * lease that is given out again draws the same numbers.
 */
function seedOf(state: LdaState, cell: Cell): Uint32Array {
  const grid = state.grid!
  let hash = state.seed
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

/** Where the documents are: slot among the part's shards, column within. */
function placesOf(state: LdaState, cell: Cell): { slot: Uint32Array; column: Uint32Array } {
  const entries = state.corpus.dataset.manifest.shards
  const shards = state.grid!.shards[cell.part]!
  const slot = new Uint32Array(cell.documents.length)
  const column = new Uint32Array(cell.documents.length)
  let s = 0
  cell.documents.forEach((d, i) => {
    while (d >= entries[shards[s]!]!.firstColumn + entries[shards[s]!]!.columns) s++
    slot[i] = s
    column[i] = d - entries[shards[s]!]!.firstColumn
  })
  return { slot, column }
}

function packed(writer: PairWriter, pairs: Uint32Array) {
  return { pairs, topics: writer.topics(), counts: writer.counts() }
}

function documentPairs({ model, writer }: LdaState, cell: Cell) {
  writer.clear()
  const pairs = cell.documents.map((d) => writer.pushRow(model.byDocument, d))
  return packed(writer, pairs)
}

/** Counts of the words that occur in the cell. */
function wordPairs(
  { model, writer, corpus }: LdaState,
  cell: Cell,
  firstWord: number,
  words: number,
) {
  const occurs = new Uint8Array(words)
  const { word } = corpus
  for (let i = 0; i < cell.documents.length; i++) {
    const to = cell.to[i]!
    for (let t = cell.from[i]!; t < to; t++) occurs[word[t]! - firstWord] = 1
  }
  writer.clear()
  const pairs = new Uint32Array(words)
  for (let w = 0; w < words; w++)
    if (occurs[w] === 1) pairs[w] = writer.pushRow(model.byWord, firstWord + w)
  return packed(writer, pairs)
}

/** A document's tokens stand in a row, in z as in the lease, as bytes of which the lowest comes first. */
function topicsOf({ model }: LdaState, cell: Cell): Uint8Array {
  const { z } = model.byDocument
  const size = z.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(z.buffer)
  const packed = new Uint8Array(cell.tokens * size)
  let n = 0
  for (let i = 0; i < cell.documents.length; i++) {
    const end = cell.to[i]! * size
    for (let b = cell.from[i]! * size; b < end; b++) packed[n++] = bytes[b]!
  }
  return packed
}
