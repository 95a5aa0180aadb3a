/**
 * Dense matrices on their way from rows to columns.
 *
 * Rows are gathered in tiles, each kept column after column; the columns from … to of a tile are one
 * contiguous piece, so a shard is assembled by one read per tile and nothing is sorted. A file that
 * stores columns already (Fortran order) is cut into plain pieces. Cells keep the type of the file.
 */
import { UserError } from '../../../shared/errors.ts'
import type { Cells, ColumnReader, Columns } from './matrix.ts'
import type { Kept, Spill } from './spill.ts'
import type { ColumnStats } from './stats.ts'

/** Tiles double from this size to the spill's unit, so that small files take little memory. */
const TILE_BYTES_FIRST = 64 << 10

export const cellTypes = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const
export type CellType = keyof typeof cellTypes

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

/** Count one cell; returns what to store (−0 becomes 0, so that equal data have equal bytes). */
function admit(options: DenseOptions, row: number, column: number, x: number): number {
  if (x - x !== 0) {
    if (!Number.isNaN(x) || !options.stats.imputes) refuseValue(options.label, row, column, x)
    options.stats.addMissing(column)
    return x
  }
  if (x === 0) return 0
  options.stats.add(column, x)
  return x
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
    let row = this.#row
    let column = this.#column
    for (let k = 0; k < length; k++) {
      if (row === this.#stride) {
        this.#flush(row)
        row = 0
      }
      this.#tile[column * this.#stride + row] = admit(
        this.#options,
        this.#rows + row,
        column,
        values[k]!,
      )
      if (++column === columns) {
        column = 0
        row++
      }
    }
    this.#row = row
    this.#column = column
  }

  #flush(rows: number): void {
    const { columns, type, spill } = this.#options
    const Cells = cellTypes[type]
    let reusable = false
    if (rows > 0) {
      const { buffer, byteOffset, byteLength } = this.#tile
      const kept = spill.keep(new Uint8Array(buffer, byteOffset, byteLength))
      this.#tiles.push({ kept, rows, stride: this.#stride, firstRow: this.#rows })
      this.#rows += rows
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
    if (values instanceof Uint8Array) this.#appendBytes(values.subarray(0, length))
    else this.#appendEach(values, length)
  }

  /** Bytes are finite, and none is −0: they are copied a column or a piece at a time. */
  #appendBytes(values: Uint8Array): void {
    for (let k = 0; k < values.length; ) {
      if (this.#at === this.#piece.length) this.#flush()
      const room = Math.min(this.#piece.length - this.#at, this.#rows - this.#row)
      const run = values.subarray(k, k + room)
      this.#piece.set(run, this.#at)
      this.#options.stats.addBytes(this.#column, run)
      this.#at += run.length
      this.#row += run.length
      k += run.length
      if (this.#row < this.#rows) continue
      this.#row = 0
      this.#column++
    }
  }

  #appendEach(values: Cells, length: number): void {
    let row = this.#row
    let column = this.#column
    for (let k = 0; k < length; k++) {
      if (this.#at === this.#piece.length) this.#flush()
      this.#piece[this.#at++] = admit(this.#options, row, column, values[k]!)
      if (++row === this.#rows) {
        row = 0
        column++
      }
    }
    this.#row = row
    this.#column = column
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
