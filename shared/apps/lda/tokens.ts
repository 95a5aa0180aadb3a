/** The tokens of a leased cell, put in the order in which the kernel samples them. */
import type { Shard } from '../../shard.ts'
import type { Arrays } from '../../wire.ts'
import { LeaseError } from '../kernel.ts'
import { SCALARS } from './buffers.ts'

/** The tokens of a cell in sampling order: word by word. */
export interface CellTokens {
  /** Tokens of word i are starts[i] … starts[i + 1] (n + 1). */
  readonly starts: Uint32Array
  /** Document of the token (T). */
  readonly doc: Uint32Array
  /** Tokens of each document (m). */
  readonly docTokens: Uint32Array
}

/** A counting sort of the cell's tokens by word. @throws LeaseError when z has another number of them. */
export function sortTokens(lease: Arrays, shards: readonly Shard[], tokens: number): CellTokens {
  const firstWord = lease.scalars![SCALARS.firstWord]!
  const words = lease.wordPairs!.length
  const m = lease.slot!.length
  const starts = new Uint32Array(words + 1)
  const docTokens = new Uint32Array(m)
  let total = 0
  const visit = (i: number, each: (word: number, count: number) => void): void => {
    const shard = shards[lease.slot![i]!]!
    const column = lease.column![i]!
    const end = shard.starts[column + 1]!
    for (
      let e = lowerBound(shard, column, firstWord);
      e < end && shard.rowIndex[e]! < firstWord + words;
      e++
    )
      each(shard.rowIndex[e]! - firstWord, Math.max(0, Math.trunc(shard.values[e]!)))
  }
  for (let i = 0; i < m; i++)
    visit(i, (word, count) => {
      starts[word + 1]! += count
      docTokens[i]! += count
      total += count
      if (total > tokens) throw new LeaseError(`the cell has more tokens than the ${tokens} of z`)
    })
  if (total !== tokens) throw new LeaseError(`the cell has ${total} tokens, z has ${tokens}`)
  for (let word = 0; word < words; word++) starts[word + 1]! += starts[word]!
  const next = starts.slice()
  const doc = new Uint32Array(tokens)
  for (let i = 0; i < m; i++)
    visit(i, (word, count) => {
      doc.fill(i, next[word]!, next[word]! + count)
      next[word]! += count
    })
  return { starts, doc, docTokens }
}

/** The first entry of a column whose row is `row` or later. */
function lowerBound(shard: Shard, column: number, row: number): number {
  let low = shard.starts[column]!
  let high = shard.starts[column + 1]!
  while (low < high) {
    const middle = (low + high) >>> 1
    if (shard.rowIndex[middle]! < row) low = middle + 1
    else high = middle
  }
  return low
}
