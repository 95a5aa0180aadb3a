/** Ratings in MatrixMarket's coordinate format: rows are users, columns items, both from 1. */
import { UserError } from '../../../../shared/errors.ts'
import { checkFilling, checkShape, count, counted } from '../limits.ts'
import { eachLine } from '../lines.ts'
import { quoteCell } from '../number.ts'
import type { Source } from '../source.ts'
import { ratingOf } from './lines.ts'
import type { Ids, RatingTable } from './table.ts'

export async function readCoordinates(
  source: Source,
  table: RatingTable,
  users: Ids,
  items: Ids,
  onRead: (fraction: number) => void,
): Promise<void> {
  const { label } = source
  let isPattern = false
  let size: { rows: number; columns: number; entries: number } | null = null
  await eachLine(source, onRead, (line, number) => {
    const where = (): string => `${label}, line ${count(number)}`
    if (number === 1) {
      isPattern = readBanner(line, where)
      return
    }
    if (line.startsWith('%') || line.trim() === '') return
    const fields = line.trim().split(/\s+/)
    if (!size) {
      size = readSize(fields, where, source)
      for (let row = 1; row <= size.rows; row++) users.numberOf(`${row}`)
      for (let column = 1; column <= size.columns; column++) items.numberOf(`${column}`)
      return
    }
    const expected = isPattern ? 2 : 3
    if (fields.length !== expected)
      throw new UserError(
        `${where()} has ${counted(fields.length, 'field')}, expected ${expected}; correct the line.`,
      )
    const user = indexOf(fields[0]!, 'row', size.rows, where)
    const item = indexOf(fields[1]!, 'column', size.columns, where)
    const rating = isPattern ? 1 : ratingOf(fields[2]!, where)
    table.add(users.numberOf(`${user}`), items.numberOf(`${item}`), rating)
  })
  const { entries } = size ?? noSize(label)
  if (table.length !== entries)
    throw new UserError(
      `${label} has ${counted(table.length, 'entry', 'entries')}, but its size line says ${count(entries)}; correct the size line or copy the file again.`,
    )
}

function noSize(label: string): never {
  throw new UserError(`${label} has no size line; expected rows, columns and entries.`)
}

/** True for a pattern, whose entries have no values. */
function readBanner(line: string, where: () => string): boolean {
  const [, object, layout, field, symmetry] = line.toLowerCase().trim().split(/\s+/)
  const isField = field === 'real' || field === 'integer' || field === 'pattern'
  if (object !== 'matrix' || layout !== 'coordinate' || !isField || symmetry !== 'general')
    throw new UserError(
      `${where()}: ${quoteCell(line)} holds no ratings; expected "%%MatrixMarket matrix coordinate", then real, integer or pattern, then general.`,
    )
  return field === 'pattern'
}

function readSize(fields: string[], where: () => string, source: Source) {
  const numbers = fields.map(Number)
  if (numbers.length !== 3 || !numbers.every((x) => Number.isSafeInteger(x) && x >= 0))
    throw new UserError(`${where()}: expected the numbers of rows, columns and entries.`)
  const [rows, columns, entries] = numbers as [number, number, number]
  checkShape(where(), rows, columns)
  // The shortest line is "1 1".
  if (4 * entries - 1 > source.contentBytesMax)
    throw new UserError(
      `${source.label} claims ${counted(entries, 'entry', 'entries')}, more than its ${count(source.sizeBytes)} bytes can hold; correct the size line or copy the file again.`,
    )
  checkFilling(source.label, rows, columns, entries)
  return { rows, columns, entries }
}

function indexOf(text: string, what: string, max: number, where: () => string): number {
  const index = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (index >= 1 && index <= max) return index
  throw new UserError(
    `${where()}: ${what} ${quoteCell(text)} is outside 1 … ${max}; MatrixMarket counts from 1${index === 0 ? ', so add 1 to every index' : ''}.`,
  )
}
