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
export const AFTER_DOC_PAIRS: usize = 15
export const AFTER_DOC_TOPICS: usize = 16
export const AFTER_DOC_COUNTS: usize = 17
export const AFTER_WORD_PAIRS: usize = 18
export const AFTER_WORD_TOPICS: usize = 19
export const AFTER_WORD_COUNTS: usize = 20
export const AFTER_Z: usize = 21
export const SHARDS: usize = 22
export const WORK: usize = 23

export function topicAt(base: usize, i: usize, bytes: usize): u32 {
  return bytes == 1 ? <u32>load<u8>(base + i) : <u32>load<u16>(base + (i << 1))
}
