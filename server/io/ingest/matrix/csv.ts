/**
 * CSV and TSV (RFC 4180: quoted fields may hold delimiters, line breaks and doubled quotes).
 *
 * The first row is a header when one of its cells is no value (text), or is the name of the target
 * that was asked for; otherwise columns are named x1, x2, … Blank lines are allowed at the start and
 * the end only, because in between they could be a lost value.
 */
import { UserError } from '../../../../shared/errors.ts'
import { Growing } from '../growing.ts'
import { checkShape, count, counted } from '../limits.ts'
import { isValue, parseNumber, quoteCell, unusualValue } from '../number.ts'
import { parseText, type Source, type TextParser } from '../source.ts'
import type { TextKernel } from '../text/kernel.ts'
import { cleanName, findTarget, sniffDelimiter } from './csvHeader.ts'
import { RowTiles } from './dense.ts'
import { Words } from './labels.ts'
import { columnNameOf, type Matrix, type ReadOptions } from './matrix.ts'
import { ColumnStats } from './stats.ts'

const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34

/** What the first row decided, and where cells go. */
interface Table {
  names: string[] | null
  /** Number of the target column, or −1. */
  target: number
  /** Columns, the target among them. */
  fields: number
  stats: ColumnStats
  tiles: RowTiles
}

class CsvParser implements TextParser {
  line = 1
  table: Table | null = null
  readonly targets = new Growing()
  /** Instead, when the first target is no number. */
  words: Words | null = null
  readonly #source: Source
  readonly #options: ReadOptions
  readonly #delimiter: number
  /** A cell on its way. */
  readonly #one = new Float64Array(1)
  /** Cells of the first row, until it is complete. */
  #first: string[] = []
  #column = 0
  /** The first blank line after the table began, or 0. */
  #blankLine = 0
  /** The line on which the current row began. */
  #rowLine = 1

  constructor(source: Source, options: ReadOptions, delimiter: number) {
    this.#source = source
    this.#options = options
    this.#delimiter = delimiter
  }

  consume(b: Buffer, isLast: boolean): number {
    const end = isLast ? b.length : this.#lastBreak(b) + 1
    const kernel = this.#options.kernel
    kernel?.load(b.subarray(0, end))
    let at = 0
    while (at < b.length) {
      if (kernel && this.table && at < end && this.#blankLine === 0) {
        at = this.#takeRegular(kernel, this.table, at)
        if (at >= b.length) return b.length
      }
      const next = b[at] === QUOTE ? this.#quoted(b, at, isLast) : this.#plain(b, at, isLast)
      if (next < 0) return at
      at = next
    }
    // The last row has no line break and ends with a delimiter: an empty field follows.
    if (isLast && this.#column > 0) {
      this.#cell(b, at, at, false)
      this.#endRow()
    }
    return at
  }

  /** Where the last delimiter or line break is, or −1. */
  #lastBreak(b: Buffer): number {
    return Math.max(b.lastIndexOf(NEWLINE), b.lastIndexOf(this.#delimiter))
  }

  /** Plain numbers from `at` on; returns the beginning of a field that is not one. */
  #takeRegular({ exports, from, end, x }: TextKernel, table: Table, at: number): number {
    const first = this.#column
    exports.column.value = first
    const words = this.words ? table.target : -1
    const to = exports.readCells(
      ...([from + at, end, this.#delimiter, table.fields, words, x.byteOffset] as const),
    )
    this.line += exports.rowsEnded.value
    if (first === 0 || exports.rowsEnded.value > 0) this.#rowLine = this.line
    this.#column = exports.column.value
    this.#take(table, x.subarray(0, exports.cells.value), first)
    return to - from
  }

  /** Cells in file order, the first of them in column `first`; the target's are taken out of them. */
  #take({ target, fields, tiles }: Table, cells: Float64Array<ArrayBuffer>, first: number): void {
    if (target < 0) {
      tiles.append(cells, cells.length)
      return
    }
    let kept = 0
    let column = first
    for (let k = 0; k < cells.length; k++) {
      if (column === target) this.targets.push(cells[k]!)
      else cells[kept++] = cells[k]!
      if (++column === fields) column = 0
    }
    tiles.append(cells, kept)
  }

  /** Take an unquoted field; returns where the next one starts, −1 if it is not complete. */
  #plain(b: Buffer, from: number, isLast: boolean): number {
    let to = from
    while (to < b.length && b[to] !== this.#delimiter && b[to] !== NEWLINE) to++
    if (to === b.length && !isLast) return -1
    const ends = to === b.length || b[to] === NEWLINE
    let end = to
    if (ends && end > from && b[end - 1] === RETURN) end--
    if (ends && this.#column === 0 && end === from) {
      if (this.table && this.#blankLine === 0) this.#blankLine = this.line
      this.line++
      return to + 1
    }
    this.#cell(b, from, end, false)
    if (ends) this.#endRow()
    return Math.min(to + 1, b.length)
  }

  #quoted(b: Buffer, from: number, isLast: boolean): number {
    let to = from + 1
    let breaks = 0
    for (; ; to++) {
      if (to >= b.length) {
        if (!isLast) return -1
        throw new UserError(`${this.#where()}: the quoted field is never closed; add a quote (").`)
      }
      if (b[to] === NEWLINE) breaks++
      if (b[to] !== QUOTE) continue
      if (b[to + 1] !== QUOTE) break
      to++
    }
    let after = to + 1
    if (b[after] === RETURN) after++
    if (after >= b.length && !isLast) return -1
    const ends = after >= b.length || b[after] === NEWLINE
    if (!ends && b[after] !== this.#delimiter)
      throw new UserError(
        `${this.#where()}: text follows a closing quote; double the quotes inside a quoted field.`,
      )
    this.#cell(b, from + 1, to, true)
    this.line += breaks
    if (ends) this.#endRow()
    return Math.min(after + 1, b.length)
  }

  #where(): string {
    const place = `${this.#source.label}, line ${count(this.line)}`
    if (!this.table) return place
    return `${place}, column ${quoteCell(this.#nameOf(this.#column))}`
  }

  #nameOf(field: number): string {
    const { names, target } = this.table!
    if (field === target) return this.#options.target!
    return columnNameOf(names, target >= 0 && field > target ? field - 1 : field)
  }

  #cell(b: Buffer, from: number, to: number, isQuoted: boolean): void {
    if (this.#column === 0) this.#beginRow()
    const { table } = this
    if (table === null) {
      const text = b.toString('utf8', from, to)
      this.#first.push((isQuoted ? text.replaceAll('""', '"') : text).trim())
      this.#column++
      return
    }
    let start = from
    let end = to
    while (start < end && b[start] === SPACE) start++
    while (end > start && b[end - 1] === SPACE) end--
    const column = this.#column
    if (column < table.fields) {
      const isTarget = column === table.target
      if (isTarget && this.#isWord(b, start, end, isQuoted)) {
        this.#column++
        return
      }
      let x = parseNumber(b, start, end)
      if (x - x !== 0) {
        const imputes = this.#options.imputes && !isTarget
        x = unusualValue(b.toString('utf8', start, end), imputes, this.#where())
      }
      this.#one[0] = x
      this.#take(table, this.#one, column)
    }
    this.#column++
  }

  /** Take a target in words. The first one decides for all. */
  #isWord(b: Buffer, from: number, to: number, isQuoted: boolean): boolean {
    if (!this.words && this.targets.length > 0) return false
    const text = b.toString('utf8', from, to)
    if (!this.words && isValue(text)) return false
    this.words ??= new Words()
    this.words.push(isQuoted ? text.replaceAll('""', '"') : text, () => this.#where())
    return true
  }

  #beginRow(): void {
    this.#rowLine = this.line
    if (this.#blankLine === 0) return
    throw new UserError(
      `${this.#source.label}, line ${count(this.#blankLine)} is blank; remove it, or give its values.`,
    )
  }

  #endRow(): void {
    this.line++
    const fields = this.#column
    this.#column = 0
    if (this.table === null) {
      this.#open()
      return
    }
    if (fields !== this.table.fields)
      throw new UserError(
        `${this.#source.label}, line ${count(this.#rowLine)} has ${counted(fields, 'field')}, expected ${count(this.table.fields)} as in the first row; check its delimiters and quotes.`,
      )
  }

  /** The first row is complete: header or values? */
  #open(): void {
    const first = this.#first
    this.#first = []
    const { label } = this.#source
    const wanted = this.#options.target
    const isHeader = first.some((cell) => cell === wanted || !isValue(cell))
    const target = wanted === null ? -1 : findTarget(label, first, isHeader, wanted)
    const columns = first.length - (target < 0 ? 0 : 1)
    if (columns === 0)
      throw new UserError(`${label} has no column besides its target; add the columns of X.`)
    checkShape(label, 1, columns)
    const names = isHeader ? first.filter((_, j) => j !== target).map(cleanName) : null
    const stats = new ColumnStats(columns, this.#options.imputes)
    const { spill } = this.#options
    const tiles = new RowTiles({ label, columns, type: 'f64', stats, spill })
    this.table = { names, target, fields: first.length, stats, tiles }
    if (isHeader) return
    // The values go the ordinary way, back as the bytes of the line they were on.
    this.line = this.#rowLine
    for (const cell of first) {
      const bytes = Buffer.from(cell)
      this.#cell(bytes, 0, bytes.length, false)
    }
    this.#endRow()
  }
}

export async function readCsv(
  source: Source,
  options: ReadOptions,
  onRead: (fraction: number) => void,
  isTsv: boolean,
): Promise<Matrix> {
  const { label } = source
  const parser = new CsvParser(source, options, isTsv ? 9 : sniffDelimiter(source))
  await parseText(source, parser, onRead)
  const { table } = parser
  if (!table) throw new UserError(`${label} has only blank lines; expected a row for each sample.`)
  const { names, stats, tiles } = table
  const rows = tiles.finish()
  if (rows === 0) throw new UserError(`${label} has a header but no rows; add the data.`)
  checkShape(label, rows, stats.columns)
  const placeOf = (j: number): string => `${label}, column ${quoteCell(columnNameOf(names, j))}`
  const y = parser.words?.finish() ?? { values: parser.targets.finish(), labels: null }
  return {
    rows,
    columns: stats.columns,
    stats,
    constantColumns: stats.settle(rows, placeOf),
    reader: tiles,
    names,
    target: table.target < 0 ? null : { ...y, name: options.target },
    format: isTsv ? 'TSV' : 'CSV',
  }
}
