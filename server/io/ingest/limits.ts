/** The bounds of ingest, each with its reason, and the sentences for a matrix that exceeds them. */
import { UserError } from '../../../shared/errors.ts'

/**
 * What ingest keeps in memory before it spills to a temporary file. Sets of up to 8 million
 * non-zeros (or 16 million dense f64 cells) never touch the disk; a 2 GB file takes no more than this
 * plus a few tiles, and a server that ingests while it serves stays within a small machine.
 */
export const MEMORY_BYTES = 128 << 20

/** Rows are u32 in a shard. */
export const ROWS_MAX = 2 ** 32 - 1

/**
 * Columns are u32 in a shard, but every column also costs some 13 bytes of statistics here and a
 * coefficient in every engine; 2^26 columns are about 1 GB of those.
 */
export const COLUMNS_MAX = 2 ** 26

/** A column is never split, so it bounds the largest shard; a tab holds a shard in memory whole. */
export const COLUMN_BYTES_MAX = 2 ** 30

/** Deflate cannot shrink bytes further than this (258 bytes for two bits). */
const DEFLATE_RATIO_MAX = 1032

/** The most bytes that a file of `sizeBytes` can hold once it is unpacked. */
export const contentBytesMax = (sizeBytes: number, isGzip: boolean): number =>
  isGzip ? sizeBytes * DEFLATE_RATIO_MAX : sizeBytes

/** `1234567` as `1,234,567`. (The first toLocaleString of a process takes 10 ms.) */
export const count = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 row`, `2,000 rows`. */
export const counted = (n: number, noun: string, nouns = `${noun}s`): string =>
  `${count(n)} ${n === 1 ? noun : nouns}`

/** Refuse a shape that no shard can carry. */
export function checkShape(label: string, rows: number, columns: number): void {
  if (rows < 1 || columns < 1)
    throw new UserError(
      `${label} holds a matrix of ${count(rows)} × ${count(columns)}; expected at least one row and one column.`,
    )
  if (rows > ROWS_MAX)
    throw new UserError(
      `${label} has ${counted(rows, 'row')}; the limit is ${count(ROWS_MAX)}, so take a sample of the rows.`,
    )
  if (columns > COLUMNS_MAX)
    throw new UserError(
      `${label} has ${counted(columns, 'column')}; the limit is ${count(COLUMNS_MAX)}, so hash or select features first.`,
    )
}

/**
 * Refuse a sparse matrix that is nearly all empty rows or columns: a shape like that comes from a
 * broken index or header, and would cost memory in proportion to the claim.
 */
export function checkFilling(label: string, rows: number, columns: number, entries: number): void {
  const largest = Math.max(rows, columns)
  if (largest > 2 ** 22 && largest > 1000 * Math.max(1, entries))
    throw new UserError(
      `${label} claims ${count(rows)} × ${count(columns)} but holds only ${counted(entries, 'entry', 'entries')}; correct the size or the largest index.`,
    )
}
