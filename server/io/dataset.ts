/** A stored dataset as an app sees it (shared/app.ts): views that stay in the store until needed. */
import type { Dataset } from '../../shared/app.ts'
import type { Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import { openShard } from '../../shared/shard.ts'
import type { Store } from './store.ts'

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
  return {
    manifest,
    target: target && new Float64Array(target.buffer, 0, manifest.rows),
    shard(k) {
      const entry = manifest.shards[k]
      if (!entry) throw new RangeError(`shard ${k} of ${manifest.shards.length} does not exist`)
      return openShard(bytesOf(entry.hash))
    },
    columnName: (j) => columnNames()?.[j] ?? `x${j + 1}`,
    rowName: (i) => rowNames()?.[i] ?? `${i + 1}`,
    extra(name) {
      const hash = manifest.extras?.[name]
      return hash === undefined ? undefined : Uint8Array.from(bytesOf(hash))
    },
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
