/**
 * A set of integers below d that knows its neighbours: a tree of bits, 32 to a word, a word of one
 * level to a bit of the next. Every question reads log₃₂ d words (four at d = 10⁶); d/8 bytes.
 *
 * An ascending array moves half of what it holds for each that comes or goes: with it a schedule that
 * keeps 10⁵ variables in flight took 45 µs for each, most of them there.
 */
export class SortedBits {
  /** Lowest first: bit j of level l + 1 is set while word j of level l is not 0. */
  readonly #levels: Uint32Array[] = []
  #size = 0

  constructor(length: number) {
    let words = length
    do {
      words = Math.max(1, Math.ceil(words / 32))
      this.#levels.push(new Uint32Array(words))
    } while (words > 1)
  }

  get size(): number {
    return this.#size
  }

  add(value: number): void {
    if (this.has(value)) return
    this.#size++
    let at = value
    for (const words of this.#levels) {
      words[at >>> 5]! |= 1 << (at & 31)
      at >>>= 5
    }
  }

  remove(value: number): void {
    if (!this.has(value)) return
    this.#size--
    let at = value
    for (const words of this.#levels) {
      words[at >>> 5]! &= ~(1 << (at & 31))
      if (words[at >>> 5] !== 0) return
      at >>>= 5
    }
  }

  has(value: number): boolean {
    return (this.#levels[0]![value >>> 5]! & (1 << (value & 31))) !== 0
  }

  /** The least that is ≥ `value`; -1 when there is none. */
  next(value: number): number {
    const levels = this.#levels
    let at = value
    for (let level = 0; level < levels.length && at >>> 5 < levels[level]!.length; level++) {
      const rest = levels[level]![at >>> 5]! & (-1 << (at & 31))
      if (rest !== 0) return this.#lowest(level, (at & ~31) + trailingZeros(rest))
      at = (at >>> 5) + 1
    }
    return -1
  }

  /** The largest that is ≤ `value`; -1 when there is none. */
  previous(value: number): number {
    const levels = this.#levels
    let at = value
    for (let level = 0; level < levels.length && at >= 0; level++) {
      const rest = levels[level]![at >>> 5]! & (-1 >>> (31 - (at & 31)))
      if (rest !== 0) return this.#highest(level, (at & ~31) + 31 - Math.clz32(rest))
      at = (at >>> 5) - 1
    }
    return -1
  }

  #lowest(level: number, at: number): number {
    let value = at
    for (let l = level - 1; l >= 0; l--)
      value = value * 32 + trailingZeros(this.#levels[l]![value]!)
    return value
  }

  #highest(level: number, at: number): number {
    let value = at
    for (let l = level - 1; l >= 0; l--)
      value = value * 32 + 31 - Math.clz32(this.#levels[l]![value]!)
    return value
  }
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word)
