/** Ratings as they come, with their people numbered, and then in order without duplicates. */

/** Ids in the order in which they first appear. */
export class Ids {
  readonly names: string[] = []
  readonly #numbers = new Map<string, number>()

  numberOf(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.names.length)
    return this.names.push(name) - 1
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
    const pick = order.subarray(0, kept)
    const ratings = {
      user: Uint32Array.from(pick, (at) => user[at]!),
      item: Uint32Array.from(pick, (at) => item[at]!),
      rating: Float64Array.from(pick, (at) => this.#rating[at]!),
    }
    return { ratings, duplicates: this.length - kept }
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

/** Two parts by a rule; both stay in order. */
export function divide(
  { user, item, rating }: Ratings,
  isSecond: (k: number) => boolean,
): [Ratings, Ratings] {
  const parts: [number[], number[]] = [[], []]
  for (let k = 0; k < user.length; k++) parts[Number(isSecond(k))]!.push(k)
  const [first, second] = parts.map((part) => ({
    user: Uint32Array.from(part, (k) => user[k]!),
    item: Uint32Array.from(part, (k) => item[k]!),
    rating: Float64Array.from(part, (k) => rating[k]!),
  }))
  return [first!, second!]
}
