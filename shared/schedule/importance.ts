/**
 * Which variables are worth an update: STRADS' importance sampling, O(log d) a draw.
 *
 *   p(j) ∝ c_j = |δ_j|^power + η      δ_j is what j last changed by
 *
 * η never enters the tree. A draw is a mixture: with probability η·m/(S + η·m) uniform over the m
 * variables in the pool, else by the tree of |δ_j|^power with sum S. So an η that follows the mean
 * weight (adaptive) costs nothing, where rewriting d leaves would cost O(d).
 *
 * A variable that was drawn is out of the pool until it is put back: draws are without replacement,
 * among candidates and among everything in flight. While it is out its leaf is negative, which the
 * tree counts as 0. 24 bytes a variable: leaf and partial sum (f64), place in the pool and pool (u32).
 */
import { Fenwick } from '../fenwick.ts'
import type { Random } from '../random.ts'

export interface ImportanceOptions {
  /** 1: |δ| (the 2013 paper and the C++ code), 2: δ² (the 2014 papers); 0: uniform, priority off. */
  readonly power: 0 | 1 | 2
  /** Share of the mean non-zero weight ('adaptive', 5 %), or an absolute weight. */
  readonly eta: number | 'adaptive'
  /** Epochs drawn uniformly before the weights count. */
  readonly warmup: number
}

export interface Drawn {
  readonly j: number
  readonly weight: number
}

/** 1 % to 10 % of the mean works best (strads.md §2); the middle of it on a logarithmic scale is 3 %. */
const ETA_SHARE = 0.05
const OUT = 0xffffffff
/** The leaf of what never comes back. */
const RETIRED = Number.NEGATIVE_INFINITY

export class Importance {
  readonly length: number
  readonly #options: ImportanceOptions
  readonly #tree: Fenwick //      |δ_j|^power of what is in the pool
  readonly #pool: Uint32Array //  (d) the first #size are the pool, in any order
  readonly #place: Uint32Array // (d) where in #pool, or OUT
  #size: number
  #positive = 0
  #draws = 0
  #changes = 0

  constructor(length: number, options: ImportanceOptions) {
    this.length = length
    this.#options = options
    this.#tree = new Fenwick(length)
    this.#pool = new Uint32Array(length)
    for (let j = 0; j < length; j++) this.#pool[j] = j
    this.#place = this.#pool.slice()
    this.#size = length
  }

  /** Variables that can be drawn. */
  get size(): number {
    return this.#size
  }

  has(j: number): boolean {
    return this.#place[j] !== OUT
  }

  get eta(): number {
    const { eta } = this.#options
    if (eta !== 'adaptive') return eta
    return this.#positive === 0 ? 1 : (ETA_SHARE * this.#tree.sum()) / this.#positive
  }

  /** What a change weighs. */
  weigh(change: number): number {
    const { power } = this.#options
    return power === 0 ? 0 : power === 1 ? Math.abs(change) : change * change
  }

  /** One variable, taken out of the pool, and what it weighed; null when the pool is empty. */
  draw(random: Random): Drawn | null {
    if (this.#size === 0) return null
    const { power, warmup } = this.#options
    this.#draws++
    // What rounding leaves of a sum of nothing is no weight: the count decides.
    const weighs = power > 0 && this.#positive > 0 && this.#draws > warmup * this.length
    const sum = weighs ? Math.max(this.#tree.sum(), Number.MIN_VALUE) : 0
    const uniform = sum > 0 ? this.eta * this.#size : 1
    const u = random.next() * (sum + uniform)
    // Only what is in the pool has a positive leaf, so find() answers with one of it.
    const j = u < sum ? this.#tree.find(u) : this.#pool[random.below(this.#size)]!
    const weight = this.#tree.weights[j]!
    this.takeOut(j)
    return { j, weight }
  }

  /** `count` variables taken out of the pool, fewer when it runs empty. */
  drawSome(count: number, random: Random): number[] {
    const drawn: number[] = []
    while (drawn.length < count) {
      const next = this.draw(random)
      if (!next) break
      drawn.push(next.j)
    }
    return drawn
  }

  /** Variables in the pool with a weight. */
  get positive(): number {
    return this.#positive
  }

  /** Set a weight without bringing the sums up to date: for all variables at once, then `settle`. */
  load(j: number, weight: number): void {
    this.#positive += Number(weight > 0) - Number(this.#tree.weights[j]! > 0)
    this.#tree.weights[j] = weight
  }

  /** O(d). */
  settle(): void {
    this.#tree.rebuild()
    this.#changes = 0
  }

  /** Variable j out of the pool, and what it weighed; null when it is out already. */
  take(j: number): number | null {
    if (this.#place[j] === OUT) return null
    const weight = this.#tree.weights[j]!
    this.takeOut(j)
    return weight
  }

  takeOut(j: number): void {
    const at = this.#place[j]!
    if (at === OUT) return
    const last = this.#pool[--this.#size]!
    this.#pool[at] = last
    this.#place[last] = at
    this.#place[j] = OUT
    this.#set(j, -this.#tree.weights[j]!)
  }

  /** Out of the pool for good. */
  retire(j: number): void {
    this.takeOut(j)
    this.#tree.weights[j] = RETIRED
  }

  /** Into the pool, or a new weight for one that is there; without a weight, the one it had. */
  putBack(j: number, weight = Math.abs(this.#tree.weights[j]!)): void {
    if (this.#tree.weights[j] === RETIRED) return
    if (this.#place[j] === OUT) {
      this.#pool[this.#size] = j
      this.#place[j] = this.#size++
    }
    this.#set(j, this.#options.power === 0 ? 0 : weight)
  }

  #set(j: number, weight: number): void {
    const before = this.#tree.weights[j]!
    if (before === weight) return
    this.#positive += Number(weight > 0) - Number(before > 0)
    this.#tree.set(j, weight)
    // Partial sums gather rounding; once in d changes O(d) clears it.
    if (++this.#changes < this.length) return
    this.#changes = 0
    this.#tree.rebuild()
  }
}
