/** What every reader hands over: a matrix that can be read by columns, in ascending order, once. */

import type { Spill } from '../spill.ts'
import type { TextKernel } from '../text/kernel.ts'
import type { Cells } from './cells.ts'
import type { ColumnStats } from './stats.ts'

/** Entries of column j are starts[j] … starts[j + 1] − 1, their rows ascending. */
export interface SparseBlock {
  layout: 'sparse'
  /** (m + 1) */
  starts: Uint32Array
  /** (nnz) */
  rows: Uint32Array
  /** (nnz) */
  values: Float64Array
}

export type Columns = { layout: 'dense'; columns: Cells[] } | SparseBlock

export interface ColumnReader {
  /** Columns from … to − 1, imputed. Calls must ascend and may not overlap. */
  read(from: number, to: number): Columns
}

export interface Matrix {
  rows: number
  columns: number
  /** Settled: see ColumnStats. */
  stats: ColumnStats
  constantColumns: number
  reader: ColumnReader
  /** Null: the file names no columns. */
  names: string[] | null
  /** The labels or the target column that came with the matrix, and the words that its numbers are. */
  target: { values: Float64Array; name: string | null; labels?: string[] | null } | null
  /** The format as people call it. */
  format: string
}

/** What readers are given besides the bytes. */
export interface ReadOptions {
  spill: Spill
  imputes: boolean
  /** Name of the target column (CSV and TSV only). */
  target: string | null
  /** A vector of one dimension (.npy) is read as one column: for targets. */
  allowsVector: boolean
  /** Reads what is regular in a text file; null: parsers read all. */
  kernel: TextKernel | null
}

/** The name people know column j by. */
export const columnNameOf = (names: string[] | null, j: number): string => names?.[j] ?? `x${j + 1}`
