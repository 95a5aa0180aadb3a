/** tokens.ts in AssemblyScript: the tokens of a cell, word by word, in a word document by document. */
import { address, f64At, lengthOf, pad16, u32At } from '../../table.as'
import { COLUMN, SCALARS, SHARDS, SLOT, WORD_PAIRS } from './rows.as'

/** Documents are told so many tokens ahead that their turn comes (documents.as.ts). */
export const AHEAD: usize = 2

/** u32 (n + 1): tokens of word i are starts[i] … starts[i + 1]. */
export let starts: usize = 0
/** u32 (T + AHEAD): document of a token; beyond the last it is the first. */
export let order: usize = 0
/** u32 (m): tokens of each document. */
export let docTokens: usize = 0

let next: usize = 0 //      u32 (n)  where the next token of word i goes
let first: usize = 0 //     u32 (m)  the document's first entry in the cell
let entries: usize = 0 //   u32 (m)  … and how many

/** Returns the end of its part of the scratch. */
export function layOutOrder(table: usize, work: usize, tokens: usize): usize {
  const n = lengthOf(table, WORD_PAIRS)
  const m = lengthOf(table, SLOT)
  starts = work
  next = starts + pad16((n + 1) << 2)
  first = next + pad16(n << 2)
  entries = first + pad16(m << 2)
  docTokens = entries + pad16(m << 2)
  order = docTokens + pad16(m << 2)
  return order + pad16((tokens + AHEAD) << 2)
}

/** A counting sort of the cell's tokens by word; traps when z has another number of them. */
export function sortTokens(table: usize, tokens: usize): void {
  const n = lengthOf(table, WORD_PAIRS)
  const m = lengthOf(table, SLOT)
  const firstWord = <u32>f64At(address(table, SCALARS), 3)
  memory.fill(starts, 0, (n + 1) << 2)
  let total: usize = 0
  for (let i: usize = 0; i < m; i++)
    total = countTokens(table, i, firstWord, firstWord + <u32>n, total, tokens)
  if (total != tokens) unreachable()
  for (let word: usize = 0; word < n; word++) {
    store<u32>(next + (word << 2), u32At(starts, word))
    store<u32>(starts + ((word + 1) << 2), u32At(starts, word + 1) + u32At(starts, word))
  }
  for (let i: usize = 0; i < m; i++) placeTokens(table, i, firstWord)
  memory.fill(order + (tokens << 2), 0, AHEAD << 2)
}

function shardOf(table: usize, i: usize): usize {
  return <usize>u32At(address(table, SHARDS), u32At(address(table, SLOT), i))
}

function rowsOf(shard: usize): usize {
  return shard + 32 + pad16((<usize>load<u32>(shard, 12) + 1) << 2)
}

function rowAt(rows: usize, e: usize, size: usize): u32 {
  return size == 2 ? <u32>load<u16>(rows + (e << 1)) : load<u32>(rows + (e << 2))
}

/** The count that entry e of a shard holds. */
function valueAt(values: usize, e: usize, type: u32): i32 {
  switch (type) {
    case 1:
      return <i32>load<u8>(values + e)
    case 2:
      return <i32>load<i16>(values + (e << 1))
    case 3:
      return <i32>load<f32>(values + (e << 2))
    default:
      return <i32>load<f64>(values + (e << 3))
  }
}

function countTokens(
  table: usize,
  i: usize,
  firstWord: u32,
  endWord: u32,
  before: usize,
  most: usize,
): usize {
  const shard = shardOf(table, i)
  if (load<u8>(shard, 6) != 1) unreachable() // dense
  const size = <usize>load<u32>(shard, 20)
  const type = <u32>load<u8>(shard, 7)
  const rows = rowsOf(shard)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * size)
  const column = shard + 32 + ((<usize>u32At(address(table, COLUMN), i)) << 2)
  let low = <usize>load<u32>(column)
  const last = <usize>load<u32>(column, 4)
  let high = last
  while (low < high) {
    const middle = (low + high) >> 1
    if (rowAt(rows, middle, size) < firstWord) low = middle + 1
    else high = middle
  }
  store<u32>(first + (i << 2), <u32>low)
  let total = before
  let e = low
  for (; e < last; e++) {
    const row = rowAt(rows, e, size)
    if (row >= endWord) break
    const count = <usize>max(0, valueAt(values, e, type))
    total += count
    if (total > most) unreachable()
    const at = starts + ((<usize>(row - firstWord + 1)) << 2)
    store<u32>(at, load<u32>(at) + <u32>count)
  }
  store<u32>(entries + (i << 2), <u32>(e - low))
  store<u32>(docTokens + (i << 2), <u32>(total - before))
  return total
}

function placeTokens(table: usize, i: usize, firstWord: u32): void {
  const shard = shardOf(table, i)
  const size = <usize>load<u32>(shard, 20)
  const type = <u32>load<u8>(shard, 7)
  const rows = rowsOf(shard)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * size)
  const low = <usize>u32At(first, i)
  const high = low + <usize>u32At(entries, i)
  for (let e = low; e < high; e++) {
    const count = valueAt(values, e, type)
    const cursor = next + ((<usize>(rowAt(rows, e, size) - firstWord)) << 2)
    let at = load<u32>(cursor)
    for (let copy = 0; copy < count; copy++) {
      store<u32>(order + ((<usize>at) << 2), <u32>i)
      at++
    }
    store<u32>(cursor, at)
  }
}
