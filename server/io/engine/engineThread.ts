/**
 * The entry of an engine's thread. What a job does not decide is made ready before there is one: the
 * store is open, an epoch raised and the code warm, so that nothing but the data stands between a
 * submission and its first lease. (An epoch that no job uses costs one of two million numbers.)
 */
import { parentPort, workerData } from 'node:worker_threads'
import { apps } from '../../../shared/apps/registry.ts'
import { openStore } from '../store/lmdbStore.ts'
import { type FirstMessage, serveEngine } from './engineHost.ts'
import { warmUp } from './warmUp.ts'

if (!parentPort) throw new Error('engineThread runs in a worker thread only')
const port = parentPort
const { dataDir } = workerData as { dataDir: string }
const store = openStore(dataDir)
const raised = store.nextEpoch()
raised.catch(() => {}) // asked for anew when a job comes
const epoch = (): Promise<number> => raised.catch(() => store.nextEpoch())

let isWanted = false
void (async () => {
  for (const _ of warmUp()) {
    await new Promise(setImmediate)
    if (isWanted) return
  }
})()

port.once('message', async (message: FirstMessage) => {
  isWanted = true
  if (message.type === 'open')
    serveEngine(port, { store, apps, record: message.record, epoch }, () => store.close())
  else {
    // A write under way in a thread that ends would take the process with it.
    await raised.catch(() => {})
    await store.close()
    port.close()
  }
})
