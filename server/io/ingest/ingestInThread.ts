/** One file ingested in a thread of its own, whose memory goes back with it. */
import { Worker } from 'node:worker_threads'
import type { Manifest } from '../../../shared/dataset.ts'
import { UserError } from '../../../shared/errors.ts'
import { threadEntry } from '../threadEntry.ts'
import type { IngestInput, OnProgress } from './ingest.ts'

/** What the thread is given. */
export interface ToIngest {
  dataDir: string
  input: IngestInput
  /** One i32: 1 asks it to stop and to take back what it has stored. */
  stop: SharedArrayBuffer
}

export type FromIngest =
  | ({ type: 'progress' } & Parameters<OnProgress>[0])
  | { type: 'done'; manifest: Manifest }
  | { type: 'failed'; error: string; mistake: boolean }

const THREAD_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 2048 }

/** One file into the store of a data directory. Settles when the thread needs the store no more. */
export async function ingestInThread(
  dataDir: string,
  input: IngestInput,
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<Manifest> {
  signal?.throwIfAborted()
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const askToStop = (): void => void Atomics.store(stop, 0, 1)
  signal?.addEventListener('abort', askToStop, { once: true })
  const worker = new Worker(threadEntry('ingestThread'), {
    workerData: { dataDir, input, stop: stop.buffer } satisfies ToIngest,
    resourceLimits: THREAD_LIMITS,
    name: 'ingest',
  })
  try {
    return await new Promise<Manifest>((resolve, reject) => {
      worker.on('message', (message: FromIngest) => {
        if (message.type === 'progress') onProgress(message)
        else if (message.type === 'done') resolve(message.manifest)
        else if (signal?.aborted) reject(signal.reason)
        else reject(message.mistake ? new UserError(message.error) : new Error(message.error))
      })
      worker.once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the ingest thread ended with code ${code}`)))
    })
  } finally {
    signal?.removeEventListener('abort', askToStop)
  }
}
