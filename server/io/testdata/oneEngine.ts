/** A job whose engine is played: its words are the test's, and it is gone when the test says so. */
import { pino } from 'pino'
import type { EngineHost, Engines } from '../engine/engineHost.ts'
import type { FromEngine, ToEngine } from '../engine/engineMessages.ts'
import { Jobs } from '../jobs.ts'
import { memoryStore } from '../store/memoryStore.ts'
import type { JobRecord } from '../store/store.ts'
import { fakeApps, fakeDataset } from './fakeJob.ts'

/** What goes wrong here is meant to. */
export const quietLog = pino({ level: 'silent' })

/** The job is submitted and open, with epoch 1. */
export async function oneEngine() {
  const store = memoryStore()
  await fakeDataset(store, 'demo')
  let say: (message: FromEngine) => void = () => {}
  let leave = (): void => {}
  const gone = new Promise<void>((resolve) => {
    leave = resolve
  })
  let record: JobRecord | undefined
  const heard: ToEngine[] = []
  const host: EngineHost = { send: (message) => void heard.push(message), stop: () => gone }
  const engines: Engines = {
    start(started, onMessage) {
      record = started
      say = onMessage
      return host
    },
    async close() {},
  }
  const jobs = new Jobs({ store, apps: fakeApps, engines, log: quietLog })
  const submitting = jobs.submit({ app: 'counting', dataset: 'demo', spec: {} })
  say({ type: 'opened', epoch: 1, shards: [], leasesAhead: false, record: record! })
  say({ type: 'kept' })
  return { store, jobs, heard, say, leave, record: await submitting }
}
