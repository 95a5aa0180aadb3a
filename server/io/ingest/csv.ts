/**
 * CSV and TSV (RFC 4180: quoted fields may hold delimiters, line breaks and doubled quotes).
 *
 * The first row is a header when one of its cells is no value (text), or is the name of the target
 * that was asked for; otherwise columns are named x1, x2, … Blank lines are allowed at the start and
 * the end only, because in between they could be a lost value.
 */
import { UserError } from '../../../shared/errors.ts'
import { RowTiles } from './dense.ts'
import { Growing } from './growing.ts'
import { Words } from './labels.ts'
import { checkShape, count, counted } from './limits.ts'
import { columnNameOf, type Matrix, type ReadOptions } from './matrix.ts'
import { isValue, parseNumber, quoteCell, unusualValue } from './number.ts'
import { parseText, type Source, type TextParser } from './source.ts'
import { ColumnStats } from './stats.ts'

const NEWLINE = 10
const RETURN = 13
const SPACE = 32
const QUOTE = 34

/** What the first row decided: names, and a place for the cells of a row. */
interface Table {
  names: string[] | null
  /** Number of the target column, or −1. */
  target: number
  stats: ColumnStats
  tiles: RowTiles
  /** (d) the current row without its target. */
  row: Float64Array<ArrayBuffer>
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

  get #fields(): number {
    return this.table!.row.length + (this.table!.target < 0 ? 0 : 1)
  }

  consume(b: Buffer, isLast: boolean): number {
    let at = 0
    while (at < b.length) {
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
    if (column < this.#fields) {
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
      if (isTarget) this.targets.push(x)
      else table.row[table.target >= 0 && column > table.target ? column - 1 : column] = x
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
    if (fields !== this.#fields)
      throw new UserError(
        `${this.#source.label}, line ${count(this.#rowLine)} has ${counted(fields, 'field')}, expected ${count(this.#fields)} as in the first row; check its delimiters and quotes.`,
      )
    this.table.tiles.append(this.table.row, this.table.row.length)
  }

  /** The first row is complete: header or values? */
  #open(): void {
    const first = this.#first
    this.#first = []
    const { label } = this.#source
    const wanted = this.#options.target
    const isHeader = first.some((cell) => cell === wanted || !isValue(cell))
    const target = wanted === null ? -1 : this.#findTarget(first, isHeader, wanted)
    const columns = first.length - (target < 0 ? 0 : 1)
    if (columns === 0)
      throw new UserError(`${label} has no column besides its target; add the columns of X.`)
    checkShape(label, 1, columns)
    const names = isHeader ? first.filter((_, j) => j !== target).map(cleanName) : null
    const stats = new ColumnStats(columns, this.#options.imputes)
    const { spill } = this.#options
    const tiles = new RowTiles({ label, columns, type: 'f64', stats, spill })
    this.table = { names, target, stats, tiles, row: new Float64Array(columns) }
    if (isHeader) return
    // The values go the ordinary way, back as the bytes of the line they were on.
    this.line = this.#rowLine
    for (const cell of first) {
      const bytes = Buffer.from(cell)
      this.#cell(bytes, 0, bytes.length, false)
    }
    this.#endRow()
  }

  #findTarget(first: string[], isHeader: boolean, wanted: string): number {
    const names = isHeader ? first : first.map((_, j) => `x${j + 1}`)
    const at = names.indexOf(wanted)
    const { label } = this.#source
    if (at < 0)
      throw new UserError(
        `${label} has no column ${quoteCell(wanted)} for the target; ${
          isHeader ? 'its columns are' : 'it has no header, so its columns are'
        } ${names.length > 12 ? `${names.slice(0, 10).join(', ')}, … (${count(names.length)})` : names.join(', ')}.`,
      )
    if (names.indexOf(wanted, at + 1) >= 0)
      throw new UserError(
        `${label} has two columns named ${quoteCell(wanted)}; rename the one that is not the target.`,
      )
    return at
  }
}

/** Names are stored one a line. */
const cleanName = (name: string, j: number): string =>
  name.replace(/\s*[\r\n]+\s*/g, ' ') || `x${j + 1}`

/** The delimiter that the first line uses most, outside quotes; a comma if it has none. */
function sniffDelimiter({ head }: Source): number {
  const counts = new Map([',', ';', '\t'].map((c) => [c.charCodeAt(0), 0]))
  let quoted = false
  for (const c of head) {
    if (c === QUOTE) quoted = !quoted
    if (c === NEWLINE && !quoted) break
    const seen = counts.get(c)
    if (seen !== undefined && !quoted) counts.set(c, seen + 1)
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
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
