/** The real sets of lassoSets.ts, ingested into memory. */
import { openDataset } from '../../server/io/dataset.ts'
import { ingest } from '../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../server/io/memoryStore.ts'
import type { Dataset } from '../../shared/app.ts'
import type { LassoSet } from '../lassoSets.ts'

export async function openSet(set: LassoSet): Promise<Dataset> {
  const store = memoryStore()
  const manifest = await ingest(
    { path: set.data, ...(set.target === null ? {} : { targetPath: set.target }) },
    store,
  )
  const dataset = openDataset(store, manifest)
  // Opened once: the store hands out a copy each time it is asked.
  const shards = manifest.shards.map((_, k) => dataset.shard(k))
  return { ...dataset, shard: (k) => shards[k]! }
}
