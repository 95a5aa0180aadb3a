/**
 * Where files are ingested: a thread of its own per file, one at a time, so that the main thread
 * stays responsive and the memory a file took goes back with its thread.
 */
import { Conflict } from '../httpErrors.ts'
import type { DatasetRecord, Store } from '../store/store.ts'
import { type IngestInput, ingest } from './ingest.ts'
import { ingestInThread } from './ingestInThread.ts'

export interface IngestHost {
  /** @throws UserError what is wrong with the file; Conflict while the server shuts down. */
  ingest(input: IngestInput): Promise<DatasetRecord>
  /** Break off what is being read; what it has stored is taken back when this resolves. */
  close(): Promise<void>
}

type IngestOne = (input: IngestInput, signal: AbortSignal) => Promise<{ name: string }>

export function workerIngest(dataDir: string, store: Store): IngestHost {
  return oneAtATime(store, (input, signal) => ingestInThread(dataDir, input, undefined, signal))
}

export function inlineIngest(store: Store): IngestHost {
  return oneAtATime(store, (input) => ingest(input, store))
}

function oneAtATime(store: Store, ingestOne: IngestOne): IngestHost {
  const closing = new AbortController()
  let last: Promise<unknown> = Promise.resolve()
  return {
    ingest(input) {
      const next = last.then(async () => {
        closing.signal.throwIfAborted()
        return published(store, (await ingestOne(input, closing.signal)).name)
      })
      // The next file's turn comes however this one ends; its caller hears of the failure.
      last = next.catch(() => {})
      return next
    },
    async close() {
      closing.abort(new Conflict('The server is shutting down; send the file again later.'))
      await last
    },
  }
}

function published(store: Store, name: string): DatasetRecord {
  const record = store.dataset(name)
  if (!record) throw new Error(`dataset ${name} was ingested and is not in the store`)
  return record
}
