/** Writes that fail: what went wrong, as a sentence where a person can help. */
import { statfsSync } from 'node:fs'
import { UserError } from '../../../shared/errors.ts'

/** Less than this free explains a write that failed. */
const NO_SPACE_BYTES = 16 << 20

/** The failure of a write in words, or as it is where there is nothing that a person could do. */
export function writeError(error: unknown, dir: string): Error {
  const { code, message = String(error) } = error as { code?: unknown; message?: string }
  // A disk that fills up in mid-write is reported as an input/output error, number 5.
  const isFull = code === 28 || code === 'ENOSPC' || (code === 5 && freeBytes(dir) < NO_SPACE_BYTES)
  if (isFull)
    return new UserError(
      `The disk that holds ${dir} is full: free some space (or move the data directory) and start again; what was acknowledged is safe.`,
    )
  if (code === 5)
    return new UserError(
      `The disk that holds ${dir} fails to write (input/output error): check it, and start again from a copy; what was acknowledged was safe.`,
    )
  if (code === -30792)
    return new UserError(
      `The store in ${dir} cannot grow past its address space: delete data sets, or use a new data directory.`,
    )
  return error instanceof Error ? error : new Error(message)
}

function freeBytes(dir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    // The directory itself is gone: the write's own error says enough.
    return Number.POSITIVE_INFINITY
  }
}

/** lmdb-js rejects with "see commitError", a second promise that holds the cause. */
export async function durable<T>(write: Promise<T>, dir: string): Promise<T> {
  try {
    return await write
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<never> }
    throw writeError(await Promise.resolve(commitError ?? error).catch((cause) => cause), dir)
  }
}
