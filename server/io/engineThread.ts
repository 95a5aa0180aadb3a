/** The entry of an engine's thread: once it is told which, it opens the store and the job. */
import { parentPort, workerData } from 'node:worker_threads'
import { apps } from '../../shared/apps/registry.ts'
import { type OpenJob, serveEngine } from './engineHost.ts'
import { openStore } from './lmdbStore.ts'

if (!parentPort) throw new Error('engineThread runs in a worker thread only')
const port = parentPort
const { dataDir } = workerData as { dataDir: string }
port.once('message', ({ job }: OpenJob) => {
  const store = openStore(dataDir)
  serveEngine(port, { store, apps, job }, () => store.close())
})
