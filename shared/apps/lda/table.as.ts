/**
 * How the kernel is called: `table` is u32 pairs (address, length) of the buffers of the lease, then of
 * the delta, in the order of buffers.ts; then (address, length) of the list of shard addresses; then
 * (address, 0) of `workBytes` bytes of scratch.
 */

// Rows of the table: buffers.ts in order.
export const SCALARS: usize = 0
export const SEED: usize = 1
export const ALPHA: usize = 2
export const TOTALS: usize = 3
export const SLOT: usize = 4
export const COLUMN: usize = 5
export const DOC_PAIRS: usize = 6
export const DOC_TOPICS: usize = 7
export const DOC_COUNTS: usize = 8
export const WORD_PAIRS: usize = 9
export const WORD_TOPICS: usize = 10
export const WORD_COUNTS: usize = 11
export const Z: usize = 12
export const CHANGED: usize = 13
export const TOPIC: usize = 14
export const SHARDS: usize = 15
export const WORK: usize = 16

export function address(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3))
}

export function lengthOf(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3), 4)
}

export function u32At(base: usize, i: usize): u32 {
  return load<u32>(base + (i << 2))
}

export function f64At(base: usize, i: usize): f64 {
  return load<f64>(base + (i << 3))
}

export function topicAt(base: usize, i: usize, bytes: usize): u32 {
  return bytes == 1 ? <u32>load<u8>(base + i) : <u32>load<u16>(base + (i << 1))
}

/** Sections of the scratch begin on a vector's bounds. */
export function pad16(bytes: usize): usize {
  return (bytes + 15) & ~15
}
