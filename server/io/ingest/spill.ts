/**
 * Scratch space for the transposition: arrays stay in memory until the budget is used, later ones go
 * to one temporary file.
 *
 * The file is unlinked as soon as it is open, so that nothing is left behind however the process
 * ends, `kill -9` included.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../../shared/errors.ts'
import { MEMORY_BYTES } from './limits.ts'

/** One kept array: in memory, or at an offset of the file. */
export interface Kept {
  readonly memory: Uint8Array<ArrayBuffer> | null
  readonly at: number
}

/**
 * The largest array worth keeping at once. With 16 MB a file of 2 GB is some 128 arrays, so a shard
 * of 1 MiB is assembled from pieces of 8 KB, and sorting one array of entries takes about 0.1 s.
 */
const UNIT_BYTES_MAX = 16 << 20
const UNIT_BYTES_MIN = 4 << 10

export class Spill {
  /** How large the arrays to keep should become: an eighth of the memory, within bounds. */
  readonly unitBytes: number
  readonly #folder: string
  readonly #memoryBytes: number
  #usedBytes = 0
  #fileBytes = 0
  #file: number | null = null

  constructor(folder = tmpdir(), memoryBytes = MEMORY_BYTES) {
    this.#folder = folder
    this.#memoryBytes = memoryBytes
    this.unitBytes = Math.max(UNIT_BYTES_MIN, Math.min(UNIT_BYTES_MAX, memoryBytes >> 3))
  }

  /** Keep the bytes. When the answer has `memory`, they belong to it and must not be reused. */
  keep(array: Uint8Array<ArrayBuffer>): Kept {
    if (this.#usedBytes + array.byteLength <= this.#memoryBytes) {
      this.#usedBytes += array.byteLength
      return { memory: array, at: 0 }
    }
    const at = this.#fileBytes
    this.#fileBytes += array.byteLength
    try {
      this.#file ??= openUnlinked(join(this.#folder, `shoal-ingest-${randomUUID()}`))
      for (let done = 0; done < array.byteLength; )
        done += writeSync(this.#file, array, done, array.byteLength - done, at + done)
    } catch (error) {
      throw new UserError(
        `The temporary folder ${this.#folder} cannot take ${this.#fileBytes} bytes (${(error as Error).message}); free some space or set TMPDIR to another folder.`,
      )
    }
    return { memory: null, at }
  }

  /** Bytes from … to − 1 of a kept array: a view of memory, or a fresh copy of the file. */
  read(kept: Kept, from: number, to: number): Uint8Array<ArrayBuffer> {
    if (kept.memory) return kept.memory.subarray(from, to)
    const bytes = new Uint8Array(to - from)
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(this.#file!, bytes, done, bytes.length - done, kept.at + from + done)
      if (got === 0) throw new Error('spill: the temporary file is shorter than what was written')
      done += got
    }
    return bytes
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }
}

function openUnlinked(path: string): number {
  const file = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return file
}
