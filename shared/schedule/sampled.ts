/**
 * The dynamic pickers: draw candidates by importance, keep those that do not depend on each other.
 *
 * Candidates are considered in the order they were drawn, which is already by weight, with luck. The
 * papers sort them by weight; then a variable of small weight never passes one of its group that has
 * any, whatever η is, and the descent stalls: on the block family at P = 32 sorted order was still
 * 7 % above the optimum after 60 epochs, drawn order 2·10⁻⁷.
 *
 * Where sets overlap in time something is always in flight, and a variable that depends on much may
 * never find its moment. So every few epochs the picker rests: nothing more until all has come back.
 */
import type { Random } from '../random.ts'
import { type Filter, NO_FILTER } from './dependency.ts'
import { type Drawn, Importance } from './importance.ts'
import type { Picker, Switches, Variables } from './policy.ts'

/** Epochs from one rest to the next. */
const REST_EPOCHS = 5

export class Sampled implements Picker {
  readonly #importance: Importance
  readonly #filter: Filter
  readonly #within: boolean
  readonly #random: Random
  readonly #candidates: number
  /** In flight, with what each weighed when it was drawn. */
  readonly #flight = new Map<number, number>()
  readonly #filters: boolean
  readonly #count: number
  #sinceRest = 0
  readonly #rejected: number[] = []

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
    if (this.#flight.size === 0) this.#sinceRest = 0
    if (this.#filters && this.#sinceRest > REST_EPOCHS * this.#count) return new Uint32Array(0)
    const second = new Set<number>()
    const drawn: Drawn[] = []
    for (const j of this.#rejected.splice(0).slice(0, count)) {
      const weight = this.#importance.take(j)
      if (weight === null) continue
      drawn.push({ j, weight })
      second.add(j)
    }
    const wanted = second.size + Math.ceil(count * this.#candidates)
    while (drawn.length < wanted) {
      const candidate = this.#importance.draw(this.#random)
      if (!candidate) break
      drawn.push(candidate)
    }
    const kept: number[] = []
    for (const { j, weight } of drawn) {
      if (kept.length < count && !this.#filter.conflicts(j)) {
        kept.push(j)
        this.#flight.set(j, weight)
        if (this.#within) this.#filter.add(j)
      } else {
        this.#importance.putBack(j, weight)
        if (!second.has(j)) this.#rejected.push(j)
      }
    }
    if (!this.#within) for (const j of kept) this.#filter.add(j)
    this.#sinceRest += kept.length
    return Uint32Array.from(kept)
  }

  settled(index: ArrayLike<number>, change: ArrayLike<number>): void {
    for (let k = 0; k < index.length; k++) this.#free(index[k]!, this.#importance.weigh(change[k]!))
  }

  released(index: ArrayLike<number>): void {
    for (let k = 0; k < index.length; k++) this.#free(index[k]!, null)
  }

  retire(j: number): void {
    if (this.#flight.delete(j)) this.#filter.remove(j)
    this.#importance.takeOut(j)
  }

  /** Back into the pool, with its old weight when nothing new is known. */
  #free(j: number, weight: number | null): void {
    const before = this.#flight.get(j)
    if (before === undefined) return // retired while it was in flight
    this.#flight.delete(j)
    this.#filter.remove(j)
    this.#importance.putBack(j, weight ?? before)
  }
}
