/** Result files of a factorisation: factors, biases, who is which row, recommendations. */
import type { ResultFile } from '../app.ts'
import { csvOfLines, quoted } from '../csv.ts'
import { matrixFile } from '../npy.ts'
import type { FactorSide } from './model.ts'
import { type RatedSide, type Recommending, recommend } from './recommend.ts'

export interface FactorResultOptions {
  readonly rank: number
  /** Items to recommend to each user; 0: none. */
  readonly top: number
  /** No prediction that people see lies beyond. */
  readonly scale: readonly [number, number]
  readonly hasBiases: boolean
}

export function factorFiles(model: Recommending, options: FactorResultOptions): ResultFile[] {
  const { users, items } = model
  const { rank, top, hasBiases } = options
  const names = namesOf(model)
  return [
    matrixFile('user_factors.npy', rowsOf(users, rank), users.count, rank),
    matrixFile('item_factors.npy', rowsOf(items, rank), items.count, rank),
    csvOfLines('users.csv', 'row,id,ratings', idLines(users, names.user)),
    csvOfLines('items.csv', 'row,id,ratings', idLines(items, names.item)),
    ...(hasBiases ? [csvOfLines('biases.csv', 'kind,id,bias', biasLines(model, names))] : []),
    ...(top > 0
      ? [csvOfLines('recommendations.csv', 'user,rank,item,score', topLines(model, options, names))]
      : []),
  ]
}

interface Names {
  user(row: number): string
  item(row: number): string
}

/** As cells of a CSV. */
const namesOf = ({ dataset }: Recommending): Names => ({
  user: (row) => quoted(dataset.rowName(row)),
  item: (row) => quoted(dataset.columnName(row)),
})

function* idLines(
  { degree }: Pick<RatedSide, 'degree'>,
  name: (row: number) => string,
): Generator<string> {
  for (const [row, n] of degree.entries()) yield `${row},${name(row)},${n}`
}

function* biasLines({ mean, users, items }: Recommending, names: Names): Generator<string> {
  yield `mean,,${mean}`
  for (const [row, bias] of users.bias.entries()) yield `user,${names.user(row)},${bias}`
  for (const [row, bias] of items.bias.entries()) yield `item,${names.item(row)},${bias}`
}

function* topLines(
  model: Recommending,
  { top, scale: [low, high] }: FactorResultOptions,
  names: Names,
): Generator<string> {
  for (const [user, list] of recommend(model, top).entries())
    for (const [place, { item, score }] of list.entries()) {
      const clipped = Math.max(low, Math.min(high, score))
      const shown = Number(clipped.toPrecision(6))
      yield `${names.user(user)},${place + 1},${names.item(item)},${shown}`
    }
}

/** (count, K) */
function rowsOf({ factors, scale, width, count }: FactorSide, rank: number): Float32Array {
  if (factors instanceof Float32Array && !scale && width === rank) return factors
  const rows = new Float32Array(count * rank)
  for (let row = 0; row < count; row++)
    for (let k = 0; k < rank; k++)
      rows[row * rank + k] = factors[row * width + k]! * (scale?.[row] ?? 1)
  return rows
}

/** A number that JSON can hold, or null. */
export const finite = (x: number | undefined): number | null =>
  x !== undefined && Number.isFinite(x) ? x : null
