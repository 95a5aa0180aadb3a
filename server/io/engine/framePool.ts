/**
 * Room for log records, used again as soon as a record is on disk.
 *
 * Memory that is fresh costs more than filling it: the system clears it page by page, and JavaScript's
 * collector, which goes by the bytes handed out, stops the engine the more often.
 */
type Frame = Uint8Array<ArrayBuffer>

/** Smaller records are no trouble. */
const POOLED_BYTES_MIN = 64 << 10
/** Rounded up to this, so that records of nearly the same size share their room. */
const STEP_BYTES = 256 << 10
/** What waits to be used: more than is ever between two flushes of the disk helps nobody. */
const FREE_BYTES_MAX = 64 << 20

export class FramePool {
  readonly #free: ArrayBuffer[] = []
  #freeBytes = 0

  /** Of any content. */
  take(length: number): Frame {
    if (length < POOLED_BYTES_MIN) return new Uint8Array(length)
    const at = this.#free.findIndex(({ byteLength }) => byteLength >= length)
    if (at < 0) return new Uint8Array(new ArrayBuffer(roundUp(length)), 0, length)
    const [buffer] = this.#free.splice(at, 1)
    this.#freeBytes -= buffer!.byteLength
    return new Uint8Array(buffer!, 0, length)
  }

  /** Nobody reads it any more. */
  give({ buffer }: Frame): void {
    if (buffer.byteLength < POOLED_BYTES_MIN) return
    if (this.#freeBytes + buffer.byteLength > FREE_BYTES_MAX) return
    this.#free.push(buffer)
    this.#freeBytes += buffer.byteLength
  }
}

const roundUp = (length: number): number => Math.ceil(length / STEP_BYTES) * STEP_BYTES
