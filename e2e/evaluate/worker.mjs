/** A thread of tasks.ts: loads it as TypeScript and answers every task with its result. */
import { parentPort, workerData } from 'node:worker_threads'
import { runnerImport } from 'vite'

const { root, script } = workerData
const loaded = runnerImport(script, { root, configFile: false, logLevel: 'error' })

parentPort?.on('message', async (task) => {
  const { module } = await loaded
  parentPort?.postMessage(await module.runTask(task))
})
