/** Loops in WebAssembly, compiled for the occasion and timed: what the kernel benches share. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileKernel } from '../../../server/setup/kernels.mjs'

/** One line of the table: what a kernel achieves, and the limit of this engine for such a loop. */
export interface Row {
  readonly kernel: string
  readonly achieved: number
  readonly unit: 'GB/s' | 'GFLOP/s' | 'M tokens/s'
  /** Same unit; null where there is no loop to compare with. */
  readonly limit: number | null
  /** Which limit, and what else is worth knowing. */
  readonly note: string
}

const MS_PER_MEASUREMENT = 250
const ROUNDS_MIN = 5

/** An .as.ts of this folder as a WebAssembly instance with a memory of `bytes` to use. */
export async function instantiate<T>(name: string, bytes: number): Promise<T & { at: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-kernels-'))
  try {
    const path = join(folder, `${name}.wasm`)
    await compileKernel(fileURLToPath(new URL(`./${name}.as.ts`, import.meta.url)), path)
    const { instance } = await WebAssembly.instantiate(readFileSync(path), {})
    const memory = instance.exports.memory as WebAssembly.Memory
    const at = 1 << 20 // beyond everything that the module has laid down itself
    memory.grow(Math.ceil(Math.max(0, at + bytes - memory.buffer.byteLength) / 65_536))
    return Object.assign({ at }, instance.exports) as unknown as T & { at: number }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Seconds of all calls once, made in turns: the best of each, because other work may share the
 * machine. So what one call has brought into the cache is gone when its turn comes again, if the
 * calls together touch more than the cache holds.
 */
export function secondsOf(...calls: readonly (() => void)[]): number {
  for (const call of calls) call()
  const best = calls.map(() => Number.POSITIVE_INFINITY)
  const end = performance.now() + MS_PER_MEASUREMENT
  for (let round = 0; round < ROUNDS_MIN || performance.now() < end; round++)
    calls.forEach((call, k) => {
      const start = performance.now()
      call()
      best[k] = Math.min(best[k]!, performance.now() - start)
    })
  return best.reduce((sum, ms) => sum + ms, 0) / 1000
}
