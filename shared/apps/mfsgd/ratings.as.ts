/** A user's ratings of the cell, read out of a shard of any type: which items, and what is left over μ. */
import { address, lengthOf, pad16 } from '../../table.as'
import { ITEM_STATE, STATE_BYTES, WORK } from './rows.as'

/** u32 (n): item of a rating, from the first of the cell. */
export let items: usize = 0
/** f32 (n) */
export let targets: usize = 0

/** Returns the end of the scratch. */
export function layOutRatings(table: usize): usize {
  // A user rates an item once.
  const n = (lengthOf(table, ITEM_STATE) * 4) / STATE_BYTES
  items = address(table, WORK)
  targets = items + pad16(n << 2)
  return targets + pad16(n << 2)
}

/** How many ratings column j of a shard has in rows first … first + n. */
export function readRatings(shard: usize, j: usize, first: u32, n: u32, mean: f32): usize {
  // Ratings are sparse; a dense shard in their place would be read as what it is not.
  if (load<u8>(shard, 6) != 1) unreachable()
  return load<u32>(shard, 20) == 2
    ? readOf<u16>(shard, j, first, n, mean)
    : readOf<u32>(shard, j, first, n, mean)
}

function readOf<I>(shard: usize, j: usize, first: u32, n: u32, mean: f32): usize {
  const column = shard + 32 + (j << 2)
  const from = <usize>load<u32>(column)
  const to = <usize>load<u32>(column, 4)
  const rows = shard + 32 + pad16((<usize>load<u32>(shard, 12) + 1) << 2)
  const values = rows + pad16(<usize>load<u32>(shard, 24) * sizeof<I>())
  const low = first == 0 ? from : lowerBound<I>(rows, from, to, first)
  switch (<u32>load<u8>(shard, 7)) {
    case 1:
      return copy<I, u8>(rows, values, low, to, first, n, mean)
    case 2:
      return copy<I, i16>(rows, values, low, to, first, n, mean)
    case 3:
      return copy<I, f32>(rows, values, low, to, first, n, mean)
    default:
      return copy<I, f64>(rows, values, low, to, first, n, mean)
  }
}

/** The first entry from row `first` on. */
function lowerBound<I>(rows: usize, from: usize, to: usize, first: u32): usize {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >> 1
    if (<u32>load<I>(rows + middle * sizeof<I>()) < first) low = middle + 1
    else high = middle
  }
  return low
}

function copy<I, V>(
  rows: usize,
  values: usize,
  from: usize,
  to: usize,
  first: u32,
  n: u32,
  mean: f32,
): usize {
  let e = from
  let count: usize = 0
  for (; e < to; e++) {
    // Below `first` only where a shard's rows do not ascend: then it is large.
    const item = <u32>load<I>(rows + e * sizeof<I>()) - first
    if (item >= n || count >= <usize>n) break
    store<u32>(items + (count << 2), item)
    store<f32>(targets + (count << 2), <f32>load<V>(values + e * sizeof<V>()) - mean)
    count++
  }
  return count
}
