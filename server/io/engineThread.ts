/** The entry of an engine's thread: opens the store and the job named in `workerData`. */
import { parentPort, workerData } from 'node:worker_threads'
import { apps } from '../../shared/apps/registry.ts'
import { serveEngine } from './engineHost.ts'
import { openStore } from './lmdbStore.ts'

if (!parentPort) throw new Error('engineThread runs in a worker thread only')
const { dataDir, job } = workerData as { dataDir: string; job: string }
const store = openStore(dataDir)
serveEngine(parentPort, { store, apps, job }, () => store.close())
