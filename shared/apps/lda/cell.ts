/** The tokens of a cell, and how a delta changes them: what leases, commits and replay have in common. */

import { readTopic, topicBytes } from './buffers.ts'
import type { Corpus } from './corpus.ts'
import { type Counts, move } from './counts.ts'
import { blocksOf, type Grid } from './grid.ts'

export interface Cell {
  readonly part: number
  readonly block: number
  /** Place in grid.passes. */
  readonly index: number
  /** Documents with tokens in the cell (m), ascending, and their tokens from … to − 1. */
  readonly documents: Uint32Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly tokens: number
}

/** The model: everything a commit changes. */
export interface Model {
  readonly topics: number
  /** Topic of every token (all documents; those held out stay 0 and count nowhere). */
  readonly z: Uint16Array
  readonly byDocument: Counts
  readonly byWord: Counts
  /** s_k (K). */
  readonly totals: Uint32Array
}

export function openCell(corpus: Corpus, grid: Grid, part: number, block: number): Cell {
  const first = grid.blocks[block]!
  const end = grid.blocks[block + 1]!
  const size = grid.parts[part + 1]! - grid.parts[part]!
  const documents = new Uint32Array(size)
  const from = new Uint32Array(size)
  const to = new Uint32Array(size)
  let m = 0
  let tokens = 0
  for (let i = grid.parts[part]!; i < grid.parts[part + 1]!; i++) {
    const d = corpus.training[i]!
    const a = lowerBound(corpus.word, corpus.starts[d]!, corpus.starts[d + 1]!, first)
    const b = lowerBound(corpus.word, a, corpus.starts[d + 1]!, end)
    if (a === b) continue
    documents[m] = d
    from[m] = a
    to[m++] = b
    tokens += b - a
  }
  return {
    part,
    block,
    index: part * blocksOf(grid) + block,
    documents: documents.subarray(0, m),
    from: from.subarray(0, m),
    to: to.subarray(0, m),
    tokens,
  }
}

/** The first of the tokens from … to − 1 whose word is `word` or later; `to` when there is none. */
function lowerBound(
  words: Uint16Array | Uint32Array,
  from: number,
  to: number,
  word: number,
): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (words[middle]! < word) low = middle + 1
    else high = middle
  }
  return low
}

/** Move the changed tokens of a cell to their new topics, in z and in every count. */
export function applyChanges(
  corpus: Corpus,
  model: Model,
  cell: Cell,
  changed: ArrayLike<number>,
  topic: ArrayLike<number>,
): number {
  const bytes = topicBytes(model.topics)
  const { z, byDocument, byWord, totals } = model
  let n = 0
  let at = 0
  for (let i = 0; i < cell.documents.length; i++) {
    const d = cell.documents[i]!
    for (let t = cell.from[i]!; t < cell.to[i]!; t++, n++) {
      if (((changed[n >> 3]! >> (n & 7)) & 1) === 0) continue
      const before = z[t]!
      const after = readTopic(topic, at++, bytes)
      move(byDocument, d, before, after)
      move(byWord, corpus.word[t]!, before, after)
      totals[before]!--
      totals[after]!++
      z[t] = after
    }
  }
  return at
}
