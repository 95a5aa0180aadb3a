/**
 * Room in a growing linear memory: which ranges are used, which are free.
 *
 * First fit over a list of free ranges, ascending and never adjacent. Shards are few (hundreds) and of
 * similar size, so the list stays short and holes are refilled; nothing is ever moved.
 */

/** A cache line, so that no two shards share one. */
const ALIGN_BYTES = 64

interface Range {
  at: number
  end: number
}

export class Space {
  readonly #free: Range[] = []
  readonly #used = new Map<number, number>() // address → end
  readonly #grow: (end: number) => void
  #end: number

  /** From `base` on; `grow(end)` makes addresses below `end` exist, or throws. */
  constructor(base: number, grow: (end: number) => void) {
    this.#end = align(base)
    this.#grow = grow
  }

  /** Address of `bytes` fresh bytes, a multiple of 64. */
  allocate(bytes: number): number {
    const size = align(Math.max(bytes, 1))
    const k = this.#free.findIndex(({ at, end }) => end - at >= size)
    if (k >= 0) {
      const range = this.#free[k]!
      const { at } = range
      range.at += size
      if (range.at === range.end) this.#free.splice(k, 1)
      this.#used.set(at, at + size)
      return at
    }
    // A free range that reaches the end is extended, not left behind.
    const last = this.#free.at(-1)
    const at = last?.end === this.#end ? last.at : this.#end
    this.#grow(at + size)
    if (last?.end === this.#end) this.#free.pop()
    this.#end = at + size
    this.#used.set(at, this.#end)
    return at
  }

  release(at: number): void {
    const end = this.#used.get(at)
    if (end === undefined) throw new Error(`Space.release: nothing was allocated at ${at}`)
    this.#used.delete(at)
    let k = this.#free.findIndex((range) => range.at > at)
    if (k < 0) k = this.#free.length
    this.#free.splice(k, 0, { at, end })
    this.#join(k)
    this.#join(k - 1)
  }

  /** Join free range k with the next when they touch. */
  #join(k: number): void {
    const range = this.#free[k]
    const next = this.#free[k + 1]
    if (!range || next?.at !== range.end) return
    range.end = next.end
    this.#free.splice(k + 1, 1)
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGN_BYTES) * ALIGN_BYTES
}
