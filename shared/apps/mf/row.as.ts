/** One row of a rating shard: where its ratings are, and what they say. */

/** Ratings of the row that was opened last. */
export let count: usize = 0
let index: usize = 0
let values: usize = 0
let indexBytes: usize = 0
let kind: u32 = 0

function pad16(bytes: usize): usize {
  return (bytes + 15) & ~15
}

/** Find a column in a shard (shared/shard.ts says how it lies there). */
export function openColumn(shard: usize, column: usize): void {
  // Ratings are sparse; a dense shard in their place would be read as what it is not.
  if (load<u8>(shard, 6) != 1) unreachable()
  kind = <u32>load<u8>(shard, 7)
  indexBytes = <usize>load<u32>(shard, 20)
  const columns = <usize>load<u32>(shard, 12)
  const entries = <usize>load<u32>(shard, 24)
  const starts = shard + 32
  const rows = starts + pad16((columns + 1) << 2)
  const first = <usize>load<u32>(starts + (column << 2))
  count = <usize>load<u32>(starts + (column << 2), 4) - first
  index = rows + first * indexBytes
  values = rows + pad16(entries * indexBytes) + first * valueBytes()
}

function valueBytes(): usize {
  return kind == 1 ? 1 : kind == 2 ? 2 : kind == 3 ? 4 : 8
}

export function valueAt(e: usize): f64 {
  if (kind == 1) return <f64>load<u8>(values + e)
  if (kind == 2) return <f64>load<i16>(values + (e << 1))
  if (kind == 3) return <f64>load<f32>(values + (e << 2))
  return load<f64>(values + (e << 3))
}

/** The row of the other side that rating e is with. */
export function otherAt(e: usize): usize {
  return indexBytes == 2 ? <usize>load<u16>(index + (e << 1)) : <usize>load<u32>(index + (e << 2))
}
