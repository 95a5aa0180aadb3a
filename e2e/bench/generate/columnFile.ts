/** A file that grows column by column: generated data never stands in memory whole. */

import { once } from 'node:events'
import { createWriteStream, renameSync, writeFileSync } from 'node:fs'
import { finished } from 'node:stream/promises'

const CHUNK_BYTES = 1 << 20

export interface ColumnFile {
  /** Resolves when there is room again; wait for it now and then. */
  write(bytes: Uint8Array | string): Promise<void> | undefined
  /** The file appears under its name only when it is complete. */
  close(): Promise<void>
}

export function columnFile(path: string): ColumnFile {
  const part = `${path}.part`
  const stream = createWriteStream(part, { highWaterMark: CHUNK_BYTES })
  return {
    write(bytes) {
      return stream.write(bytes) ? undefined : once(stream, 'drain').then(() => undefined)
    },
    async close() {
      stream.end()
      await finished(stream)
      renameSync(part, path)
    },
  }
}

/** One number a line. */
export function writeTarget(path: string, y: Float64Array): void {
  writeFileSync(path, `y\n${Array.from(y, (v) => v.toPrecision(9)).join('\n')}\n`)
}
