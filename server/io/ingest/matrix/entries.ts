/**
 * Sparse matrices on their way from entries in any order to columns.
 *
 * Entries are gathered in runs; a full run is sorted by column (a stable sort, so rows keep their
 * order) and kept. Reading merges the runs: every run is read once, front to back, because the
 * shards ask for ascending columns.
 */
import { UserError } from '../../../../shared/errors.ts'
import type { Kept, Spill } from '../spill.ts'
import type { ColumnReader, SparseBlock } from './matrix.ts'
import { sortByKey } from './sortByKey.ts'
import type { ColumnStats } from './stats.ts'

const ENTRY_BYTES = 16
/** Runs grow to the spill's unit from this size, so that a small file takes little memory. */
const RUN_ENTRIES_FIRST = 256
/** The part of a run that is in memory while runs are merged: 256 KB for each of a large file. */
const WINDOW_SHARE = 1 / 64

interface Run {
  kept: Kept
  length: number
  /** Next entry to read. */
  at: number
  /** Entries in the window, which starts at `windowAt`. */
  windowAt: number
  values: Float64Array
  columns: Uint32Array
  rows: Uint32Array
}

export class EntryRuns implements ColumnReader {
  readonly #label: string
  readonly #spill: Spill
  readonly #stats: ColumnStats
  readonly #runs: Run[] = []
  #values = new Float64Array(RUN_ENTRIES_FIRST)
  #columns = new Uint32Array(RUN_ENTRIES_FIRST)
  #rows = new Uint32Array(RUN_ENTRIES_FIRST)
  readonly #window: number
  #length = 0
  #total = 0
  /** Column number of the file's first column: 1 once dropFirst was called. */
  #base = 0

  constructor(label: string, spill: Spill, stats: ColumnStats) {
    this.#label = label
    this.#spill = spill
    this.#stats = stats
    this.#window = (spill.unitBytes / ENTRY_BYTES) * WINDOW_SHARE
  }

  get total(): number {
    return this.#total
  }

  /** There is a column of this number, whether or not it has entries. */
  widen(column: number): void {
    this.#stats.reserve(column)
  }

  /** Note one entry: finite or, when imputing, NaN. Zeros are left out. */
  add(row: number, column: number, x: number): void {
    if (x === 0) return
    this.#stats.reserve(column)
    if (!Number.isNaN(x)) this.#stats.add(column, x)
    else this.#stats.addMissing(column)
    if (this.#length === this.#values.length) this.#full()
    const at = this.#length++
    this.#values[at] = x
    this.#columns[at] = column
    this.#rows[at] = row
    this.#total++
  }

  /** Note many: finite and not zero. */
  addAll(rows: Uint32Array, columns: Uint32Array, xs: Float64Array): void {
    this.#stats.addEntries(columns, xs)
    this.#total += xs.length
    for (let from = 0; from < xs.length; ) {
      if (this.#length === this.#values.length) this.#full()
      const to = Math.min(xs.length, from + this.#values.length - this.#length)
      this.#values.set(xs.subarray(from, to), this.#length)
      this.#columns.set(columns.subarray(from, to), this.#length)
      this.#rows.set(rows.subarray(from, to), this.#length)
      this.#length += to - from
      from = to
    }
  }

  #full(): void {
    const size = this.#values.length
    if (size * ENTRY_BYTES >= this.#spill.unitBytes) {
      this.#flush()
      return
    }
    const grow = <T extends Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from)
      return into
    }
    this.#values = grow(new Float64Array(4 * size), this.#values)
    this.#columns = grow(new Uint32Array(4 * size), this.#columns)
    this.#rows = grow(new Uint32Array(4 * size), this.#rows)
  }

  #flush(): void {
    const length = this.#length
    if (length === 0) return
    const bytes = new Uint8Array(length * ENTRY_BYTES)
    const sorted = {
      values: new Float64Array(bytes.buffer, 0, length),
      keys: new Uint32Array(bytes.buffer, length * 8, length),
      rows: new Uint32Array(bytes.buffer, length * 12, length),
    }
    sortByKey({ keys: this.#columns, rows: this.#rows, values: this.#values }, sorted)
    const kept = this.#spill.keep(bytes)
    const none = { values: new Float64Array(0), columns: new Uint32Array(0) }
    this.#runs.push({ kept, length, at: 0, windowAt: 0, rows: new Uint32Array(0), ...none })
    this.#length = 0
  }

  /** The file counts columns from 1: column 0 is none of its columns. */
  dropFirst(): void {
    this.#base = 1
    this.#stats.dropFirst()
  }

  /** No more entries. */
  finish(): void {
    this.#flush()
    this.#values = new Float64Array(0)
    this.#columns = new Uint32Array(0)
    this.#rows = new Uint32Array(0)
  }

  read(from: number, to: number): SparseBlock {
    const { nonZeros } = this.#stats
    const starts = new Uint32Array(to - from + 1)
    for (let j = from; j < to; j++) starts[j - from + 1] = starts[j - from]! + nonZeros[j]!
    const next = starts.slice()
    const values = new Float64Array(starts[to - from]!)
    const rows = new Uint32Array(values.length)
    for (const run of this.#runs) this.#merge(run, from, to, next, rows, values)
    for (let j = from; j < to; j++)
      this.#sortRows(rows, values, starts[j - from]!, starts[j - from + 1]!, j)
    return { layout: 'sparse', starts, rows, values }
  }

  /** Move the entries of columns from … to − 1 out of a run. */
  #merge(
    run: Run,
    from: number,
    to: number,
    next: Uint32Array,
    rows: Uint32Array,
    values: Float64Array,
  ): void {
    const { means } = this.#stats
    const base = this.#base
    for (; run.at < run.length; run.at++) {
      if (run.at - run.windowAt === run.values.length) this.#load(run)
      const k = run.at - run.windowAt
      const column = run.columns[k]! - base
      if (column >= to) return
      const stored = run.values[k]!
      const x = !Number.isNaN(stored) ? stored : means![column]!
      if (x === 0) continue
      const at = next[column - from]!++
      rows[at] = run.rows[k]!
      values[at] = x
    }
  }

  #load(run: Run): void {
    const { kept, length, at } = run
    const size = kept.memory ? length - at : Math.min(this.#window, length - at)
    const section = (start: number, width: number): Uint8Array =>
      this.#spill.read(kept, start + at * width, start + (at + size) * width)
    const values = section(0, 8)
    const columns = section(length * 8, 4)
    const rows = section(length * 12, 4)
    run.windowAt = at
    run.values = new Float64Array(values.buffer, values.byteOffset, size)
    run.columns = new Uint32Array(columns.buffer, columns.byteOffset, size)
    run.rows = new Uint32Array(rows.buffer, rows.byteOffset, size)
  }

  /**
   * Order the entries from … to − 1, a column's, by row. They are unless the file lists them in
   * another order; twice the same place is refused.
   */
  #sortRows(rows: Uint32Array, values: Float64Array, from: number, to: number, column: number) {
    let sorted = true
    for (let k = from + 1; k < to; k++) if (rows[k]! <= rows[k - 1]!) sorted = false
    if (sorted) return
    const [row, value] = [rows.slice(from, to), values.slice(from, to)]
    const order = Uint32Array.from(row.keys()).sort((a, b) => row[a]! - row[b]!)
    order.forEach((k, place) => {
      rows[from + place] = row[k]!
      values[from + place] = value[k]!
    })
    for (let k = from + 1; k < to; k++)
      if (rows[k] === rows[k - 1])
        throw new UserError(
          `${this.#label} gives row ${rows[k]! + 1}, column ${column + 1} twice; keep one entry for each place.`,
        )
  }
}
