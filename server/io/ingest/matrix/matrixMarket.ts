/**
 * MatrixMarket: a banner, comments, a size line, then entries (`coordinate`: row column value, both
 * from 1) or values column by column (`array`). Symmetric files list one triangle; the other is its
 * mirror image.
 */
import { UserError } from '../../../../shared/errors.ts'
import { checkFilling, checkShape, count, counted } from '../limits.ts'
import { cellValue, parseIndex, quoteCell } from '../number.ts'
import { parseText, type Source, type TextParser } from '../source.ts'
import type { TextKernel } from '../text/kernel.ts'
import { ColumnPieces } from './dense.ts'
import { EntryRuns } from './entries.ts'
import type { ColumnReader, Matrix, ReadOptions } from './matrix.ts'
import { type Banner, readBanner } from './matrixMarketBanner.ts'
import { ColumnStats } from './stats.ts'

const NEWLINE = 10
const PERCENT = 37
/** Cells of an array that are passed on together. */
const CELLS = 4096
/** What the kernel counts with. */
const LINES_MAX = 2 ** 31 - 1

/** Where entries go: rows and columns count from 0. */
interface Sink {
  reader: ColumnReader
  stats: ColumnStats
  /** Entries that the size line promises to list. */
  expected: number
  put(row: number, column: number, x: number): void
  /** Where entries go as they are, many at once; null: they have to be put one by one. */
  runs: EntryRuns | null
  finish(): void
}

/** Turns the size line into a sink, after checking that the file can hold what it claims. */
type OpenSink = (rows: number, columns: number, entries: number) => Sink

class MatrixMarketParser implements TextParser {
  line = 0
  sink: Sink | null = null
  rows = 0
  columns = 0
  seen = 0
  /** Array: where the next value goes. */
  #row = 0
  #column = 0
  readonly #label: string
  readonly #banner: Banner
  readonly #imputes: boolean
  readonly #kernel: TextKernel | null
  readonly #open: OpenSink
  /** Start and end of the fields of the current line, one after the other. */
  readonly #fields = new Float64Array(8)

  constructor(label: string, banner: Banner, { imputes, kernel }: ReadOptions, open: OpenSink) {
    this.#label = label
    this.#banner = banner
    this.#imputes = imputes
    this.#kernel = kernel
    this.#open = open
  }

  readonly #where = (): string => `${this.#label}, line ${count(this.line)}`

  consume(b: Buffer, isLast: boolean): number {
    const end = isLast ? b.length : b.lastIndexOf(NEWLINE) + 1
    if (this.#kernel) this.#kernel.load(b.subarray(0, end))
    for (let from = 0; from < end; ) {
      if (this.#kernel && this.sink?.runs) from = this.#takeRegular(this.#kernel, from)
      if (from >= end) break
      let to = b.indexOf(NEWLINE, from)
      if (to < 0 || to > end) to = end
      this.line++
      if (b[from] !== PERCENT) {
        const fields = this.#split(b, from, to)
        if (fields > 0) this.#take(b, fields)
      }
      from = to + 1
    }
    return end
  }

  /** Plain entries from `at` on; returns the beginning of a line that is not one. */
  #takeRegular({ exports, from, end, a, b, x }: TextKernel, at: number): number {
    const hasValues = Number(!this.#banner.isPattern)
    const left = Math.min(this.sink!.expected - this.seen, LINES_MAX)
    const to = exports.readEntries(
      ...([from + at, end, left, this.rows, this.columns, hasValues] as const),
      ...([a.byteOffset, b.byteOffset, x.byteOffset] as const),
    )
    this.seen += exports.taken.value
    this.line += exports.taken.value
    const stored = exports.stored.value
    this.sink!.runs!.addAll(a.subarray(0, stored), b.subarray(0, stored), x.subarray(0, stored))
    return to - from
  }

  /** Find the fields of a line; returns how many there are (at most four are kept). */
  #split(b: Buffer, from: number, to: number): number {
    let fields = 0
    for (let i = from; i < to; ) {
      while (i < to && b[i]! <= 32) i++
      if (i === to) break
      const start = i
      while (i < to && b[i]! > 32) i++
      if (fields < 4) {
        this.#fields[2 * fields] = start
        this.#fields[2 * fields + 1] = i
      }
      fields++
    }
    return fields
  }

  #take(b: Buffer, fields: number): void {
    const { layout, isPattern } = this.#banner
    const isArray = layout === 'array'
    const expected = this.sink === null ? (isArray ? 2 : 3) : isArray ? 1 : isPattern ? 2 : 3
    if (fields !== expected)
      throw new UserError(
        `${this.#where()} has ${counted(fields, 'field')}, expected ${expected}${
          this.sink ? '' : ` (rows, columns${isArray ? '' : ', entries'})`
        }; correct the line.`,
      )
    if (this.sink === null) this.#size(b, isArray)
    else if (isArray) this.#value(b)
    else this.#entry(b, isPattern)
  }

  #index(b: Buffer, field: number, what: string): number {
    const from = this.#fields[2 * field]!
    const to = this.#fields[2 * field + 1]!
    const value = parseIndex(b, from, to)
    if (value >= 0) return value
    throw new UserError(
      `${this.#where()}: ${quoteCell(b.toString('utf8', from, to))} is not a whole number; expected the ${what}.`,
    )
  }

  #size(b: Buffer, isArray: boolean): void {
    this.rows = this.#index(b, 0, 'number of rows')
    this.columns = this.#index(b, 1, 'number of columns')
    checkShape(this.#where(), this.rows, this.columns)
    if (this.#banner.symmetry !== 'general' && this.rows !== this.columns)
      throw new UserError(
        `${this.#where()}: a ${this.#banner.symmetry} matrix is square, this one is ${this.rows} × ${this.columns}; correct the banner or the size.`,
      )
    const entries = isArray ? 0 : this.#index(b, 2, 'number of entries')
    this.sink = this.#open(this.rows, this.columns, entries)
    if (this.#banner.symmetry === 'skew-symmetric') this.#row = 1
  }

  #entry(b: Buffer, isPattern: boolean): void {
    const row = this.#index(b, 0, 'row')
    const column = this.#index(b, 1, 'column')
    this.#checkIndex('row', row, this.rows)
    this.#checkIndex('column', column, this.columns)
    const x = isPattern ? 1 : this.#cell(b, 2)
    this.#put(row - 1, column - 1, x)
  }

  #checkIndex(what: string, index: number, max: number): void {
    if (index >= 1 && index <= max) return
    throw new UserError(
      `${this.#where()}: ${what} ${index} is outside 1 … ${max}; MatrixMarket counts from 1${
        index === 0 ? ', so add 1 to every index' : ''
      }.`,
    )
  }

  #cell(b: Buffer, field: number): number {
    const from = this.#fields[2 * field]!
    return cellValue(b, from, this.#fields[2 * field + 1]!, this.#imputes, this.#where)
  }

  #value(b: Buffer): void {
    if (this.#column < this.columns) this.#put(this.#row, this.#column, this.#cell(b, 0))
    else this.seen++
    if (++this.#row < this.rows) return
    this.#column++
    const { symmetry } = this.#banner
    this.#row = symmetry === 'general' ? 0 : this.#column + (symmetry === 'symmetric' ? 0 : 1)
    // The last column of a strict triangle is empty.
    if (this.#row >= this.rows) this.#column = this.columns
  }

  #put(row: number, column: number, x: number): void {
    const { symmetry } = this.#banner
    if (++this.seen > this.sink!.expected) this.#refuseCount()
    this.sink!.put(row, column, x)
    if (symmetry === 'general' || (symmetry === 'symmetric' && row === column)) return
    if (row === column)
      throw new UserError(
        `${this.#where()}: the diagonal of a skew-symmetric matrix is 0 and not listed; remove the entry.`,
      )
    this.sink!.put(column, row, symmetry === 'symmetric' ? x : -x)
  }

  #refuseCount(): never {
    const expected = this.sink!.expected
    throw new UserError(
      `${this.#label} has ${this.seen > expected ? 'more entries' : `only ${counted(this.seen, 'entry', 'entries')}`}, but its size line says ${count(expected)}; ${
        this.seen > expected ? 'correct the size line' : 'the file seems cut off, so copy it again'
      }.`,
    )
  }

  finish(): Sink {
    if (this.sink === null)
      throw new UserError(`${this.#label} has no size line; expected rows, columns and entries.`)
    if (this.seen !== this.sink.expected) this.#refuseCount()
    return this.sink
  }
}

function openSink(source: Source, options: ReadOptions, banner: Banner): OpenSink {
  const { label } = source
  const { spill, imputes } = options
  const { layout, symmetry } = banner
  return (rows, columns, entries) => {
    const side = symmetry === 'symmetric' ? rows + 1 : rows - 1
    const cells = symmetry === 'general' ? rows * columns : (rows * side) / 2
    const expected = layout === 'array' ? cells : entries
    // The shortest lines are "0" and "1 1", the last one perhaps without its line break.
    const bytesMin = expected * (layout === 'array' ? 2 : banner.isPattern ? 4 : 6) - 1
    if (bytesMin > source.contentBytesMax)
      throw new UserError(
        `${label} claims ${counted(expected, 'entry', 'entries')}, more than its ${count(source.sizeBytes)} bytes can hold; correct the size line or copy the file again.`,
      )
    checkFilling(label, rows, columns, expected)
    const stats = new ColumnStats(columns, imputes)
    if (layout === 'array' && symmetry === 'general') {
      const pieces = new ColumnPieces({ label, columns, type: 'f64', stats, spill }, rows)
      const cells = new Float64Array(CELLS)
      let count = 0
      const flush = (): void => {
        pieces.append(cells, count)
        count = 0
      }
      const put = (_row: number, _column: number, x: number): void => {
        cells[count++] = x
        if (count === CELLS) flush()
      }
      const finish = (): void => {
        flush()
        pieces.finish()
      }
      return { reader: pieces, stats, expected, put, runs: null, finish }
    }
    const runs = new EntryRuns(label, spill, stats)
    const put = (row: number, column: number, x: number): void => runs.add(row, column, x)
    const isPlain = layout === 'coordinate' && symmetry === 'general'
    const finish = (): void => runs.finish()
    return { reader: runs, stats, expected, put, runs: isPlain ? runs : null, finish }
  }
}

export async function readMatrixMarket(
  source: Source,
  options: ReadOptions,
  onRead: (fraction: number) => void,
): Promise<Matrix> {
  const { label } = source
  const banner = readBanner(source)
  const open = openSink(source, options, banner)
  const parser = new MatrixMarketParser(label, banner, options, open)
  await parseText(source, parser, onRead)
  const { reader, stats, finish } = parser.finish()
  finish()
  const { rows, columns } = parser
  return {
    rows,
    columns,
    stats,
    constantColumns: stats.settle(rows, (j) => `${label}, column ${j + 1}`),
    reader,
    names: null,
    target: null,
    format: `MatrixMarket ${banner.layout}`,
  }
}
