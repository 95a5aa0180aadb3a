/**
 * Where to cut a matrix into shards.
 *
 * First the columns are cut into runs of like columns: one wide column would widen all of its shard,
 * so a run ends where keeping on would waste too many bytes. Then each run is cut into equal parts of
 * about a megabyte. Parts are equal in encoded bytes, which for sparse columns means in non-zeros,
 * and for dense ones in cells: what a pass over a shard reads, so that work per shard is even.
 *
 * The plan depends on the columns alone, never on the file they came from: equal data, equal shards.
 */
import { UserError } from '../../../../shared/errors.ts'
import {
  pad16,
  SHARD_BYTES_TARGET,
  SHARD_HEADER_BYTES,
  VALUE_BITS,
  type ValueType,
} from '../../../../shared/shard.ts'
import { COLUMN_BYTES_MAX, count } from '../limits.ts'
import { type ColumnStats, typeOfCode } from './stats.ts'

/** A run may waste this much by mixing types and densities before it is cut: a quarter of a shard. */
const WASTE_BYTES_MAX = SHARD_BYTES_TARGET / 4
const U8_CODE = 1

/** Columns from … to − 1 of the dataset, and how to store them. */
export interface ShardPlan {
  from: number
  to: number
  nonZeros: number
  layout: 'dense' | 'sparse'
  valueType: ValueType
}

/** A group of columns as its encoding sees it. */
interface Group {
  columns: number
  nonZeros: number
  code: number
}

function denseBytes(rows: number, { columns, code }: Group): number {
  return pad16(Math.ceil((rows * VALUE_BITS[typeOfCode(code)]) / 8)) * columns
}

function sparseBytes(rows: number, { columns, nonZeros, code }: Group): number {
  const valueBytes = VALUE_BITS[typeOfCode(Math.max(code, U8_CODE))] / 8
  return 4 * columns + nonZeros * (valueBytes + (rows <= 65536 ? 2 : 4))
}

const bytesOf = (rows: number, group: Group): number =>
  Math.min(denseBytes(rows, group), sparseBytes(rows, group))

/** All shards in order of their columns. `nameOf` names a column for people. */
export function planShards(
  stats: ColumnStats,
  rows: number,
  nameOf: (j: number) => string,
): ShardPlan[] {
  const plans: ShardPlan[] = []
  const group: Group = { columns: 0, nonZeros: 0, code: 0 }
  const alone: Group = { columns: 1, nonZeros: 0, code: 0 }
  const merged: Group = { columns: 0, nonZeros: 0, code: 0 }
  let from = 0
  let bytesAlone = 0
  for (let j = 0; j < stats.columns; j++) {
    alone.nonZeros = stats.nonZeros[j]!
    alone.code = stats.typeCode(j)
    const bytes = bytesOf(rows, alone)
    if (bytes > COLUMN_BYTES_MAX)
      throw new UserError(
        `Column ${nameOf(j)} takes ${count(bytes)} bytes; one column may take ${count(COLUMN_BYTES_MAX)}, so take a sample of the rows.`,
      )
    merged.columns = group.columns + 1
    merged.nonZeros = group.nonZeros + alone.nonZeros
    merged.code = Math.max(group.code, alone.code)
    if (bytesOf(rows, merged) - bytesAlone - bytes > WASTE_BYTES_MAX) {
      cutEvenly(plans, stats, rows, from, j)
      Object.assign(group, alone)
      from = j
      bytesAlone = bytes
    } else {
      Object.assign(group, merged)
      bytesAlone += bytes
    }
  }
  cutEvenly(plans, stats, rows, from, stats.columns)
  return plans
}

/** Cut a run into parts of about the target, equal in bytes as the run's layout counts them. */
function cutEvenly(
  plans: ShardPlan[],
  stats: ColumnStats,
  rows: number,
  from: number,
  to: number,
): void {
  const run = groupOf(stats, from, to)
  const isSparse = sparseBytes(rows, run) < denseBytes(rows, run)
  const size = isSparse ? sparseBytes : denseBytes
  const total = size(rows, run)
  // Whole columns a part: with columns of 0.7 MB, parts of one are even, parts of 1.4 would not be.
  const columnsEach = Math.max(1, Math.round(SHARD_BYTES_TARGET / (total / run.columns)))
  const parts = Math.max(1, Math.round(run.columns / columnsEach))
  const one: Group = { columns: 1, nonZeros: 0, code: run.code }
  let start = from
  let done = 0
  let part = 1
  for (let j = from; j < to; j++) {
    one.nonZeros = stats.nonZeros[j]!
    const bytes = size(rows, one)
    // The column goes to the side of the cut on which more of it lies.
    if (part < parts && j > start && done + bytes / 2 > (total * part) / parts) {
      plans.push(planOf(stats, rows, start, j))
      start = j
      while (part < parts && done + bytes / 2 > (total * part) / parts) part++
    }
    done += bytes
  }
  plans.push(planOf(stats, rows, start, to))
}

function groupOf(stats: ColumnStats, from: number, to: number): Group {
  const group: Group = { columns: to - from, nonZeros: 0, code: 0 }
  for (let j = from; j < to; j++) {
    group.nonZeros += stats.nonZeros[j]!
    group.code = Math.max(group.code, stats.typeCode(j))
  }
  return group
}

function planOf(stats: ColumnStats, rows: number, from: number, to: number): ShardPlan {
  const group = groupOf(stats, from, to)
  const isSparse = sparseBytes(rows, group) < denseBytes(rows, group)
  return {
    from,
    to,
    nonZeros: group.nonZeros,
    layout: isSparse ? 'sparse' : 'dense',
    valueType: typeOfCode(isSparse ? Math.max(group.code, U8_CODE) : group.code),
  }
}

/** Bytes of a planned shard before rounding, for tests and messages. */
export const plannedBytes = (rows: number, plan: ShardPlan, stats: ColumnStats): number =>
  SHARD_HEADER_BYTES + bytesOf(rows, groupOf(stats, plan.from, plan.to))
