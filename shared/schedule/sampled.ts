/**
 * The dynamic pickers: draw candidates by importance, keep those that do not depend on each other.
 *
 * Candidates are considered in the order they were drawn, which is already by weight, with luck. The
 * papers sort them by weight; then a variable of small weight never passes one of its group that has
 * any, whatever η is, and the descent stalls: on the block family at P = 32 sorted order was still
 * 7 % above the optimum after 60 epochs, drawn order 2·10⁻⁷.
 *
 * Whatever was rejected comes first next time, and before all others when it was rejected again. With
 * one second chance alone, a variable that correlates with many was not visited for 25 epochs
 * (neighbour family, d = 2000, P = 32): among many it had to be the first. To F* + 0.1 % on that
 * family, d = 5000, P = 128, 4 seeds: 4.6 to 9.4 epochs (median 7.8), with a second chance alone 10.6
 * to 16.4.
 *
 * Where sets overlap in time something is always in flight, and a variable that depends on much may
 * never find its moment. So every few epochs the picker rests: nothing more until all has come back.
 */
import type { Random } from '../random.ts'
import { type Filter, NO_FILTER } from './dependency.ts'
import { Importance } from './importance.ts'
import type { Picker, Switches, Variables } from './policy.ts'

/** Epochs from one rest to the next. */
const REST_EPOCHS = 5

export class Sampled implements Picker {
  readonly #importance: Importance
  readonly #filter: Filter
  readonly #within: boolean
  readonly #random: Random
  readonly #candidates: number
  readonly #filters: boolean
  readonly #count: number
  #inFlight = 0
  #sinceRest = 0
  /** Rejected for the first time, and again: what is drawn anew comes after them. */
  readonly #rejected: number[] = []
  readonly #waiting: number[] = []

  constructor(switches: Switches, variables: Variables, random: Random) {
    const { policy, power, eta, warmup, candidates, rho } = switches
    const byPriority = policy === 'sap' || policy === 'priority'
    const filters = (policy === 'sap' || policy === 'dependency') && rho < 1
    const options = { power: byPriority ? power : 0, eta, warmup } as const
    this.#importance = new Importance(variables.count, options)
    this.#filter = filters ? variables.filter(rho) : NO_FILTER
    this.#filters = filters
    this.#count = variables.count
    this.#within = variables.within
    this.#candidates = filters ? Math.max(1, candidates) : 1
    this.#random = random
  }

  next(count: number): Uint32Array {
    if (this.#inFlight === 0) this.#sinceRest = 0
    if (this.#filters && this.#sinceRest > REST_EPOCHS * this.#count) return new Uint32Array(0)
    const kept: number[] = []
    const passed: number[] = []
    const consider = (candidates: number[], isAgain: boolean): void => {
      // Against each other in the order they were drawn; else by place, which keeps memory close.
      if (!this.#within) candidates.sort((a, b) => a - b)
      for (const j of candidates) {
        if (kept.length < count && !this.#filter.conflicts(j)) {
          kept.push(j)
          if (this.#within) this.#filter.add(j)
        } else {
          passed.push(j)
          const list = isAgain ? this.#waiting : this.#rejected
          list.push(j)
        }
      }
    }
    // Whoever has waited longest comes first, and with nothing in flight the first is always kept.
    const again = [...this.#waiting.splice(0), ...this.#rejected.splice(0)].slice(0, count)
    consider(
      again.filter((j) => this.#importance.take(j) !== null),
      true,
    )
    let left = Math.ceil(count * this.#candidates)
    while (kept.length < count && left > 0) {
      const drawn = this.#importance.drawSome(Math.min(left, count - kept.length), this.#random)
      if (drawn.length === 0) break
      left -= drawn.length
      consider(drawn, false)
    }
    for (const j of passed) this.#importance.putBack(j)
    if (!this.#within) for (const j of kept) this.#filter.add(j)
    this.#inFlight += kept.length
    this.#sinceRest += kept.length
    return Uint32Array.from(kept)
  }

  settled(index: ArrayLike<number>, change: ArrayLike<number>): void {
    for (let k = 0; k < index.length; k++) {
      this.#landed(index[k]!)
      this.#importance.putBack(index[k]!, this.#importance.weigh(change[k]!))
    }
  }

  released(index: ArrayLike<number>): void {
    for (let k = 0; k < index.length; k++) {
      this.#landed(index[k]!)
      this.#importance.putBack(index[k]!)
    }
  }

  retire(j: number): void {
    this.#importance.retire(j)
  }

  #landed(j: number): void {
    this.#inFlight--
    this.#filter.remove(j)
  }
}
