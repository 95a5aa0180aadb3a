/** Result files of a factorisation: factors, biases, who is which row, recommendations. */
import type { ResultFile } from '../app.ts'
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
  const { users, items, dataset, mean } = model
  const { rank, top, scale, hasBiases } = options
  const userName = (u: number): string => dataset.rowName(u)
  const itemName = (i: number): string => dataset.columnName(i)
  const ids = ({ degree }: Pick<RatedSide, 'degree'>, name: (row: number) => string) => [
    ['row', 'id', 'ratings'],
    ...Array.from(degree, (n, row) => [row, name(row), n]),
  ]
  const files = [
    matrixFile('user_factors.npy', rowsOf(users, rank), users.count, rank),
    matrixFile('item_factors.npy', rowsOf(items, rank), items.count, rank),
    csv('users.csv', ids(users, userName)),
    csv('items.csv', ids(items, itemName)),
  ]
  if (hasBiases) {
    const rows = [
      ['kind', 'id', 'bias'],
      ['mean', '', mean],
      ...Array.from(users.bias, (b, u) => ['user', userName(u), b]),
      ...Array.from(items.bias, (b, i) => ['item', itemName(i), b]),
    ]
    files.push(csv('biases.csv', rows))
  }
  if (top > 0) {
    const rows: (string | number)[][] = [['user', 'rank', 'item', 'score']]
    const [low, high] = scale
    recommend(model, top).forEach((list, user) => {
      list.forEach(({ item, score }, place) => {
        const clipped = Math.max(low, Math.min(high, score))
        rows.push([userName(user), place + 1, itemName(item), Number(clipped.toPrecision(6))])
      })
    })
    files.push(csv('recommendations.csv', rows))
  }
  return files
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

function csv(name: string, rows: (string | number)[][]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
