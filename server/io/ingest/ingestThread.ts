/** The entry of an ingest's thread: one file into the store, then the end. */
import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../../../shared/errors.ts'
import { openStore } from '../store/lmdbStore.ts'
import { ingest, type OnProgress } from './ingest.ts'
import type { FromIngest, ToIngest } from './ingestInThread.ts'

const { dataDir, input, stop } = workerData as ToIngest
const isStopped = new Int32Array(stop)
const tell = (message: FromIngest): void => parentPort!.postMessage(message)

const onProgress: OnProgress = (progress) => {
  // A throw is how ingestion is stopped: it takes back what it has stored.
  if (Atomics.load(isStopped, 0) === 1) throw new Error('stopped')
  tell({ type: 'progress', ...progress })
}

const store = openStore(dataDir)
let outcome: FromIngest
try {
  outcome = { type: 'done', manifest: await ingest(input, store, onProgress) }
} catch (error) {
  const { message } = error instanceof Error ? error : new Error(String(error))
  outcome = { type: 'failed', error: message, mistake: error instanceof UserError }
}
await store.close()
tell(outcome)
