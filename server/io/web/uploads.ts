/**
 * Files on their way in: streamed to the data directory, ingested from there, and gone.
 *
 * Files that belong to another (y, test ratings, a vocabulary) wait here until that one names them, for
 * an hour at most; what a crash left behind goes at the next start.
 */
import { randomBytes } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UserError } from '../../../shared/errors.ts'
import { TooLarge } from '../httpErrors.ts'
import { writeError } from '../store/writeError.ts'

export interface Upload {
  path: string
  fileName: string
}

const KEEP_MS = 3_600_000
/** One a data set: more at once are left behind by a client that has lost its way. */
const WAITING_MAX = 20

const BYTES_MAX = 8e9

/** The most bytes that one file may have. @throws UserError when the environment does not say a number. */
export function uploadBytesMax(given = process.env.SHOAL_UPLOAD_BYTES_MAX): number {
  if (given === undefined || given === '') return BYTES_MAX
  const bytes = Number(given)
  if (bytes >= 1) return bytes
  throw new UserError(
    `SHOAL_UPLOAD_BYTES_MAX is ${JSON.stringify(given)}; expected a number of bytes, such as 20e9.`,
  )
}

export class Uploads {
  readonly #dir: string
  readonly #bytesMax: number
  readonly #waiting = new Map<string, Upload & { timer: NodeJS.Timeout }>()

  constructor(dataDir: string, bytesMax: number) {
    this.#dir = join(dataDir, 'uploads')
    this.#bytesMax = bytesMax
    rmSync(this.#dir, { recursive: true, force: true })
    mkdirSync(this.#dir, { recursive: true })
  }

  get dir(): string {
    return this.#dir
  }

  /** @throws UserError when it is too large, empty, or cut off; nothing is left then. */
  async receive(body: Readable, fileName: string): Promise<Upload> {
    const path = join(this.#dir, randomBytes(12).toString('hex'))
    let bytes = 0
    const limit = this.#bytesMax
    try {
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            bytes += chunk.length
            if (bytes > limit) throw tooLarge(fileName, limit)
            yield chunk
          }
        },
        createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      )
      if (bytes === 0) throw new UserError(`${fileName} is empty; send a file with data.`)
      return { path, fileName }
    } catch (error) {
      await rm(path, { force: true })
      if ((error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE')
        throw new UserError(`The upload of ${fileName} was cut off; send it again.`)
      throw writeError(error, this.#dir)
    }
  }

  /** Keep a file until another one names it; answers its name. @throws UserError when too many wait. */
  async keep(upload: Upload): Promise<string> {
    if (this.#waiting.size >= WAITING_MAX) {
      await this.discard(upload)
      throw new UserError(
        `${WAITING_MAX} files wait for the data that names them; send those data first.`,
      )
    }
    const id = randomBytes(12).toString('hex')
    const timer = setTimeout(() => void this.discard(this.take(id)), KEEP_MS)
    timer.unref()
    this.#waiting.set(id, { ...upload, timer })
    return id
  }

  /** @throws UserError when there is no such file (any more). */
  take(id: string): Upload {
    const found = this.#waiting.get(id)
    if (!found)
      throw new UserError(
        `There is no file ${id} that was sent before (they are kept for an hour, and used once); send it again.`,
      )
    clearTimeout(found.timer)
    this.#waiting.delete(id)
    return found
  }

  async discard(upload: Upload): Promise<void> {
    await rm(upload.path, { force: true })
  }

  close(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer)
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

function tooLarge(fileName: string, bytesMax: number): TooLarge {
  const limit = `${(bytesMax / 1e9).toFixed(1)} GB`
  return new TooLarge(
    `${fileName} is larger than the ${limit} this server takes; cut it, or start the server with SHOAL_UPLOAD_BYTES_MAX.`,
  )
}
