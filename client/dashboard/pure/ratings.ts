/** The results of a matrix factorisation, read from its files: lists by user, and the items. */
import { parseCsv, rowsOf } from './csv.ts'

export interface Recommendation {
  readonly item: string
  readonly score: number
}

export interface Item {
  readonly id: string
  readonly ratings: number
  /** Null where the model has no biases. */
  readonly bias: number | null
  /** In how many lists it stands. */
  readonly recommended: number
}

/** recommendations.csv (user, rank, item, score), best first; a text cut short loses its last list. */
export function readRecommendations(
  text: string,
  isCut: boolean,
): ReadonlyMap<string, readonly Recommendation[]> {
  const lists = new Map<string, Recommendation[]>()
  let header = true
  let last = ''
  for (const [user = '', , item = '', score = ''] of parseCsv(text)) {
    if (header) {
      header = false
      continue
    }
    const list = lists.get(user)
    if (list) list.push({ item, score: Number(score) })
    else lists.set(user, [{ item, score: Number(score) }])
    last = user
  }
  if (isCut) lists.delete(last)
  return lists
}

/** id → number of ratings, of users.csv or items.csv (row, id, ratings). */
export function readCounts(text: string | undefined): ReadonlyMap<string, number> {
  return new Map([...rowsOf(text ?? '')].map(({ id = '', ratings }) => [id, Number(ratings)]))
}

export function readItems(
  items: string,
  biases: string | undefined,
  lists: ReadonlyMap<string, readonly Recommendation[]>,
): Item[] {
  const biasOf = new Map<string, number>()
  for (const { kind, id = '', bias } of rowsOf(biases ?? ''))
    if (kind === 'item') biasOf.set(id, Number(bias))
  const recommended = new Map<string, number>()
  for (const list of lists.values())
    for (const { item } of list) recommended.set(item, (recommended.get(item) ?? 0) + 1)
  return [...readCounts(items)].map(([id, ratings]) => ({
    id,
    ratings,
    bias: biasOf.get(id) ?? null,
    recommended: recommended.get(id) ?? 0,
  }))
}

export type ItemOrder = 'ratings' | 'bias' | 'recommended'

export function topItems(items: readonly Item[], order: ItemOrder, count: number): Item[] {
  const key = (item: Item): number => item[order] ?? Number.NEGATIVE_INFINITY
  return [...items].sort((a, b) => key(b) - key(a)).slice(0, count)
}

/** At most `count` users whose id contains what is sought; those that begin with it first. */
export function findUsers(users: readonly string[], sought: string, count: number): string[] {
  const part = sought.trim().toLowerCase()
  if (part === '') return users.slice(0, count)
  const starting: string[] = []
  const containing: string[] = []
  for (const user of users) {
    const at = user.toLowerCase().indexOf(part)
    if (at === 0) starting.push(user)
    else if (at > 0) containing.push(user)
  }
  return [...starting, ...containing].slice(0, count)
}

/** At most `count` of `rows` whose item has what is sought in its id or title. */
export function findItems(
  rows: readonly number[],
  items: readonly Item[],
  titles: ReadonlyMap<string, string>,
  sought: string,
  count: number,
): number[] {
  const part = sought.trim().toLowerCase()
  const found: number[] = []
  for (const row of rows) {
    if (found.length === count) break
    const { id } = items[row]!
    if (`${id} ${titles.get(id) ?? ''}`.toLowerCase().includes(part)) found.push(row)
  }
  return found
}

/** id → title, from lines of id, title and perhaps more, with ::, tabs or commas between. */
export function readTitles(text: string): ReadonlyMap<string, string> {
  const titles = new Map<string, string>()
  for (const [id = '', title = ''] of cellsOf(text.replace(/^\uFEFF/, '')))
    if (id !== '' && title !== '') titles.set(id, title)
  return titles
}

function* cellsOf(text: string): Generator<string[]> {
  const separator = ['::', '\t', '|'].find((sign) => text.slice(0, 1000).includes(sign))
  if (separator === undefined) yield* parseCsv(text)
  else
    for (const line of text.split(/\r?\n/)) yield line.split(separator).map((part) => part.trim())
}
