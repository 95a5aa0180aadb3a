/** A WebAssembly memory that a single owner fills from the front. */

const PAGE_BYTES = 65_536

/** Sections begin on a cache line. */
export const pad = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Make addresses below `end` exist. */
export function growTo(memory: WebAssembly.Memory, end: number): void {
  const missing = end - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES))
}
