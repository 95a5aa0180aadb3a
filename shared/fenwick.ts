/**
 * Weights one can change and sample from in O(log d): a Fenwick (binary indexed) tree.
 * A negative weight counts as 0: what is away may keep its weight that way.
 *
 * `weight` keeps the exact leaves, so that rounding in the partial sums never makes a weight of 0
 * come back as the sample: a draw that lands on one is moved to the next positive leaf.
 */
export class Fenwick {
  readonly length: number
  readonly weights: Float64Array // (d)      the leaves
  #sums: Float64Array //            (d + 1)  1-based partial sums
  #top: number //                            largest power of two ≤ d

  constructor(length: number) {
    this.length = length
    this.weights = new Float64Array(length)
    this.#sums = new Float64Array(length + 1)
    this.#top = length === 0 ? 0 : 2 ** Math.floor(Math.log2(length))
  }

  set(index: number, weight: number): void {
    const change = Math.max(0, weight) - Math.max(0, this.weights[index]!)
    this.weights[index] = weight
    if (change === 0) return
    for (let i = index + 1; i <= this.length; i += i & -i) this.#sums[i]! += change
  }

  /** Sum of the weights of indices < end; the whole by default. */
  sum(end = this.length): number {
    let total = 0
    for (let i = end; i > 0; i -= i & -i) total += this.#sums[i]!
    return total
  }

  /** The index with sum(index) ≤ u < sum(index + 1); -1 when no weight is positive. */
  find(u: number): number {
    let at = 0
    let rest = u
    for (let step = this.#top; step > 0; step >>= 1) {
      const next = at + step
      if (next <= this.length && this.#sums[next]! <= rest) {
        at = next
        rest -= this.#sums[next]!
      }
    }
    for (let i = Math.min(at, this.length - 1); i < this.length; i++)
      if (this.weights[i]! > 0) return i
    for (let i = Math.min(at, this.length) - 1; i >= 0; i--) if (this.weights[i]! > 0) return i
    return -1
  }

  /** Rebuild the sums from the leaves in O(d): clears what rounding has left behind. */
  rebuild(): void {
    this.#sums.fill(0)
    for (let i = 1; i <= this.length; i++) {
      this.#sums[i]! += Math.max(0, this.weights[i - 1]!)
      const parent = i + (i & -i)
      if (parent <= this.length) this.#sums[parent]! += this.#sums[i]!
    }
  }
}
