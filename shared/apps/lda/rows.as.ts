/** The rows of the kernel's table (shared/table.as.ts): buffers.ts in order. */
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

export function topicAt(base: usize, i: usize, bytes: usize): u32 {
  return bytes == 1 ? <u32>load<u8>(base + i) : <u32>load<u16>(base + (i << 1))
}
