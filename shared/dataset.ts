/** What a dataset is: a manifest (small JSON) that names its shards by the SHA-256 of their bytes. */
import { z } from 'zod'
import { VALUE_TYPES } from './shard.ts'

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex')

export const shardEntrySchema = z.object({
  hash: hashSchema,
  bytes: z.number().int().positive(),
  firstColumn: z.number().int().nonnegative(),
  columns: z.number().int().positive(),
  nonZeros: z.number().int().nonnegative(),
  layout: z.enum(['dense', 'sparse']),
  valueType: z.enum(VALUE_TYPES),
  /** Ratings only: 'rows' for shards of the transposed matrix, whose columns are the users. */
  side: z.enum(['columns', 'rows']).optional(),
})
export type ShardEntry = z.infer<typeof shardEntrySchema>

/**
 * What the numbers are:
 *   matrix   X (rows × columns) cut by columns, with an optional target y (rows)
 *   ratings  a sparse users × items matrix, cut by items (side 'columns') and again by users (side 'rows')
 *   corpus   word counts: columns are documents, rows are the words of the vocabulary
 *   examples the files of a matrix, cut by examples: Xᵀ, whose columns are the examples and whose
 *            rows are the features, with the target y (columns); for apps whose variables are examples
 */
export const DATASET_KINDS = ['matrix', 'ratings', 'corpus', 'examples'] as const
export type DatasetKind = (typeof DATASET_KINDS)[number]

/** Is it read from a table of numbers, with a target beside it? */
export const isTable = (kind: DatasetKind): boolean => kind === 'matrix' || kind === 'examples'

export const manifestSchema = z.object({
  version: z.literal(1),
  kind: z.enum(DATASET_KINDS),
  /** SHA-256 of the content: shards, target and column names in order. Equal data, equal id. */
  id: hashSchema,
  name: z.string().min(1).max(100),
  rows: z.number().int().positive(),
  columns: z.number().int().positive(),
  nonZeros: z.number().int().nonnegative(),
  constantColumns: z.number().int().nonnegative(),
  /** Sum of the shards' bytes. */
  bytes: z.number().int().nonnegative(),
  shards: z.array(shardEntrySchema).min(1),
  /** Blob of y as little-endian f64 (rows; of examples: columns); null when the file had none. */
  target: hashSchema.nullable(),
  targetName: z.string().max(200).nullable(),
  /** Words of the file that stand in y as 0, 1, …; absent where y was given as numbers. */
  targetLabels: z.array(z.string().max(200)).optional(),
  /** Blob of the column names, newline-separated UTF-8; null: columns are named x1, x2, … */
  columnNames: hashSchema.nullable(),
  /** The same for the rows (users, words, features); absent: rows have no names. */
  rowNames: hashSchema.nullable().optional(),
  /** Other blobs by name (a test set, …), for the app that knows them. */
  extras: z.record(z.string(), hashSchema).optional(),
  /** Counts worth showing: duplicates dropped, words cut, … */
  facts: z.record(z.string(), z.number()).optional(),
  /** File names and format as given, for people. */
  source: z.string().max(1000),
})
export type Manifest = z.infer<typeof manifestSchema>
