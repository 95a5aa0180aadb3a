/**
 * Blocks that are cut once and leased whole: the static schedule, and, with more blocks than slots,
 * the rotation. What suits problems whose structure is known before they run, and no others.
 */
import { type Balance, balanced } from './balance.ts'
import type { Picker } from './policy.ts'

export class FixedBlocks implements Picker {
  readonly #blocks: Uint32Array[]
  readonly #blockOf: Uint32Array // (d)
  readonly #taken: Uint8Array // (blocks)
  readonly #retired: Uint8Array // (d)
  /** Blocks that hold something retired. */
  readonly #thinned = new Set<number>()
  #turn = 0

  constructor(work: ArrayLike<number>, blocks: number, balance: Balance) {
    this.#blockOf = balanced(balance, work, new Uint8Array(blocks).fill(1))
    const sizes = new Uint32Array(blocks)
    for (const block of this.#blockOf) sizes[block]!++
    this.#blocks = Array.from(sizes, (size) => new Uint32Array(size))
    this.#blockOf.forEach((block, j) => {
      this.#blocks[block]![--sizes[block]!] = j
    })
    for (const block of this.#blocks) block.reverse()
    this.#taken = new Uint8Array(blocks)
    this.#retired = new Uint8Array(work.length)
  }

  /** The next block in turn that nobody holds, whole; none when all are held. */
  next(): Uint32Array {
    for (let tries = 0; tries < this.#blocks.length; tries++) {
      const block = this.#turn
      this.#turn = (this.#turn + 1) % this.#blocks.length
      if (this.#taken[block] === 1) continue
      if (this.#thinned.delete(block))
        this.#blocks[block] = this.#blocks[block]!.filter((j) => this.#retired[j] === 0)
      if (this.#blocks[block]!.length === 0) continue
      this.#taken[block] = 1
      return this.#blocks[block]!
    }
    return new Uint32Array(0)
  }

  settled(index: ArrayLike<number>): void {
    if (index.length > 0) this.#taken[this.#blockOf[index[0]!]!] = 0
  }

  released(index: ArrayLike<number>): void {
    this.settled(index)
  }

  retire(j: number): void {
    this.#retired[j] = 1
    this.#thinned.add(this.#blockOf[j]!)
  }
}
