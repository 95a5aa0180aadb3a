/**
 * Where files are ingested: a thread of its own per file, one at a time, so that the main thread
 * stays responsive and the memory a file took goes back with its thread.
 */
import { type IngestInput, ingest } from './ingest/ingest.ts'
import { ingestInThread } from './ingestInThread.ts'
import type { DatasetRecord, Store } from './store.ts'

export type Ingest = (input: IngestInput) => Promise<DatasetRecord>

export function workerIngest(dataDir: string, store: Store): Ingest {
  return oneAtATime(async (input) => published(store, (await ingestInThread(dataDir, input)).name))
}

export function inlineIngest(store: Store): Ingest {
  return oneAtATime(async (input) => published(store, (await ingest(input, store)).name))
}

function published(store: Store, name: string): DatasetRecord {
  const record = store.dataset(name)
  if (!record) throw new Error(`dataset ${name} was ingested and is not in the store`)
  return record
}

function oneAtATime(ingestOne: Ingest): Ingest {
  let last: Promise<unknown> = Promise.resolve()
  return (input) => {
    const next = last.then(() => ingestOne(input))
    // The next file's turn comes however this one ends; its caller hears of the failure.
    last = next.catch(() => {})
    return next
  }
}
