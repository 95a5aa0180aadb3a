/** The entry of an ingest's thread: one file into the store, then the end. */
import { parentPort, workerData } from 'node:worker_threads'
import { UserError } from '../../shared/errors.ts'
import { type IngestInput, ingest } from './ingest/ingest.ts'
import type { FromIngest } from './ingestHost.ts'
import { openStore } from './lmdbStore.ts'

const { dataDir, input } = workerData as { dataDir: string; input: IngestInput }
const store = openStore(dataDir)

async function run(): Promise<FromIngest> {
  try {
    const { name } = await ingest(input, store)
    return { type: 'done', name }
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error))
    return { type: 'failed', error: message, mistake: error instanceof UserError }
  }
}

const outcome = await run()
await store.close()
parentPort?.postMessage(outcome)
