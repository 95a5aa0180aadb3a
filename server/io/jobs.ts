/**
 * The jobs of this server: which engines run, and what is known of each job.
 *
 * An active job (running or paused) has an engine; it alone writes the job's record, and the copy
 * here follows its messages. A job that is over has only its record in the store. When an engine
 * crashes, its job fails with a sentence, written from here because nobody else is left to.
 */
import { EventEmitter } from 'node:events'
import type { AnyApp } from '../../shared/app.ts'
import { UserError } from '../../shared/errors.ts'
import type { Ahead, RunLine, Submit } from '../../shared/protocol.ts'
import { draftJob } from './draft.ts'
import type { EngineHost, Engines } from './engine/engineHost.ts'
import type { FromEngine } from './engine/engineMessages.ts'
import { Conflict, NotFound } from './httpErrors.ts'
import type { Log } from './log.ts'
import { isActive, type JobRecord, type Store } from './store/store.ts'

export interface JobsOptions {
  store: Store
  apps: Readonly<Record<string, AnyApp>>
  engines: Engines
  log: Log
}

interface Active {
  record: JobRecord
  host: EngineHost
  /** Null until the engine has opened. */
  epoch: number | null
  /** Being submitted: a spec that does not fit the data is then an answer, not a failed job. */
  isDraft: boolean
}

interface JobsEvents {
  /** Its engine is being started. */
  opening: [job: string, needs: Ahead]
  /** Everything an engine says, before it is acted on here. */
  engine: [job: string, message: FromEngine]
  record: [record: JobRecord]
  lines: [job: string, lines: RunLine[]]
  /** The job's engine is gone, for whatever reason. */
  stopped: [job: string]
}

/** Opening replays the log and measures the data: minutes for the largest. */
const OPEN_MS = 600_000
/** A command is an event among others; it waits for at most one schedule or check. */
const COMMAND_MS = 30_000

export class Jobs extends EventEmitter<JobsEvents> {
  readonly #options: JobsOptions
  readonly #active = new Map<string, Active>()
  /** Epochs of engines that are gone: their leases are revoked, not unknown. */
  readonly #pastEpochs = new Set<number>()
  /** Engines whose jobs are over, on their way out. */
  readonly #ending = new Set<Promise<void>>()
  #isClosing = false

  constructor(options: JobsOptions) {
    super()
    this.#options = options
    // One waiter per command in progress.
    this.setMaxListeners(100)
  }

  /** After a start, also one that follows kill -9: every active job goes on by itself. */
  resumeAll(): void {
    for (const record of this.#options.store.jobs())
      if (isActive(record)) this.#start(record, false)
  }

  records(): JobRecord[] {
    const stored = this.#options.store.jobs().filter(({ id }) => !this.#active.has(id))
    // One that was submitted a moment ago is not in the store yet.
    const records = [...stored, ...this.activeRecords()]
    return records.sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? 1 : -1))
  }

  record(id: string): JobRecord {
    const record = this.#active.get(id)?.record ?? this.#options.store.job(id)
    if (!record) throw new NotFound(`There is no job "${id}"; "shoal status" lists the jobs.`)
    return record
  }

  activeRecords(): JobRecord[] {
    return [...this.#active.values()].map(({ record }) => record)
  }

  /** The engine that granted a lease of this epoch, if it still runs. */
  jobOfEpoch(epoch: number): string | undefined {
    for (const [job, active] of this.#active) if (active.epoch === epoch) return job
    return undefined
  }

  /** Was it of an engine that has run since the server started, and is gone? */
  isPastEpoch(epoch: number): boolean {
    return this.#pastEpochs.has(epoch)
  }

  send(job: string, message: Parameters<EngineHost['send']>[0]): void {
    this.#active.get(job)?.host.send(message)
  }

  sendAll(message: Parameters<EngineHost['send']>[0]): void {
    for (const { host } of this.#active.values()) host.send(message)
  }

  /** @throws UserError when the spec is wrong or does not fit the data; nothing is left then. */
  async submit(submit: Submit): Promise<JobRecord> {
    if (this.#isClosing) throw new Conflict('The server is shutting down; submit again later.')
    const { store, apps } = this.#options
    const record = draftJob(submit, store, apps)
    this.#start(record, true)
    const outcome = await this.#next(record.id, OPEN_MS, (message) =>
      message.type === 'kept' || message.type === 'crashed' || message.type === 'stopped'
        ? message
        : undefined,
    )
    if (outcome.type !== 'crashed') return this.record(record.id)
    if (!outcome.mistake) throw new Error(outcome.error)
    await store.deleteJob(record.id)
    throw new UserError(outcome.error)
  }

  async command(id: string, command: 'pause' | 'resume' | 'cancel'): Promise<JobRecord> {
    const { status } = this.record(id)
    const wanted = ({ pause: 'paused', resume: 'running', cancel: 'cancelled' } as const)[command]
    if (status === wanted) return this.record(id)
    const active = this.#active.get(id)
    if (!active || !isActive(active.record))
      throw new Conflict(`Job ${id} is ${status}; only a running or paused job can be changed.`)
    const type = ({ pause: 'paused', resume: 'resumed', cancel: 'cancelled' } as const)[command]
    const done = this.#next(id, COMMAND_MS, (message) =>
      message.type === 'crashed' ||
      message.type === 'stopped' ||
      (message.type === 'record' && message.record.status !== status)
        ? message
        : undefined,
    )
    active.host.send({ type })
    if ((await done).type === 'stopped')
      throw new Conflict(`The server is shutting down; ${command} job ${id} when it is back.`)
    return this.record(id)
  }

  /** Every engine has written what is left: a write under way would take the process with it. */
  async close(): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#active.values()].map(({ host }) => host.stop()))
    this.#active.clear()
    await Promise.all(this.#ending)
  }

  #start(record: JobRecord, isDraft: boolean): void {
    const { id } = record
    // First of all: while its engine reads the data, tabs can fetch them.
    this.emit('opening', id, { app: record.app, shards: this.#shardsOf(record) })
    const host = this.#options.engines.start(record, (message) => this.#handle(id, message))
    this.#active.set(id, { record, host, epoch: null, isDraft })
  }

  /** What leases of this job may ask for. */
  #shardsOf(record: JobRecord): Ahead['shards'] {
    const { apps, store } = this.#options
    const { shards } = store.dataset(record.dataset)?.manifest ?? { shards: [] }
    const only = apps[record.app]?.side
    const needed = shards.filter(({ side }) => only === undefined || side === only)
    return needed.map(({ hash, bytes }) => ({ hash, bytes }))
  }

  #handle(id: string, message: FromEngine): void {
    const active = this.#active.get(id)
    if (!active) return
    if (message.type === 'opened') {
      active.epoch = message.epoch
      active.isDraft = false
      this.#update(active, message.record)
    } else if (message.type === 'record') this.#update(active, message.record)
    else if (message.type === 'lines') this.emit('lines', id, message.lines)
    else if (message.type === 'crashed') this.#fail(active, message)
    else if (message.type === 'stopped') this.#drop(id)
    this.emit('engine', id, message)
    // What follows the end of a job is nothing; its late deltas are refused without an engine.
    if (message.type === 'record' && !isActive(message.record)) this.#drop(id)
  }

  #update(active: Active, record: JobRecord): void {
    active.record = record
    this.emit('record', record)
  }

  #drop(id: string): void {
    const active = this.#active.get(id)
    if (!active) return
    if (active.epoch !== null) this.#pastEpochs.add(active.epoch)
    this.#active.delete(id)
    const ending = active.host.stop().finally(() => this.#ending.delete(ending))
    this.#ending.add(ending)
    this.emit('stopped', id)
  }

  #fail(active: Active, message: Extract<FromEngine, { type: 'crashed' }>): void {
    const { log, store } = this.#options
    const { id } = active.record
    if (active.isDraft && message.mistake) {
      this.#drop(id)
      return
    }
    log.error({ job: id, stack: message.stack }, `job failed: ${message.error}`)
    const over = { status: 'failed', error: message.error, finishedMs: Date.now() } as const
    const record: JobRecord = { ...active.record, ...over }
    this.#drop(id)
    // When the disk is the reason, the record cannot be kept; then the job resumes after a restart.
    store.putJob(record).then(
      () => this.emit('record', record),
      (error: unknown) => log.error({ job: id, error }, 'the failure could not be written down'),
    )
  }

  /** The first message of the job's engine for which `pick` answers. */
  #next<T>(id: string, limitMs: number, pick: (message: FromEngine) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const listen = (job: string, message: FromEngine): void => {
        const picked = job === id ? pick(message) : undefined
        if (picked === undefined) return
        end()
        resolve(picked)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Conflict(`Job ${id} does not answer; see the server's log, or try again.`))
      }, limitMs)
      const end = (): void => {
        clearTimeout(timer)
        this.off('engine', listen)
      }
      this.on('engine', listen)
    })
  }
}
