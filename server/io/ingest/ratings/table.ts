/** Ratings as they come, with their people numbered, and then in order without duplicates. */

/** Whole numbers up to here are looked up in an array. */
const WHOLE_MAX = 2 ** 24

/** Ids in the order in which they first appear. */
export class Ids {
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()
  /** One more than the number of the id that is this whole number; 0: not seen as one yet. */
  #ofWhole = new Uint32Array(1024)

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.names.length)
    return this.names.push(name) - 1
  }

  /** The same for an id that is a whole number in decimals. */
  numberOfWhole(whole: number): number {
    if (whole >= WHOLE_MAX) return this.numberOf(String(whole))
    if (whole >= this.#ofWhole.length) {
      const larger = new Uint32Array(Math.min(WHOLE_MAX, 2 * whole))
      larger.set(this.#ofWhole)
      this.#ofWhole = larger
    }
    const known = this.#ofWhole[whole]!
    if (known > 0) return known - 1
    const number = this.numberOf(String(whole))
    this.#ofWhole[whole] = number + 1
    return number
  }
}

export interface Ratings {
  readonly user: Uint32Array
  readonly item: Uint32Array
  readonly rating: Float64Array
}

/** A table that grows. */
export class RatingTable {
  length = 0
  #user = new Uint32Array(1024)
  #item = new Uint32Array(1024)
  #rating = new Float64Array(1024)

  add(user: number, item: number, rating: number): void {
    if (this.length === this.#user.length) this.#grow()
    this.#user[this.length] = user
    this.#item[this.length] = item
    this.#rating[this.length++] = rating
  }

  #grow(): void {
    const grow = <T extends Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from)
      return into
    }
    const size = 2 * this.length
    this.#user = grow(new Uint32Array(size), this.#user)
    this.#item = grow(new Uint32Array(size), this.#item)
    this.#rating = grow(new Float64Array(size), this.#rating)
  }

  /** By user, then item; of ratings of the same pair the last one of the file. */
  finish(users: number, items: number): { ratings: Ratings; duplicates: number } {
    const [user, item] = [this.#user, this.#item]
    const byItem = countingOrder(item, this.length, items, null)
    const order = countingOrder(user, this.length, users, byItem)
    let kept = 0
    for (let k = 0; k < order.length; k++) {
      const [at, next] = [order[k]!, order[k + 1]]
      const isRepeated = next !== undefined && user[at] === user[next] && item[at] === item[next]
      if (!isRepeated) order[kept++] = at
    }
    const all = { user, item, rating: this.#rating }
    return { ratings: pick(all, order.subarray(0, kept)), duplicates: this.length - kept }
  }
}

/** A stable order by key; `before` is the order to begin with, null as it stands. */
export function countingOrder(
  keys: Uint32Array,
  length: number,
  distinct: number,
  before: Uint32Array | null,
): Uint32Array {
  const next = new Uint32Array(distinct + 1)
  for (let k = 0; k < length; k++) next[keys[k]! + 1]!++
  for (let key = 0; key < distinct; key++) next[key + 1]! += next[key]!
  const order = new Uint32Array(length)
  for (let k = 0; k < length; k++) {
    const at = before ? before[k]! : k
    order[next[keys[at]!]!++] = at
  }
  return order
}

/** Ratings in another order, or some of them. */
export function pick({ user, item, rating }: Ratings, order: Uint32Array): Ratings {
  return { user: gather(user, order), item: gather(item, order), rating: gather(rating, order) }
}

/** from[order[k]] for all k. A loop: `from` of typed arrays with a function takes ten times as long. */
function gather<T extends Uint32Array | Float64Array>(from: T, order: Uint32Array): T {
  const into = new (from.constructor as new (length: number) => T)(order.length)
  for (let k = 0; k < order.length; k++) into[k] = from[order[k]!]!
  return into
}

/** Two parts by a rule; both stay in order. */
export function divide(ratings: Ratings, isSecond: (k: number) => boolean): [Ratings, Ratings] {
  const { length } = ratings.user
  // The first part from the front, the second from the back.
  const order = new Uint32Array(length)
  let [front, back] = [0, length]
  for (let k = 0; k < length; k++) {
    if (isSecond(k)) order[--back] = k
    else order[front++] = k
  }
  const second = order.subarray(front).reverse()
  return [pick(ratings, order.subarray(0, front)), pick(ratings, second)]
}
