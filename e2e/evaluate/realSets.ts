/** Data sets in memory: the real ones of lassoSets.ts, or any file that can be ingested. */
import { openDataset } from '../../server/io/engine/dataset.ts'
import { type IngestInput, ingest } from '../../server/io/ingest/ingest.ts'
import { memoryStore } from '../../server/io/store/memoryStore.ts'
import type { Dataset } from '../../shared/app.ts'
import type { LassoSet } from '../lassoSets.ts'

export async function openFile(input: IngestInput): Promise<Dataset> {
  const store = memoryStore()
  return openDataset(store, await ingest(input, store))
}

export function openSet({ data, target }: LassoSet): Promise<Dataset> {
  return openFile({ path: data, ...(target !== null && { targetPath: target }) })
}

/** The spec's part of the set's flags. */
export function specOfSet({ flags }: LassoSet): { standardize: boolean; intercept: boolean } {
  return {
    standardize: !flags.includes('--no-standardize'),
    intercept: !flags.includes('--no-intercept'),
  }
}
