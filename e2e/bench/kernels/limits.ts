/** The limits of this machine in its WebAssembly engine; see limits.as.ts. */
import { instantiate, secondsOf } from './measure.ts'

interface Exports {
  memory: WebAssembly.Memory
  read(x: number, bytes: number): number
  triad(a: number, b: number, c: number, count: number): void
  mulAdd64(rounds: number): number
  mulAdd32(rounds: number): number
}

export interface Limits {
  /** Reading half a MiB again and again, GB/s: a shard in the second-level cache. */
  readonly readCache: number
  /** Reading more than any cache holds, GB/s. */
  readonly readMemory: number
  /** a = b + 3c on more than any cache holds, GB/s; the write counts once. */
  readonly triad: number
  /** Multiplications and additions in registers, 10⁹ a second. */
  readonly mulAdd64: number
  readonly mulAdd32: number
}

const CACHE_BYTES = 1 << 19
const MEMORY_BYTES = 192 << 20
const ROUNDS = 100_000

/** What is measured in one call, so that a busy machine leaves some calls alone. */
const PIECE_BYTES = 1 << 20

export async function measureLimits(): Promise<Limits> {
  const engine = await instantiate<Exports>('limits', MEMORY_BYTES)
  const { at, memory, read, triad, mulAdd64, mulAdd32 } = engine
  // Written once: what was never written is one page of zeros, however large.
  new Float64Array(memory.buffer, at, MEMORY_BYTES / 8).fill(1)
  const part = MEMORY_BYTES / 3
  const pieces = (bytes: number, call: (offset: number) => void): (() => void)[] =>
    Array.from({ length: bytes / PIECE_BYTES }, (_, k) => () => call(k * PIECE_BYTES))
  const reads = pieces(MEMORY_BYTES, (offset) => read(at + offset, PIECE_BYTES))
  const triads = pieces(part, (offset) =>
    triad(at + offset, at + part + offset, at + 2 * part + offset, PIECE_BYTES / 8),
  )
  return {
    readCache: CACHE_BYTES / secondsOf(() => read(at, CACHE_BYTES)) / 1e9,
    readMemory: MEMORY_BYTES / secondsOf(...reads) / 1e9,
    triad: MEMORY_BYTES / secondsOf(...triads) / 1e9,
    mulAdd64: (48 * ROUNDS) / secondsOf(() => mulAdd64(ROUNDS)) / 1e9,
    mulAdd32: (96 * ROUNDS) / secondsOf(() => mulAdd32(ROUNDS)) / 1e9,
  }
}
