/** `shoal serve` in a process of its own, which a spec may kill, start again and ask as its owner. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { OwnerApi } from '../../server/cli/api.ts'
import { ingestFiles } from '../../server/cli/dataInput.ts'
import { openStore } from '../../server/io/store/lmdbStore.ts'
import type { Store } from '../../server/io/store/store.ts'
import type { Manifest } from '../../shared/dataset.ts'
import type { JobView, Submit } from '../../shared/protocol.ts'
import type { LassoSet } from '../lassoSets.ts'
import { program } from '../shoal.ts'
import { until, type World } from './world.ts'

export interface ServeOptions {
  dataDir: string
  port?: number
  /** More of the command line. */
  flags?: readonly string[]
}

/** The owner API takes 1200 requests a minute. */
export const askMs = 100

export class TestServer {
  readonly url: string
  readonly token: string
  readonly port: number
  readonly pid: number
  readonly api: OwnerApi
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  constructor(child: ChildProcess, ended: Promise<void>, ready: Ready) {
    this.#child = child
    this.#ended = ended
    this.url = new URL(ready.urls[0]!).origin
    this.token = ready.token
    this.port = ready.port
    this.pid = ready.pid
    this.api = new OwnerApi(this.url, this.token)
  }

  /** As a power cut ends it: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(timer)
  }

  /** The most memory it has held; null where the system does not tell. */
  rssBytesMax(): number | null {
    try {
      const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
      return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1])
    } catch {
      return null
    }
  }

  submit(dataset: string, spec: Record<string, unknown>, name?: string): Promise<JobView> {
    return this.api.submit({ app: 'lasso', dataset, spec, seed: 1, ...(name && { name }) })
  }

  /** A job that ends with the spec, if not by itself. */
  async submitWithin(world: World, submit: Submit): Promise<JobView> {
    const job = await this.api.submit({ seed: 1, ...submit })
    world.defer(async () => {
      const { status } = await this.api.job(job.id)
      if (status === 'running') await this.api.act(job.id, 'cancel')
    })
    return job
  }

  /** The job as soon as `condition` holds; a failed job is an error at once. */
  jobUntil(
    id: string,
    what: string,
    condition: (job: JobView) => boolean,
    limitMs?: number,
  ): Promise<JobView> {
    let last: JobView | undefined
    const saw = (): string => `job ${what}; it is ${JSON.stringify({ ...last, spec: undefined })}`
    return until(
      saw,
      async () => {
        last = await this.api.job(id)
        if (last.status === 'failed') throw new Error(`the job failed: ${last.error}`)
        return condition(last) ? last : null
      },
      limitMs,
      askMs,
    )
  }

  finished(id: string, limitMs?: number): Promise<JobView> {
    return this.jobUntil(id, 'finished', ({ status }) => status === 'finished', limitMs)
  }
}

/** What `shoal serve --json` prints when it is ready. */
interface Ready {
  urls: string[]
  token: string
  port: number
  pid: number
}

/** The channel (ipc) carries nothing: its end takes the server along when the test is killed. */
export async function startServer(
  world: World,
  { dataDir, port = 0, flags = [] }: ServeOptions,
): Promise<TestServer> {
  const args = ['serve', '--json', '--data-dir', dataDir, '--port', String(port), ...flags]
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const firstLine = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
  })
  const line = await Promise.race([firstLine, ended])
  if (line === undefined) throw new Error('the server did not start; its reason stands above')
  const server = new TestServer(child, ended, JSON.parse(line) as Ready)
  world.defer(() => server.close())
  return server
}

/** Put a data set into a data directory, as `shoal ingest` does. */
export function ingestSet(set: LassoSet, dataDir: string): Promise<Manifest> {
  const { name, data, target } = set
  const input = { path: data, name, ...(target !== null && { targetPath: target }) }
  return ingestFiles(input, dataDir, () => {}, new AbortController().signal)
}

/** Look into the store of a data directory, beside a server or after it. */
export async function withStore<T>(dataDir: string, look: (store: Store) => T): Promise<T> {
  const store = openStore(dataDir)
  try {
    return await look(store)
  } finally {
    await store.close()
  }
}
