/** From word counts to stored shards and a manifest. */
import { createHash } from 'node:crypto'
import type { Manifest, ShardEntry } from '../../../../shared/dataset.ts'
import { UserError } from '../../../../shared/errors.ts'
import { encodeShard, SHARD_BYTES_TARGET } from '../../../../shared/shard.ts'
import type { BlobBatch } from '../blobBatch.ts'
import { counted } from '../limits.ts'
import type { Bag, Thinned } from './bag.ts'

export interface CorpusRead extends Thinned {
  readonly shortTokens: number
  readonly minDocumentFrequency: number
  /** For people: name and format. */
  readonly source: string
}

export async function writeCorpus(
  name: string,
  read: CorpusRead,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<Manifest> {
  const { bag, source } = read
  const tokens = bag.count.reduce((sum, times) => sum + times, 0)
  if (tokens === 0)
    throw new UserError(
      `${source} has no words left (${counted(read.stopWordTokens, 'stop word')}, ${counted(read.rareWordTokens, 'rare word')} and ${counted(read.shortTokens, 'short word')} were left out); lower the minimum document frequency, or pass more text.`,
    )
  const shards = await writeShards(bag, blobs, onWritten)
  const put = (names: readonly string[]): Promise<string> =>
    blobs.put(new TextEncoder().encode(names.join('\n')))
  const columnNames = await put(bag.ids)
  const rowNames = bag.words && (await put(bag.words))
  await blobs.settle()
  const hash = createHash('sha256')
  for (const shard of shards) hash.update(`${shard.hash}\n`)
  hash.update(`corpus\nwords ${rowNames}\nnames ${columnNames}\n`)
  const emptyDocuments = bag.ids.filter((_, d) => bag.starts[d] === bag.starts[d + 1]).length
  const { stopWords, stopWordTokens, rareWords, rareWordTokens, shortTokens } = read
  const { minDocumentFrequency } = read
  const left = { stopWords, stopWordTokens, rareWords, rareWordTokens, shortTokens }
  return {
    version: 1,
    kind: 'corpus',
    id: hash.digest('hex'),
    name,
    rows: bag.wordCount,
    columns: bag.ids.length,
    nonZeros: bag.word.length,
    constantColumns: 0,
    bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
    shards,
    target: null,
    targetName: null,
    columnNames,
    rowNames,
    facts: { tokens, ...left, minDocumentFrequency, emptyDocuments },
    source: source.slice(0, 1000),
  }
}

/** Whole documents, about a megabyte of them at a time. */
async function writeShards(
  bag: Bag,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<ShardEntry[]> {
  const documents = bag.ids.length
  const entryBytes = (bag.wordCount <= 65_536 ? 2 : 4) + 1
  const entries: ShardEntry[] = []
  const total = bag.word.length * entryBytes + 4 * documents
  const goal = total / Math.max(1, Math.round(total / SHARD_BYTES_TARGET))
  for (let from = 0; from < documents; ) {
    let to = from
    let bytes = 0
    while (to < documents && bytes < goal - 1e-6) {
      bytes += 4 + (bag.starts[to + 1]! - bag.starts[to]!) * entryBytes
      to++
    }
    entries.push(await writeShard(bag, from, to, blobs))
    onWritten(to / documents)
    from = to
  }
  await blobs.settle()
  return entries
}

async function writeShard(
  bag: Bag,
  from: number,
  to: number,
  blobs: BlobBatch,
): Promise<ShardEntry> {
  const first = bag.starts[from]!
  const end = bag.starts[to]!
  const largest = bag.count.subarray(first, end).reduce((a, b) => Math.max(a, b), 0)
  const valueType =
    largest < 256 ? 'u8' : largest < 32_768 ? 'i16' : largest < 2 ** 24 ? 'f32' : 'f64'
  const shape = { layout: 'sparse', valueType } as const
  const block = {
    starts: bag.starts.subarray(from, to + 1),
    rowIndex: bag.word.subarray(first, end),
    values: bag.count.subarray(first, end),
  }
  const bytes = encodeShard({ ...shape, rows: bag.wordCount, firstColumn: from, ...block })
  const hash = await blobs.put(bytes)
  const size = { bytes: bytes.length, firstColumn: from, columns: to - from, nonZeros: end - first }
  return { hash, ...size, ...shape }
}
