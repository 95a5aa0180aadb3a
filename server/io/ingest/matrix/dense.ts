/**
 * Dense matrices on their way from rows to columns.
 *
 * Rows are gathered in tiles, each kept column after column; the columns from … to of a tile are one
 * contiguous piece, so a shard is assembled by one read per tile and nothing is sorted. A file that
 * stores columns already (Fortran order) is cut into plain pieces. Cells keep the type of the file.
 */
import { UserError } from '../../../../shared/errors.ts'
import type { Kept, Spill } from '../spill.ts'
import { type Cells, type CellType, cellTypes } from './cells.ts'
import type { ColumnReader, Columns } from './matrix.ts'
import type { ColumnStats } from './stats.ts'

/** Tiles double from this size to the spill's unit, so that small files take little memory. */
const TILE_BYTES_FIRST = 64 << 10

/** How the cells reach `append`, and where they go. */
export interface DenseOptions {
  label: string
  columns: number
  type: CellType
  stats: ColumnStats
  spill: Spill
}

interface DenseCollector extends ColumnReader {
  /** Cells in file order; they may end anywhere. */
  append(values: Cells, length: number): void
  /** No more cells. Returns the number of whole rows. */
  finish(): number
}

/** A value that is neither finite nor imputable; row and column count from 0. */
function refuseValue(label: string, row: number, column: number, x: number): never {
  throw new UserError(
    `${label}: the value in row ${row + 1}, column ${column + 1} is ${x}, which is not finite; replace it${
      !Number.isNaN(x) ? '' : ', or ask for the column’s mean with --impute mean'
    }.`,
  )
}

/** Count cells of one column; returns the place of one that is not admissible, or −1. */
function admit({ stats }: DenseOptions, column: number, cells: Cells): number {
  if (!(cells instanceof Uint8Array)) return stats.addCells(column, cells)
  stats.addBytes(column, cells)
  return -1
}

/** Rows arrive (C order, CSV). */
export class RowTiles implements DenseCollector {
  readonly #options: DenseOptions
  readonly #tiles: { kept: Kept; rows: number; stride: number; firstRow: number }[] = []
  #tile: Cells = new Uint8Array(0)
  /** Rows the tile can hold, which is also the distance between its columns. */
  #stride = 0
  #row = 0
  #column = 0
  #rows = 0
  #tileBytes: number

  constructor(options: DenseOptions) {
    this.#options = options
    this.#tileBytes = Math.min(TILE_BYTES_FIRST, options.spill.unitBytes)
  }

  append(values: Cells, length: number): void {
    const { columns } = this.#options
    for (let k = 0; k < length; ) {
      if (this.#row === this.#stride) this.#flush(this.#row)
      const rows = Math.min(this.#stride - this.#row, Math.floor((length - k) / columns))
      if (this.#column > 0 || rows === 0) k += this.#appendSome(values, k, length)
      else k += this.#appendRows(values, k, rows)
    }
  }

  /** Cells of the current row from k on; returns how many there were. */
  #appendSome(values: Cells, k: number, length: number): number {
    const { columns } = this.#options
    const count = Math.min(length - k, columns - this.#column)
    let at = this.#column * this.#stride + this.#row
    for (let c = 0; c < count; c++, at += this.#stride) this.#tile[at] = values[k + c]!
    this.#column += count
    if (this.#column === columns) {
      this.#column = 0
      this.#row++
    }
    return count
  }

  /** Whole rows from k on, a column of them at a time: the tile is written front to back. */
  #appendRows(values: Cells, k: number, rows: number): number {
    const { columns } = this.#options
    const tile = this.#tile
    for (let c = 0; c < columns; c++) {
      let at = c * this.#stride + this.#row
      for (let i = 0, from = k + c; i < rows; i++, from += columns) tile[at++] = values[from]!
    }
    this.#row += rows
    return rows * columns
  }

  /** Count the cells of the tile, a column at a time. */
  #admit(rows: number): void {
    let isFine = true
    for (let c = 0; c < this.#options.columns; c++) {
      const from = c * this.#stride
      if (admit(this.#options, c, this.#tile.subarray(from, from + rows)) >= 0) isFine = false
    }
    if (!isFine) this.#refuse(rows)
  }

  /** The first cell in the order of the file that is not admissible. */
  #refuse(rows: number): never {
    const { label, columns, stats } = this.#options
    for (let i = 0; i < rows; i++)
      for (let c = 0; c < columns; c++) {
        const x = this.#tile[c * this.#stride + i]!
        const isMissing = Number.isNaN(x) && stats.imputes
        if (x - x !== 0 && !isMissing) refuseValue(label, this.#rows + i, c, x)
      }
    throw new Error('a tile without a cell to refuse was refused')
  }

  #flush(rows: number): void {
    const { columns, type, spill } = this.#options
    const Cells = cellTypes[type]
    let reusable = false
    if (rows > 0) {
      this.#admit(rows)
      const { buffer, byteOffset, byteLength } = this.#tile
      const kept = spill.keep(new Uint8Array(buffer, byteOffset, byteLength))
      this.#tiles.push({ kept, rows, stride: this.#stride, firstRow: this.#rows })
      this.#rows += rows
      this.#row = 0
      reusable = kept.memory === null
    }
    const rowBytes = columns * Cells.BYTES_PER_ELEMENT
    const stride = Math.max(1, Math.floor(this.#tileBytes / rowBytes))
    this.#tileBytes = Math.min(spill.unitBytes, 2 * this.#tileBytes)
    if (reusable && stride === this.#stride) return
    this.#stride = stride
    this.#tile = new Cells(columns * stride)
  }

  finish(): number {
    this.#flush(this.#row)
    this.#tile = new Uint8Array(0)
    return this.#rows
  }

  read(from: number, to: number): Columns {
    const { type, spill } = this.#options
    const Cells = cellTypes[type]
    const n = this.#rows
    const out = new Cells((to - from) * n)
    for (const { kept, rows, stride, firstRow } of this.#tiles) {
      const columnBytes = stride * Cells.BYTES_PER_ELEMENT
      const bytes = spill.read(kept, from * columnBytes, to * columnBytes)
      const cells = new Cells(bytes.buffer, bytes.byteOffset, (to - from) * stride)
      for (let j = 0; j < to - from; j++)
        out.set(cells.subarray(j * stride, j * stride + rows), j * n + firstRow)
    }
    return columnsOf(this.#options, out, n, from, to)
  }
}

/** Columns arrive (Fortran order, MatrixMarket array); the number of rows is known. */
export class ColumnPieces implements DenseCollector {
  readonly #options: DenseOptions
  readonly #rows: number
  readonly #pieces: { kept: Kept; from: number; to: number }[] = []
  #piece: Cells
  #at = 0
  #row = 0
  #column = 0
  /** Cells in the pieces kept so far. */
  #cells = 0
  #pieceBytes: number

  constructor(options: DenseOptions, rows: number) {
    this.#options = options
    this.#rows = rows
    this.#pieceBytes = Math.min(TILE_BYTES_FIRST, options.spill.unitBytes)
    this.#piece = new cellTypes[options.type](0)
  }

  append(values: Cells, length: number): void {
    for (let k = 0; k < length; ) {
      if (this.#at === this.#piece.length) this.#flush()
      const room = Math.min(length - k, this.#piece.length - this.#at, this.#rows - this.#row)
      const run = this.#piece.subarray(this.#at, this.#at + room)
      run.set(values.subarray(k, k + room))
      const bad = admit(this.#options, this.#column, run)
      if (bad >= 0) refuseValue(this.#options.label, this.#row + bad, this.#column, run[bad]!)
      this.#at += room
      this.#row += room
      k += room
      if (this.#row < this.#rows) continue
      this.#row = 0
      this.#column++
    }
  }

  #flush(): void {
    const { type, spill } = this.#options
    const Cells = cellTypes[type]
    let reusable = false
    if (this.#at > 0) {
      const bytes = this.#at * Cells.BYTES_PER_ELEMENT
      const kept = spill.keep(new Uint8Array(this.#piece.buffer, this.#piece.byteOffset, bytes))
      this.#pieces.push({ kept, from: this.#cells, to: this.#cells + this.#at })
      this.#cells += this.#at
      reusable = kept.memory === null
    }
    this.#at = 0
    const length = this.#pieceBytes / Cells.BYTES_PER_ELEMENT
    this.#pieceBytes = Math.min(spill.unitBytes, 2 * this.#pieceBytes)
    if (!reusable || length !== this.#piece.length) this.#piece = new Cells(length)
  }

  finish(): number {
    this.#flush()
    this.#piece = new Uint8Array(0)
    return this.#rows
  }

  read(from: number, to: number): Columns {
    const { type, spill } = this.#options
    const Cells = cellTypes[type]
    const n = this.#rows
    const out = new Cells((to - from) * n)
    for (const piece of this.#pieces) {
      const first = Math.max(piece.from, from * n)
      const end = Math.min(piece.to, to * n)
      if (first >= end) continue
      const size = Cells.BYTES_PER_ELEMENT
      const bytes = spill.read(piece.kept, (first - piece.from) * size, (end - piece.from) * size)
      out.set(new Cells(bytes.buffer, bytes.byteOffset, end - first), first - from * n)
    }
    return columnsOf(this.#options, out, n, from, to)
  }
}

/** Split column-major cells into columns, missing values replaced by their column's mean. */
function columnsOf(
  { stats }: DenseOptions,
  cells: Cells,
  rows: number,
  from: number,
  to: number,
): Columns {
  const columns: Cells[] = []
  for (let j = from; j < to; j++) {
    const column = cells.subarray((j - from) * rows, (j - from + 1) * rows)
    const mean = stats.means?.[j]
    columns.push(
      mean !== undefined && stats.hasMissing(j)
        ? Float64Array.from(column, (x) => (Number.isNaN(x) ? mean : x))
        : column,
    )
  }
  return { layout: 'dense', columns }
}
