/** SIMD on all cores: the same case in a thread each, at the same time, as a tab's workers do it. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { Backend } from '../../../client/backends/backend.ts'
import { choose } from '../../../client/backends/load.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { type CaseSpec, caseOf } from './gpuCases.ts'

/** Held by each thread; together more than any cache holds where there are many. */
const SHARDS = 16

type Task =
  | { readonly do: 'open'; readonly spec: CaseSpec; readonly shardBytes: number }
  | { readonly do: 'run'; readonly ms: number }

interface Opened {
  readonly simd: Backend
  readonly lease: Arrays
  readonly hashes: readonly string[]
}

let opened: Opened | null = null

/** In a thread. Answers with shards computed a second; 0 after opening. */
export async function runTask(task: Task): Promise<number> {
  if (task.do === 'open') {
    opened = await open(task.spec, task.shardBytes)
    return 0
  }
  const { simd, lease, hashes } = opened!
  const fromMs = performance.now()
  let runs = 0
  while (performance.now() - fromMs < task.ms) {
    simd.run(lease, hashes)
    runs++
  }
  return (1000 * runs * hashes.length) / (performance.now() - fromMs)
}

async function open(spec: CaseSpec, shardBytes: number): Promise<Opened> {
  const { app, shard, lease } = caseOf(spec, shardBytes)
  for (const hash of opened?.hashes ?? []) opened!.simd.drop(hash)
  const simd = await choose(app, { module: readFileSync(kernelOf(app)) })
  if (simd.name !== 'wasm') throw new Error(`SIMD is not to be had: ${simd.reason}`)
  const hashes = Array.from({ length: SHARDS }, (_, k) => `${k}`)
  for (const hash of hashes) simd.hold(hash, shard)
  const given = { simd, lease: lease(SHARDS), hashes }
  // Once, for the engine to compile it.
  simd.run(given.lease, hashes)
  return given
}

/** Beside a packed bench (webgpu.mjs), or where set-up builds them. */
function kernelOf(app: string): URL {
  const isSource = import.meta.url.endsWith('.ts')
  return new URL(`${isSource ? '../../../public/' : './'}kernels/${app}.wasm`, import.meta.url)
}

/** Shards of a case a second, each for `ms`. */
export interface SimdRates {
  readonly one: number
  /** So many threads at once. */
  readonly all: number
}

/** Threads of its own for each case: one that fails takes no other along. */
export async function simdRates(
  count: number,
  spec: CaseSpec,
  shardBytes: number,
  ms: number,
): Promise<SimdRates> {
  const workers = Array.from({ length: count }, spawn)
  try {
    await Promise.all(workers.map((worker) => ask(worker, { do: 'open', spec, shardBytes })))
    const one = await ask(workers[0]!, { do: 'run', ms })
    const all = await Promise.all(workers.map((worker) => ask(worker, { do: 'run', ms })))
    return { one, all: all.reduce((sum, rate) => sum + rate, 0) }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

/** Packed, this is a file that a thread can load; else it is TypeScript. */
function spawn(): Worker {
  const here = fileURLToPath(import.meta.url)
  if (!here.endsWith('.ts')) return new Worker(here, { execArgv: [] })
  const workerData = { root: fileURLToPath(new URL('../../..', import.meta.url)), script: here }
  const loader = new URL('../../evaluate/worker.mjs', import.meta.url)
  return new Worker(loader, { execArgv: [], workerData })
}

function ask(worker: Worker, task: Task): Promise<number> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      worker.off('message', arrived)
      worker.off('error', failed)
      then()
    }
    const arrived = (answer: number): void => settle(() => resolve(answer))
    const failed = (error: Error): void => settle(() => reject(error))
    worker.on('message', arrived)
    worker.on('error', failed)
    worker.postMessage(task)
  })
}

/** A packed bench is one file, and its threads run it from the top. */
export function serveTasks(): void {
  parentPort!.on('message', async (task: Task) => parentPort!.postMessage(await runTask(task)))
}

export const isThread = !isMainThread
