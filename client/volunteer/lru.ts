/**
 * Least recently used, by bytes: which keys to keep when there is room for so many bytes.
 *
 * Bookkeeping only; whoever owns the bytes drops what `add` says. Used twice: for the cache on
 * disk and for what a compute worker holds in memory.
 */

export class Lru {
  /** Map order is the order of use: oldest first. */
  readonly #bytesOf = new Map<string, number>()
  #bytes = 0
  #bytesMax: number

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  has(key: string): boolean {
    return this.#bytesOf.has(key)
  }

  /** Oldest first. */
  keys(): string[] {
    return [...this.#bytesOf.keys()]
  }

  /** Mark as just used; false when unknown. */
  touch(key: string): boolean {
    const bytes = this.#bytesOf.get(key)
    if (bytes === undefined) return false
    this.#bytesOf.delete(key)
    this.#bytesOf.set(key, bytes)
    return true
  }

  /**
   * Keep a key, and say which others must go to make room. What `pinned` names stays even when
   * that exceeds the limit: work in hand cannot do without it.
   */
  add(key: string, bytes: number, pinned: (key: string) => boolean = () => false): string[] {
    this.delete(key)
    this.#bytesOf.set(key, bytes)
    this.#bytes += bytes
    return this.#evict((old) => old === key || pinned(old))
  }

  /** There is room for so many bytes only, from now on: which keys must go. */
  shrink(bytesMax: number, pinned: (key: string) => boolean): string[] {
    this.#bytesMax = bytesMax
    return this.#evict(pinned)
  }

  #evict(pinned: (key: string) => boolean): string[] {
    const out: string[] = []
    for (const old of this.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      if (pinned(old)) continue
      this.delete(old)
      out.push(old)
    }
    return out
  }

  delete(key: string): boolean {
    const bytes = this.#bytesOf.get(key)
    if (bytes === undefined) return false
    this.#bytesOf.delete(key)
    this.#bytes -= bytes
    return true
  }
}
