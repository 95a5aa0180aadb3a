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
  /** Of every token; documents held out stay 0 and are never asked for. */
  readonly byDocument: Counts
  /** Of the tokens in training. */
  readonly byWord: Counts
  /** Where each token of training stands in byWord.z. */
  readonly place: Uint32Array
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

/** Numbers of the tokens whose bit is set, ascending; some may lie beyond the cell. */
export function changedTokens(changed: ArrayLike<number>): Uint32Array {
  let size = 0
  for (let i = 0; i < changed.length; i++)
    for (let rest = changed[i]!; rest > 0; rest &= rest - 1) size++
  const tokens = new Uint32Array(size)
  let n = 0
  for (let i = 0; i < changed.length; i++)
    for (let rest = changed[i]!; rest > 0; rest &= rest - 1)
      tokens[n++] = 8 * i + 31 - Math.clz32(rest & -rest)
  return tokens
}

/** Move the changed tokens of a cell to their new topics; returns how many. */
export function applyChanges(
  corpus: Corpus,
  model: Model,
  cell: Cell,
  changed: ArrayLike<number>,
  topic: ArrayLike<number>,
): number {
  const bytes = topicBytes(model.topics)
  const { byDocument, byWord, place, totals } = model
  const { z } = byDocument
  const { word } = corpus
  const tokens = changedTokens(changed)
  let i = 0
  // Token n of the cell is token n + shift of the corpus, up to that document's end.
  let end = 0
  let shift = 0
  for (let c = 0; c < tokens.length; c++) {
    const n = tokens[c]!
    while (n >= end) {
      shift = cell.from[i]! - end
      end += cell.to[i]! - cell.from[i]!
      i++
    }
    const t = n + shift
    const before = z[t]!
    const after = readTopic(topic, c, bytes)
    move(byDocument, cell.documents[i - 1]!, t, before, after)
    move(byWord, word[t]!, place[t]!, before, after)
    totals[before]!--
    totals[after]!++
  }
  return tokens.length
}
