/** The pickers without chance: in a fixed order, or the largest step first. */
import { largestOf } from './largest.ts'
import type { Picker, Variables } from './policy.ts'

/** What is in flight or retired, as every picker without a pool keeps it. */
class Taken implements Pick<Picker, 'settled' | 'released' | 'retire'> {
  protected readonly taken: Uint8Array // (d) 1 in flight, 2 retired

  constructor(count: number) {
    this.taken = new Uint8Array(count)
  }

  settled(index: ArrayLike<number>): void {
    for (let k = 0; k < index.length; k++) this.taken[index[k]!]! &= 2
  }

  released(index: ArrayLike<number>): void {
    this.settled(index)
  }

  retire(j: number): void {
    this.taken[j] = 2
  }
}

/** cyclic, static, rotation: `place(k, parts)` is the k-th variable when `parts` are picked at once. */
export class InOrder extends Taken implements Picker {
  readonly #place: (k: number, parts: number) => number
  #at = 0
  #parts = 0

  constructor(count: number, place: (k: number, parts: number) => number) {
    super(count)
    this.#place = place
  }

  next(count: number): Uint32Array {
    const parts = Math.min(count, this.taken.length)
    if (parts !== this.#parts) this.#at = this.#parts === 0 ? 0 : this.#at - (this.#at % parts)
    this.#parts = parts
    const kept: number[] = []
    // Uneven blocks make some turns repeat a variable, so a full turn may pass over some.
    for (let tries = 0; tries < 2 * this.taken.length && kept.length < parts; tries++) {
      const j = this.#place(this.#at++, parts)
      if (this.taken[j] !== 0) continue
      this.taken[j] = 1
      kept.push(j)
    }
    return Uint32Array.from(kept)
  }
}

/** The largest |step| of all that are free: one look at every variable, O(d), for each pick. */
export class Greedy extends Taken implements Picker {
  readonly #step: (j: number) => number

  constructor({ count, step }: Variables) {
    super(count)
    this.#step = step
  }

  next(count: number): Uint32Array {
    const kept = largestOf(this.taken.length, count, (j) =>
      this.taken[j] === 0 ? Math.abs(this.#step(j)) : 0,
    )
    for (const j of kept) this.taken[j] = 1
    return kept
  }
}
