/** The tokens of a cell, and how a delta changes them: what leases, commits and replay have in common. */
import type { Places } from '../../rotation/known.ts'
import { readTopic, topicBytes } from './buffers.ts'
import type { Corpus } from './corpus.ts'
import type { Counts } from './counts.ts'
import { blocksOf, type Grid } from './grid.ts'

export interface Cell {
  readonly part: number
  readonly block: number
  /** Index in grid.passes. */
  readonly index: number
  readonly firstWord: number
  /** Tokens of each word (n): places from … to − 1 of byWord.z, words ascending. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly tokens: number
}

/** What a tab must have in memory to sample it: its part, its block, its topics (GROUPS in memory.ts). */
export const membersOf = ({ part, block, index }: Cell): Places => [part, block, index]

/** The model: everything a commit changes. */
export interface Model {
  readonly topics: number
  /**
   * Of every token, as old as its part (byDocument.ts); documents held out stay 0 and are never asked for.
   */
  readonly byDocument: Counts
  /** Of the tokens in training, in a word document by document. */
  readonly byWord: Counts
  /** Which token of the corpus stands at each place of byWord.z. */
  readonly token: Uint32Array
  /** s_k (K). */
  readonly totals: Uint32Array
}

export function openCell(
  corpus: Corpus,
  model: Model,
  grid: Grid,
  part: number,
  block: number,
): Cell {
  const firstWord = grid.blocks[block]!
  const end = grid.blocks[block + 1]!
  const from = edgeOf(corpus, model, grid, part).subarray(firstWord, end)
  const to = edgeOf(corpus, model, grid, part + 1).subarray(firstWord, end)
  let tokens = 0
  for (let i = 0; i < from.length; i++) tokens += to[i]! - from[i]!
  return { part, block, index: part * blocksOf(grid) + block, firstWord, from, to, tokens }
}

/** Edges are kept while they take less than this: 100 slots and 10⁵ words. */
const EDGES_BYTES_MAX = 64 << 20

/** Where the tokens of part p begin, and those of part p − 1 end: a place for each word (words). */
export function edgeOf(
  { starts, training, words }: Corpus,
  { token, byWord }: Model,
  { parts, edges }: Grid,
  p: number,
): Uint32Array {
  const known = edges[p]
  if (known) return known
  const last = training[parts[p]! - 1]
  const firstToken = last === undefined ? 0 : starts[last + 1]!
  const edge = new Uint32Array(words)
  for (let w = 0; w < words; w++)
    edge[w] = lowerBound(token, byWord.starts[w]!, byWord.starts[w + 1]!, firstToken)
  if (4 * words * edges.length <= EDGES_BYTES_MAX) edges[p] = edge
  return edge
}

/** The first of the places from … to − 1 whose token is `token` or later; `to` when there is none. */
function lowerBound(tokens: Uint32Array, from: number, to: number, token: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (tokens[middle]! < token) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Places of the tokens whose bit is set, ascending; the bits of a cell are ⌈tokens/8⌉ bytes. Null when
 * there are more or fewer than fill `places`, or some beyond the cell.
 */
export function changedPlaces(
  { from, to, tokens }: Cell,
  changed: ArrayLike<number>,
  places: Uint32Array,
): Uint32Array | null {
  const size = places.length
  let c = 0
  let i = -1
  let end = 0
  // Token n of the cell is at place n + shift, up to that word's end.
  let shift = 0
  for (let byte = 0; byte < changed.length; byte++)
    for (let rest = changed[byte]!; rest > 0; rest &= rest - 1) {
      const n = 8 * byte + 31 - Math.clz32(rest & -rest)
      if (c === size || n >= tokens) return null
      while (n >= end) {
        i++
        shift = from[i]! - end
        end += to[i]! - from[i]!
      }
      places[c++] = n + shift
    }
  return c === size ? places : null
}

/** Move the tokens at some places of a cell, ascending, to their new topics. */
export function applyChanges(
  model: Model,
  { firstWord, to }: Cell,
  places: Uint32Array,
  topic: ArrayLike<number>,
): void {
  const { byWord, totals, topics } = model
  const bytes = topicBytes(topics)
  const z = byWord.z
  const { kept } = byWord
  let i = -1
  let end = 0
  let at = -1
  for (let c = 0; c < places.length; c++) {
    const place = places[c]!
    while (place >= end) {
      end = to[++i]!
      at = byWord.at[firstWord + i]!
    }
    const before = z[place]!
    const after = bytes === 1 ? topic[c]! : readTopic(topic, c, bytes)
    z[place] = after
    totals[before]!--
    totals[after]!++
    if (at < 0) continue
    kept[at + before]!--
    kept[at + after]!++
  }
}
