/**
 * A matrix turned over: for datasets that are cut by examples (rows of the file) instead of features.
 *
 * Columns are read once, a shard's worth at a time, and their entries sorted by row like those of any
 * sparse file: memory stays within what the spill allows.
 */

import type { Spill } from '../spill.ts'
import { EntryRuns } from './entries.ts'
import { columnNameOf, type Matrix } from './matrix.ts'
import { planShards } from './plan.ts'
import { ColumnStats } from './stats.ts'

/** Xᵀ; X has been read thereafter. The target keeps its order, which is now that of the columns. */
export function transposed(matrix: Matrix, label: string, spill: Spill): Matrix {
  const { rows, columns, reader, names } = matrix
  const stats = new ColumnStats(rows, false)
  const entries = new EntryRuns(label, spill, stats)
  for (const { from, to } of planShards(matrix.stats, rows, (j) => columnNameOf(names, j))) {
    const read = reader.read(from, to)
    if (read.layout === 'dense')
      read.columns.forEach((column, c) => {
        for (let i = 0; i < rows; i++) entries.add(from + c, i, column[i]!)
      })
    else
      for (let c = 0; c < to - from; c++)
        for (let k = read.starts[c]!; k < read.starts[c + 1]!; k++)
          entries.add(from + c, read.rows[k]!, read.values[k]!)
  }
  entries.finish()
  // What is constant among the values of an example says nothing.
  return {
    ...matrix,
    rows: columns,
    columns: rows,
    stats,
    constantColumns: 0,
    reader: entries,
    names: null,
  }
}
