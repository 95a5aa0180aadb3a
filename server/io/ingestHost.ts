/**
 * Where files are ingested: a thread of its own per file, one at a time, so that the main thread
 * stays responsive and the memory a file took goes back with its thread.
 */
import { Worker } from 'node:worker_threads'
import { UserError } from '../../shared/errors.ts'
import { threadEntry } from './engineHost.ts'
import { type IngestInput, ingest } from './ingest/ingest.ts'
import type { DatasetRecord, Store } from './store.ts'

export type FromIngest =
  | { type: 'done'; name: string }
  | { type: 'failed'; error: string; mistake: boolean }

export type Ingest = (input: IngestInput) => Promise<DatasetRecord>

const THREAD_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 2048 }

export function workerIngest(dataDir: string, store: Store): Ingest {
  return oneAtATime(async (input) => {
    const outcome = await new Promise<FromIngest>((resolve, reject) => {
      const worker = new Worker(threadEntry('ingestThread'), {
        workerData: { dataDir, input },
        resourceLimits: THREAD_LIMITS,
        name: 'ingest',
      })
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the ingest thread ended with code ${code}`)))
    })
    if (outcome.type === 'failed')
      throw outcome.mistake ? new UserError(outcome.error) : new Error(outcome.error)
    return published(store, outcome.name)
  })
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
