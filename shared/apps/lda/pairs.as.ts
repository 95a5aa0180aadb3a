/**
 * Pairs (topic, count ≤ 255) of the cell afterwards, topics ascending: rows of documents or of words,
 * written one after the other.
 *
 * A row's topics are marked in a set of bits, whose words are then gone through from the least to the
 * greatest: that sorts them in a few steps for each.
 */

import { address, pad16 } from '../../table.as'

let bits: usize = 0 //     u64 (⌈K/64⌉)  topics of the row at hand; all 0 between rows
let bitsBytes: usize = 0
let lowest: usize = 0 //   first word of `bits` that has one
let highest: usize = 0

let topicBytes: usize = 1
let topics: usize = 0
let counts: usize = 0
let lengths: usize = 0
let used: usize = 0 //     pairs written
let begun: usize = 0 //    … before the row at hand
let topicsRow: usize = 0
let countsRow: usize = 0

/** Returns the end of its part of the scratch. */
export function layOutPairs(k: usize, work: usize): usize {
  bits = work
  bitsBytes = ((k + 63) >> 6) << 3
  return bits + pad16(bitsBytes)
}

/** Rows of the table: where the number of pairs of each row go, their topics, their counts. */
export function openPairs(
  table: usize,
  pairs: usize,
  ids: usize,
  given: usize,
  bytes: usize,
): void {
  topicBytes = bytes
  lengths = address(table, pairs)
  topics = address(table, ids)
  counts = address(table, given)
  topicsRow = ids
  countsRow = given
  used = 0
  begun = 0
  memory.fill(bits, 0, bitsBytes)
  lowest = usize.MAX_VALUE
  highest = 0
}

/** Writes their lengths into the table. */
export function closePairs(table: usize): void {
  store<u32>(table + (topicsRow << 3), <u32>(used * topicBytes), 4)
  store<u32>(table + (countsRow << 3), <u32>used, 4)
}

/** The row has this topic. */
export function mark(id: usize): void {
  const word = id >> 6
  const at = bits + (word << 3)
  store<u64>(at, load<u64>(at) | ((<u64>1) << (id & 63)))
  lowest = min(lowest, word)
  highest = max(highest, word)
}

/** The marked topics, with the counts that stand at `given` (u32), every 2^`stride` bytes. */
export function putMarked(given: usize, stride: usize): void {
  for (let word = lowest; word <= highest; word++) {
    const at = bits + (word << 3)
    let rest = load<u64>(at)
    if (rest == 0) continue
    store<u64>(at, 0)
    for (; rest != 0; rest &= rest - 1) {
      const id = (word << 6) + <usize>ctz(rest)
      put(id, load<u32>(given + (id << stride)))
    }
  }
  lowest = usize.MAX_VALUE
  highest = 0
}

/** A count of 0 is left out, a large one becomes several pairs. */
function put(id: usize, count: u32): void {
  for (let rest = count; rest > 0; ) {
    const one = min(rest, 255)
    if (topicBytes == 1) store<u8>(topics + used, <u8>id)
    else store<u16>(topics + (used << 1), <u16>id)
    store<u8>(counts + used, <u8>one)
    used++
    rest -= one
  }
}

/** Pairs as they are in a lease. */
export function copyPairs(ids: usize, given: usize, pair: usize, pairs: usize): void {
  memory.copy(topics + used * topicBytes, ids + pair * topicBytes, pairs * topicBytes)
  memory.copy(counts + used, given + pair, pairs)
  used += pairs
}

export function endRow(row: usize): void {
  store<u32>(lengths + (row << 2), <u32>(used - begun))
  begun = used
}
