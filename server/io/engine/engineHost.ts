/**
 * Where engines run: `workerEngines` gives each job a thread of its own, `inlineEngines` (tests) runs
 * them in this one, with the same messages through a MessageChannel.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { AnyApp } from '../../../shared/app.ts'
import { UserError } from '../../../shared/errors.ts'
import type { JobRecord, Store } from '../store/store.ts'
import { threadEntry } from '../threadEntry.ts'
import { explain, type FromEngine, type ToEngine } from './engineMessages.ts'
import { openRunner } from './openRunner.ts'

export interface EngineHost {
  send(message: ToEngine): void
  /** Let it write what is left and end. Resolves when it is gone, whatever happened. */
  stop(): Promise<void>
}

export interface Engines {
  start(record: JobRecord, onMessage: (message: FromEngine) => void): EngineHost
  /** After the last engine has stopped. */
  close(): Promise<void>
}

/** The first message to an engine's thread. */
export type FirstMessage =
  /** `record`: of a job that is submitted now, or of one that the server has found at its start. */
  | { readonly type: 'open'; readonly record: JobRecord }
  /** No job needs this thread. */
  | { readonly type: 'end' }

/** An engine that has not stopped by now is stuck in a computation; the log has all it committed. */
const STOP_MS = 10_000
/**
 * Arrays live outside the heap; what is left is the app's bookkeeping. A small young generation
 * keeps the thread's resident memory low – but 8 MB were collected twice as often as 24, and took a
 * fifth of a short job's time: 151 and 166 MB with a 1814 × 10346 lasso running. The limit on the old
 * one turns a leak into a failed job instead of a dead server.
 */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 4096 }

/**
 * A thread needs 60 to 200 ms before it can open a job (two busy cores: 300 to 900), which is most of
 * the wait of who submits a small one. So one more is kept ready than there are jobs, started when the
 * last job has had its first seconds to itself, or is over.
 */
const SPARE_AFTER_MS = 5_000

export interface EngineSource {
  store: Store
  apps: Record<string, AnyApp>
  record: JobRecord
  /** Raised for this engine, and durable. */
  epoch: () => Promise<number>
  snapshotEveryBytes?: number
}

/** The engine's end of the channel: open the job, then handle messages in the order they came. */
export function serveEngine(
  port: MessagePort,
  { apps, ...source }: EngineSource,
  onEnd: () => Promise<void>,
): void {
  const end = async (): Promise<void> => {
    await onEnd()
    port.close()
  }
  const out = {
    postMessage(message: FromEngine, transfer?: ArrayBuffer[]) {
      port.postMessage(message, transfer)
      if (message.type === 'crashed' || message.type === 'stopped') void end()
    },
  }
  const name = source.record.app
  const app = Object.hasOwn(apps, name) ? apps[name] : undefined
  const runner = app
    ? openRunner({ ...source, app, port: out, nowMs: () => performance.now() })
    : Promise.reject(new UserError(`This server has no app named "${name}".`))
  const opened = runner.catch((error: unknown) => {
    out.postMessage(explain(error))
    return null
  })
  port.on('message', async (message: ToEngine) => (await opened)?.handle(message))
}

function host(
  port: { postMessage(message: ToEngine, transfer?: ArrayBuffer[]): void },
  gone: Promise<void>,
  kill: () => void,
): EngineHost {
  return {
    send(message) {
      port.postMessage(message, message.type === 'settled' ? [message.frame.buffer] : [])
    },
    async stop() {
      const timer = setTimeout(kill, STOP_MS)
      port.postMessage({ type: 'stop' })
      await gone
      clearTimeout(timer)
    },
  }
}

export function workerEngines(dataDir: string): Engines {
  const spare = new Spare(dataDir)
  return {
    start(record, onMessage) {
      const worker = spare.take()
      worker.postMessage({ type: 'open', record } satisfies FirstMessage)
      let isOver = false
      const tell = (message: FromEngine): void => {
        if (isOver) return
        isOver = message.type === 'crashed' || message.type === 'stopped'
        onMessage(message)
      }
      worker.on('message', tell)
      worker.on('error', (error) => tell(explain(error)))
      const gone = new Promise<void>((resolve) => {
        worker.on('exit', (code) => {
          tell(explain(new Error(`the engine's thread ended with code ${code}`)))
          spare.refill()
          resolve()
        })
      })
      return host(worker, gone, () => void worker.terminate())
    },
    close: () => spare.close(),
  }
}

/** A thread that has made ready all that does not depend on the job (engineThread.ts), and waits for one. */
class Spare {
  readonly #dataDir: string
  #worker: Worker | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(dataDir: string) {
    this.#dataDir = dataDir
    this.#startSoon(0)
  }

  take(): Worker {
    const worker = this.#worker ?? this.#start()
    this.#worker = null
    for (const event of ['error', 'exit']) worker.removeAllListeners(event)
    worker.ref()
    this.#startSoon(SPARE_AFTER_MS)
    return worker
  }

  /** There is time for it now. */
  refill(): void {
    if (!this.#worker) this.#startSoon(0)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    const worker = this.#worker
    this.#worker = null
    if (!worker) return
    const gone = new Promise((resolve) => worker.on('exit', resolve))
    worker.ref()
    worker.postMessage({ type: 'end' } satisfies FirstMessage)
    const timer = setTimeout(() => void worker.terminate(), STOP_MS)
    await gone
    clearTimeout(timer)
  }

  #startSoon(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const worker = this.#start()
      this.#worker = worker
      // Nobody waits for it: a job that needs a thread starts one, and hears of its own failure.
      worker.unref()
      const lost = (): void => {
        if (this.#worker === worker) this.#worker = null
      }
      worker.on('error', lost)
      worker.on('exit', lost)
    }, ms).unref()
  }

  #start(): Worker {
    return new Worker(threadEntry('engineThread'), {
      workerData: { dataDir: this.#dataDir },
      resourceLimits: THREAD_LIMITS,
      name: 'engine',
    })
  }
}

export function inlineEngines(
  store: Store,
  apps: Record<string, AnyApp>,
  options: Pick<EngineSource, 'snapshotEveryBytes'> = {},
): Engines {
  return {
    start(record, onMessage) {
      const { port1, port2 } = new MessageChannel()
      const gone = new Promise<void>((resolve) => {
        port1.on('close', resolve)
      })
      port1.on('message', onMessage)
      const epoch = () => store.nextEpoch()
      serveEngine(port2, { store, apps, record, epoch, ...options }, async () => {})
      return host(port1, gone, () => port1.close())
    },
    close: async () => {},
  }
}
