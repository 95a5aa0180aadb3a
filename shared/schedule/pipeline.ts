/**
 * Pipeline depth s: how far a block may run ahead of the commits of others.
 *
 * Leases are counted in waves of as many as there are slots. A lease of wave w may be given while
 * every lease of the waves up to w − 1 − s has ended, so its model lacks at most the s waves before
 * its own: s = 0 is bulk-synchronous (a barrier after every wave), s = 1 prepares the next wave
 * while this one computes. Without a depth nobody waits for anybody.
 */
export class Pipeline {
  readonly #depth: number | null
  /** Leases not yet ended, by wave; the waves before the first have all ended. */
  readonly #open = new Map<number, number>()
  #wave = 0
  #issued = 0

  constructor(depth: number | null) {
    this.#depth = depth
  }

  /** May a lease be given now, with this many slots at work? */
  isOpen(slots: number): boolean {
    if (this.#depth === null) return true
    const wave = this.#issued < slots ? this.#wave : this.#wave + 1
    for (const [open] of this.#open) if (open < wave - this.#depth) return false
    return true
  }

  /** A lease was given; the number to hand to `end`. */
  begin(slots: number): number {
    if (this.#depth === null) return 0
    if (this.#issued >= slots) {
      this.#wave++
      this.#issued = 0
    }
    this.#issued++
    this.#open.set(this.#wave, (this.#open.get(this.#wave) ?? 0) + 1)
    return this.#wave
  }

  end(wave: number): void {
    if (this.#depth === null) return
    const left = this.#open.get(wave)! - 1
    if (left === 0) this.#open.delete(wave)
    else this.#open.set(wave, left)
  }
}
