/**
 * What to recommend to each user: the items with the highest predictions that it has no rating of.
 *
 * All pairs are too many to predict, and most need not be: w·h ≤ ‖w‖‖h‖, so an item whose bias and
 * norm cannot reach a user's tenth best so far is skipped. Users are taken in groups of like norm; for
 * each group the items are sorted by what they could reach at best, and a user's search ends early.
 */
import type { Dataset } from '../app.ts'
import { type FactorSide, type Factors, predict, type TestSet } from './model.ts'

export interface Recommended {
  readonly item: number
  readonly score: number
}

/** A side with the shards whose columns are its rows. */
export interface RatedSide extends FactorSide {
  /** Ratings of each row. */
  readonly degree: Uint32Array
  /** Its shards' indices in the dataset, in order of their rows. */
  readonly shards: readonly number[]
  /** First row of each of them, and the end. */
  readonly firstRow: Uint32Array
}

/** What recommendations are made from; the state of an app. */
export interface Recommending extends Factors {
  readonly dataset: Dataset
  readonly users: RatedSide
  readonly items: FactorSide & { readonly degree: Uint32Array }
  readonly test: TestSet | null
  /** Recommendations, once they were asked for. */
  recommended: { lists: Recommended[][]; count: number } | null
}

const GROUPS = 16

/** Lists of every user, best first; fewer than `count` where there are no more items. Kept. */
export function recommend(state: Recommending, count: number): Recommended[][] {
  if (state.recommended && state.recommended.count >= count)
    return state.recommended.lists.map((list) => list.slice(0, count))
  const { users, items } = state
  const lists: Recommended[][] = Array.from({ length: users.count }, () => [])
  const userNorms = norms(users)
  const itemNorms = norms(items)
  const known = [...users.degree.keys()].filter((u) => users.degree[u]! > 0)
  known.sort((a, b) => userNorms[a]! - userNorms[b]! || a - b)
  const size = Math.ceil(known.length / GROUPS)
  for (let from = 0; from < known.length; from += size) {
    const group = known.slice(from, from + size)
    const largest = userNorms[group.at(-1)!]!
    const order = itemsBy((i) => (items.bias[i] ?? 0) + largest * itemNorms[i]!)
    for (const user of group) lists[user] = best(user, order, largest)
  }
  state.recommended = { lists, count }
  return lists

  function itemsBy(bound: (item: number) => number): Uint32Array {
    const bounds = Float64Array.from({ length: items.count }, (_, i) => bound(i))
    const rated = Uint32Array.from([...items.degree.keys()].filter((i) => items.degree[i]! > 0))
    return rated.sort((a, b) => bounds[b]! - bounds[a]! || a - b)
  }

  function best(user: number, order: Uint32Array, largest: number): Recommended[] {
    const list: Recommended[] = []
    if (count === 0) return list
    const base = state.mean + (users.bias[user] ?? 0)
    const seen = seenBy(state, user)
    // Bounds allow for rounding, so that no tie is lost.
    let worst = Number.NEGATIVE_INFINITY
    for (const item of order) {
      const reach = base + (items.bias[item] ?? 0) + 1e-9
      if (reach + largest * itemNorms[item]! < worst) break
      if (reach + userNorms[user]! * itemNorms[item]! < worst || seen.has(item)) continue
      const score = predict(state, user, item)
      if (list.length === count && score <= worst) continue
      insert(list, { item, score }, count)
      if (list.length === count) worst = list.at(-1)!.score
    }
    return list
  }
}

function insert(list: Recommended[], entry: Recommended, count: number): void {
  let at = list.length
  while (at > 0 && list[at - 1]!.score < entry.score) at--
  list.splice(at, 0, entry)
  if (list.length > count) list.pop()
}

function norms({ factors, count, width, scale }: FactorSide): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    let squares = 0
    for (let k = row * width; k < (row + 1) * width; k++) squares += factors[k]! * factors[k]!
    return (scale?.[row] ?? 1) * Math.sqrt(squares)
  })
}

/** Items that a user has a rating of. */
function seenBy({ users, dataset }: Recommending, user: number): Set<number> {
  const at = users.firstRow.findLastIndex((first, k) => k < users.shards.length && first <= user)
  const { starts, rowIndex, firstColumn } = dataset.shard(users.shards[at]!)
  const column = user - firstColumn
  return new Set(rowIndex.subarray(starts[column]!, starts[column + 1]!))
}

/**
 * Over the users with test items: the share of the first `count` recommendations that are among them,
 * and the normalised discounted cumulative gain, in which a hit at place p (from 1) is worth 1/log2(p + 1).
 */
export function rankingOf(
  state: Recommending,
  count: number,
): { precision: number; ndcg: number } | null {
  const { test, users } = state
  if (!test || test.user.length === 0) return null
  const wanted = new Map<number, Set<number>>()
  test.user.forEach((user, t) => {
    if (users.degree[user] === 0 || !(test.rating[t]! > 0)) return
    const items = wanted.get(user) ?? new Set<number>()
    wanted.set(user, items.add(test.item[t]!))
  })
  if (wanted.size === 0) return null
  const lists = recommend(state, count)
  let hits = 0
  let gains = 0
  for (const [user, items] of wanted) {
    let gain = 0
    let ideal = 0
    lists[user]!.forEach(({ item }, place) => {
      if (!items.has(item)) return
      hits++
      gain += 1 / Math.log2(place + 2)
    })
    for (let place = 0; place < Math.min(count, items.size); place++)
      ideal += 1 / Math.log2(place + 2)
    gains += gain / ideal
  }
  return { precision: hits / (count * wanted.size), ndcg: gains / wanted.size }
}
