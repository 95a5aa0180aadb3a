/** A stored dataset as an app sees it (shared/app.ts): views that stay in the store until needed. */
import type { Dataset } from '../../../shared/app.ts'
import { isTable, type Manifest } from '../../../shared/dataset.ts'
import { UserError } from '../../../shared/errors.ts'
import { openTrustedShard, type Shard } from '../../../shared/shard.ts'
import type { Store } from '../store/store.ts'
import { openPasses } from './passes.ts'

function required(store: Store, hash: string, manifest: Manifest): Uint8Array {
  const bytes = store.blob(hash)
  if (bytes) return bytes
  throw new UserError(
    `Dataset ${manifest.name} lacks the piece ${hash.slice(0, 12)}…: ingest its file again and submit the job anew.`,
  )
}

export function openDataset(store: Store, manifest: Manifest): Dataset {
  const bytesOf = (hash: string): Uint8Array => required(store, hash, manifest)
  const columnNames = names(manifest.columnNames, bytesOf)
  const rowNames = names(manifest.rowNames ?? null, bytesOf)
  const target = manifest.target === null ? null : Uint8Array.from(bytesOf(manifest.target))
  const bytesMax = manifest.kind === 'ratings' ? RATINGS_BYTES_MAX : CACHE_BYTES_MAX
  const shard = shardCache(bytesMax, (k) => {
    const entry = manifest.shards[k]
    if (!entry) throw new RangeError(`shard ${k} of ${manifest.shards.length} does not exist`)
    // A copy: the store's view is gone at its next call. Ingest has checked the bytes.
    return openTrustedShard(new Uint8Array(bytesOf(entry.hash)))
  })
  const passes = isTable(manifest.kind) ? openPasses(residentBytesOf(manifest)) : undefined
  return {
    manifest,
    ...(passes && { passes }),
    target: target && new Float64Array(target.buffer),
    shard,
    columnName: (j) => columnNames()?.[j] ?? `x${j + 1}`,
    rowName: (i) => rowNames()?.[i] ?? `${i + 1}`,
    extra(name) {
      const hash = manifest.extras?.[name]
      return hash === undefined ? undefined : Uint8Array.from(bytesOf(hash))
    },
  }
}

/** Opened shards kept in memory, so that looking at single columns is cheap; the contract asks for 8. */
const CACHE_BYTES_MAX = 32 << 20
const CACHE_SHARDS_MIN = 8
/** Shards in a module's memory begin on cache lines. */
const RESIDENT_SLACK_BYTES = 1 << 20
/**
 * Every lease of a factorisation looks at the ratings of its rows three times (schedule, check, pull),
 * and they lie in many shards: at 10⁷ ratings opening them anew took longer than all else there.
 */
const RATINGS_BYTES_MAX = 256 << 20

/** All or none: of more, the next one that is asked for would always be the one that has just gone. */
function residentBytesOf({ shards }: Manifest): number {
  const sizeBytes = shards.reduce((sum, { bytes }) => sum + bytes, 0)
  return sizeBytes <= CACHE_BYTES_MAX ? CACHE_BYTES_MAX + RESIDENT_SLACK_BYTES : 0
}

/** Least recently used shards are dropped first; a Map keeps the order of insertion. */
function shardCache(bytesMax: number, open: (k: number) => Shard): (k: number) => Shard {
  const kept = new Map<number, Shard>()
  let sizeBytes = 0
  return (k) => {
    const known = kept.get(k)
    const shard = known ?? open(k)
    if (known) kept.delete(k)
    else sizeBytes += shard.bytes.byteLength
    kept.set(k, shard)
    for (const [oldest, { bytes }] of kept) {
      if (sizeBytes <= bytesMax || kept.size <= CACHE_SHARDS_MIN) break
      kept.delete(oldest)
      sizeBytes -= bytes.byteLength
    }
    return shard
  }
}

/** A list of names, decoded when first asked for. */
function names(
  hash: string | null,
  bytesOf: (hash: string) => Uint8Array,
): () => string[] | undefined {
  let list: string[] | undefined
  return () => {
    if (hash !== null) list ??= new TextDecoder().decode(bytesOf(hash)).split('\n')
    return list
  }
}
