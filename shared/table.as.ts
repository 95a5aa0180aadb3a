/**
 * How every kernel is called: `table` is u32 pairs (address, length) of the buffers of the lease, then
 * of the delta, in the order of buffers.ts; then (address, length) of the list of shard addresses;
 * then (address, 0) of `workBytes` bytes of scratch. Buffers of the lease are the kernel's to
 * overwrite. A delta buffer that ends shorter than its room gets its length written back.
 */

/** First address that the module does not use itself. */
export function heapBase(): usize {
  return __heap_base
}

export function address(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3))
}

export function lengthOf(table: usize, row: usize): usize {
  return <usize>load<u32>(table + (row << 3), 4)
}

/** Where shard `slot` of the lease lies; `row` is that of the list of shards. */
export function shardAt(table: usize, row: usize, slot: usize): usize {
  return <usize>load<u32>(address(table, row) + (slot << 2))
}

export function u32At(base: usize, k: usize): u32 {
  return load<u32>(base + (k << 2))
}

export function f64At(base: usize, k: usize): f64 {
  return load<f64>(base + (k << 3))
}

/** Sections of the scratch begin on a vector's bounds. */
export function pad16(bytes: usize): usize {
  return (bytes + 15) & ~15
}
