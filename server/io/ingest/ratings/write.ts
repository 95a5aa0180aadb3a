/** From ratings to stored shards, once by items and once by users, and a manifest. */
import { createHash } from 'node:crypto'
import type { Manifest, ShardEntry } from '../../../../shared/dataset.ts'
import { encodeShard, SHARD_BYTES_TARGET } from '../../../../shared/shard.ts'
import { encodeFrame } from '../../../../shared/wire.ts'
import type { BlobBatch } from '../blobBatch.ts'
import { countingOrder, pick, type Ratings } from './table.ts'

/** Everything that is known of the ratings, before anything is stored. */
export interface RatingsRead {
  readonly users: readonly string[]
  readonly items: readonly string[]
  readonly training: Ratings
  readonly test: Ratings | null
  readonly validation: Ratings | null
  readonly facts: Record<string, number>
  readonly source: string
}

type RatingType = 'u8' | 'i16' | 'f32' | 'f64'
const BYTES: Record<RatingType, number> = { u8: 1, i16: 2, f32: 4, f64: 8 }

/** One side as shards have it: columns one after the other, their rows ascending. */
interface Side {
  readonly side: 'columns' | 'rows'
  readonly columns: number
  readonly rows: number
  /** (columns + 1) */
  readonly starts: Uint32Array
  readonly row: Uint32Array
  readonly rating: Float64Array
}

export async function writeRatings(
  name: string,
  read: RatingsRead,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<Manifest> {
  const { training, test, validation, facts, source } = read
  const [rows, columns] = [read.users.length, read.items.length]
  const type = narrowest(training.rating)
  const items = await writeSide(itemSide(training, rows, columns), type, blobs, (done) =>
    onWritten(done / 2),
  )
  const users = await writeSide(userSide(training, rows, columns), type, blobs, (done) =>
    onWritten((1 + done) / 2),
  )
  const shards = [...items, ...users]
  const put = (names: readonly string[]): Promise<string> =>
    blobs.put(new TextEncoder().encode(names.join('\n')))
  const rowNames = await put(read.users)
  const columnNames = await put(read.items)
  const extras: Record<string, string> = {}
  if (test) extras.test = await blobs.put(ratingsFrame(test))
  if (validation) extras.validation = await blobs.put(ratingsFrame(validation))
  await blobs.settle()
  const hash = createHash('sha256')
  for (const shard of shards) hash.update(`${shard.hash}\n`)
  hash.update(`ratings\nusers ${rowNames}\nitems ${columnNames}\ntest ${extras.test}\n`)
  if (extras.validation) hash.update(`validation ${extras.validation}\n`)
  return {
    version: 1,
    kind: 'ratings',
    id: hash.digest('hex'),
    ...{ name, rows, columns },
    nonZeros: training.user.length,
    constantColumns: 0,
    bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
    shards,
    ...{ target: null, targetName: null, columnNames, rowNames, extras, facts },
    source: source.slice(0, 1000),
  }
}

function ratingsFrame({ user, item, rating }: Ratings): Uint8Array {
  return encodeFrame({}, { user, item, rating: Float32Array.from(rating) })
}

/** The narrowest type that holds every rating exactly. */
function narrowest(ratings: Float64Array): RatingType {
  let [low, high, isWhole, isSingle] = [0, 0, true, true]
  for (const a of ratings) {
    low = Math.min(low, a)
    high = Math.max(high, a)
    isWhole &&= Number.isInteger(a)
    isSingle &&= Math.fround(a) === a
  }
  if (isWhole && low >= 0 && high <= 255) return 'u8'
  if (isWhole && low >= -32_768 && high <= 32_767) return 'i16'
  return isSingle ? 'f32' : 'f64'
}

/** Ratings come ordered by user and item, which is what the users' side wants. */
function userSide({ user, item, rating }: Ratings, rows: number, columns: number): Side {
  const starts = startsOf(user, rows)
  return { side: 'rows', columns: rows, rows: columns, starts, row: item, rating }
}

function itemSide(ratings: Ratings, rows: number, columns: number): Side {
  const { item } = ratings
  const byItem = pick(ratings, countingOrder(item, item.length, columns, null))
  return {
    ...{ side: 'columns', columns, rows, starts: startsOf(item, columns) },
    row: byItem.user,
    rating: byItem.rating,
  }
}

function startsOf(keys: Uint32Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1)
  for (const key of keys) starts[key + 1]!++
  for (let key = 0; key < count; key++) starts[key + 1]! += starts[key]!
  return starts
}

/** Whole columns, about a megabyte of them at a time, in shards of even size. */
async function writeSide(
  side: Side,
  valueType: RatingType,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<ShardEntry[]> {
  const { columns, starts, rows } = side
  const entryBytes = (rows <= 65_536 ? 2 : 4) + BYTES[valueType]
  const bytesTo = (column: number): number => 4 * column + entryBytes * starts[column]!
  const pieces = Math.max(1, Math.round(bytesTo(columns) / SHARD_BYTES_TARGET))
  const entries: ShardEntry[] = []
  for (let from = 0, piece = 1; from < columns; piece++) {
    const goal = (bytesTo(columns) * piece) / pieces
    let to = from + 1
    while (to < columns && bytesTo(to + 1) <= goal + 0.5) to++
    if (piece >= pieces) to = columns
    const bytes = encode(side, valueType, from, to)
    const hash = await blobs.put(bytes)
    const nonZeros = starts[to]! - starts[from]!
    const shape = { firstColumn: from, columns: to - from, nonZeros, side: side.side }
    entries.push({ hash, bytes: bytes.length, ...shape, layout: 'sparse', valueType })
    from = to
    onWritten(to / columns)
  }
  return entries
}

function encode(side: Side, valueType: RatingType, from: number, to: number) {
  const { rows } = side
  const starts = side.starts.subarray(from, to + 1)
  const [first, end] = [starts[0]!, starts[to - from]!]
  const block = {
    ...{ starts, rowIndex: side.row.subarray(first, end) },
    values: side.rating.subarray(first, end),
  }
  return encodeShard({ layout: 'sparse', valueType, rows, firstColumn: from, ...block })
}
