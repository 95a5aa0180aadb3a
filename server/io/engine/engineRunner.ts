/**
 * Performs what one engine commands: the only code that stands between the pure core and the world.
 *
 * Effects are performed in the order they come. Two things wait for the disk and nothing else does:
 * an `accept` is posted, and a `conclude` carried out, once every `append` before it is durable. So
 * a tab that was told "accepted" can rely on it, while leases go on being granted meanwhile.
 *
 * While the runner lives it is the single writer of its job's record, log, run lines and results.
 * Whatever throws (the app, the disk) ends the runner: the job fails with one sentence.
 */
import type { AnyApp } from '../../../shared/app.ts'
import type { RunLine } from '../../../shared/protocol.ts'
import { decodeFrame, encodeFrame } from '../../../shared/wire.ts'
import { type Engine, step, view } from '../../core/engine.ts'
import type { EngineEffect, EngineEvent, LogRecord } from '../../core/events.ts'
import { recordFrame, snapshotFrame } from '../store/logRecord.ts'
import type { JobRecord, Store } from '../store/store.ts'
import type { EngineClock } from './engineClock.ts'
import { explain, type FromEngine, type Port, type ToEngine } from './engineMessages.ts'
import { FramePool } from './framePool.ts'
import { LinePace } from './linePace.ts'
import { resultFiles } from './resultFiles.ts'

const TICK_MS = 100
/** The job record is for restarts and lists; the log has all that matters. */
const RECORD_MS = 1000

export interface RunnerOptions {
  store: Store
  app: AnyApp
  record: JobRecord
  /** Never used before, and durable. */
  epoch: () => Promise<number>
  port: Port<FromEngine>
  /** Monotonic. */
  nowMs: () => number
  /** Of records between two snapshots, where it is not to be the engine's own. */
  snapshotEveryBytes?: number
}

type Effect<T extends EngineEffect['type']> = Extract<EngineEffect, { type: T }>

export class EngineRunner {
  readonly #options: RunnerOptions
  readonly #engine: Engine
  readonly #clock: EngineClock
  readonly #shards: readonly { hash: string; bytes: number }[]
  readonly #frames = new FramePool()
  readonly #pace: LinePace
  readonly #timer: NodeJS.Timeout
  #record: JobRecord
  /** Resolves when everything written so far is on disk. */
  #durable: Promise<unknown> = Promise.resolve()
  /** Resolves when no record is being deleted: nobody waits for that but the end. */
  #dropped: Promise<void> = Promise.resolve()
  #line: RunLine | null = null
  #lineCount: number
  #recordAtMs = Number.NEGATIVE_INFINITY
  #slots = 0
  /** Nothing is handled any more … */
  #isOver = false
  /** … and nothing that waits for the disk is told or carried out. */
  #hasCrashed = false

  constructor(
    options: RunnerOptions,
    engine: Engine,
    clock: EngineClock,
    record: JobRecord,
    shards: readonly { hash: string; bytes: number }[],
    drafted: Promise<void>,
  ) {
    this.#options = options
    this.#engine = engine
    this.#clock = clock
    this.#record = record
    this.#shards = shards
    this.#lineCount = options.store.runLineCount(record.id)
    this.#pace = new LinePace(this.#lineCount > 0 ? record.runningMs : Number.NEGATIVE_INFINITY)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#write(drafted)
    this.#write(options.store.putJob(record))
    options.port.postMessage({
      type: 'opened',
      epoch: record.epoch,
      shards: shards.map((shard) => shard.hash),
      leasesAhead: options.app.leasesAhead === true,
      record,
    })
    this.#whenDurable(() => this.#post({ type: 'kept' }))
  }

  handle(message: ToEngine): void {
    if (this.#isOver) return
    if (message.type === 'stop') void this.#stop()
    else if (message.type === 'served') this.#record.counters.bytesDown += message.bytes
    else if (message.type === 'settled') this.#settled(message)
    else {
      if (message.type === 'offered') this.#slots = message.slots
      this.#step({ ...message, nowMs: this.#options.nowMs() })
    }
  }

  #settled(message: Extract<ToEngine, { type: 'settled' }>): void {
    const { volunteer, lease, computeMs, heldMs, frame } = message
    const nowMs = this.#options.nowMs()
    this.#record.counters.bytesUp += frame.byteLength
    // The main thread has decoded it once, to read its head: here it cannot fail.
    const { arrays } = decodeFrame(frame)
    this.#step({ type: 'settled', nowMs, volunteer, lease, computeMs, heldMs, arrays })
  }

  #tick(): void {
    this.#step({ type: 'tick', nowMs: this.#options.nowMs() })
    if (!this.#isOver) this.#publish(false)
  }

  #step(event: EngineEvent): void {
    this.#clock.start()
    try {
      for (const effect of step(this.#engine, event)) this.#perform(effect)
    } catch (error) {
      this.#crash(error)
    }
    this.#clock.stop()
    Object.assign(this.#record.counters, this.#clock.counters())
  }

  #perform(effect: EngineEffect): void {
    switch (effect.type) {
      case 'grant':
        this.#grant(effect)
        break
      case 'decline':
        this.#post({ type: 'declined', volunteer: effect.volunteer })
        break
      case 'ended': {
        const { volunteer, lease, outcome, elapsedMs, computeMs } = effect
        this.#post({ type: 'ended', volunteer, lease, outcome, elapsedMs, computeMs })
        break
      }
      case 'append':
        this.#write(this.#append(effect.record))
        break
      case 'snapshot':
        this.#write(
          this.#options.store.putSnapshot(this.#record.id, snapshotFrame(effect.snapshot)),
        )
        this.#whenDurable(() => this.#dropLog(effect.snapshot.seq))
        break
      case 'accept': {
        const { volunteer, lease, updates } = effect
        this.#whenDurable(() => this.#post({ type: 'accepted', volunteer, lease, updates }))
        break
      }
      case 'refuse':
        this.#post({ ...effect, type: 'refused' })
        break
      case 'revoke':
        this.#post({ ...effect, type: 'revoked' })
        break
      case 'report':
        this.#report(effect)
        break
      case 'conclude':
        this.#publish(true)
        this.#whenDurable(() => this.#conclude(effect))
        break
    }
  }

  async #append(record: LogRecord): Promise<void> {
    const { store } = this.#options
    const frame = recordFrame(record, (length) => this.#frames.take(length))
    await store.append(this.#record.id, record.seq, frame)
    this.#frames.give(frame)
  }

  #grant({ volunteer, lease, shards, arrays, deadlineMs }: Effect<'grant'>): void {
    const entries = shards.map((k) => this.#shards[k]!)
    const head = {
      lease,
      job: this.#record.id,
      app: this.#options.app.name,
      shards: entries.map(({ hash, bytes }) => ({ hash, bytes })),
      deadlineMs,
    }
    const frame = encodeFrame(head, arrays)
    this.#record.counters.bytesDown += frame.byteLength
    const hashes = entries.map((entry) => entry.hash)
    this.#post({ type: 'granted', volunteer, lease, shards, hashes, frame }, [frame.buffer])
  }

  #report({ progress, counters, runningMs }: Effect<'report'>): void {
    const { bytesDown, bytesUp } = this.#record.counters
    const byHost = { bytesDown, bytesUp, ...this.#clock.counters() }
    this.#record = {
      ...this.#record,
      ...{ phase: progress.phase, fraction: progress.fraction, values: { ...progress.values } },
      ...{ runningMs, counters: { ...counters, ...byHost } },
    }
    const { phase, values } = this.#record
    const { leases, deltas } = counters
    const slots = this.#slots
    this.#line = { atMs: runningMs, phase, values, leases, deltas, bytesDown, bytesUp, slots }
    this.#publish(false)
  }

  /** Show the newest progress, and keep it, when it is time or `now`. */
  #publish(now: boolean): void {
    const { store, nowMs } = this.#options
    const atMs = nowMs()
    if (!this.#line || !(this.#pace.isDue(this.#line, atMs) || now)) return
    if (this.#pace.keeps(this.#line) || now)
      this.#write(store.putRunLine(this.#record.id, this.#lineCount++, this.#line))
    if (now || atMs >= this.#recordAtMs + RECORD_MS) {
      this.#recordAtMs = atMs
      this.#write(store.putJob(this.#record))
    }
    this.#post({ type: 'lines', lines: [this.#line] })
    this.#post({ type: 'record', record: this.#record })
    this.#line = null
  }

  async #conclude({ status, error, summary, results }: Effect<'conclude'>): Promise<void> {
    const { store } = this.#options
    const isOver = status !== 'running' && status !== 'paused'
    const { runningMs } = view(this.#engine)
    const finishedMs = isOver ? Date.now() : null
    const outcome = { status, error, summary, runningMs, finishedMs }
    let names: string[] = []
    if (isOver) {
      clearInterval(this.#timer)
      const files = resultFiles(store, { ...this.#record, ...outcome }, results)
      // Together, because the store flushes writes together: one flush instead of one a file.
      await Promise.all(
        files.map(({ name, mediaType, bytes, text }) =>
          store.putResult(this.#record.id, name, mediaType, bytes ?? text),
        ),
      )
      names = files.map((file) => file.name)
    }
    // Not before its results are durable: a late delta may publish the record in between, and a
    // crash then would leave a job that is over and has nothing to show.
    this.#record = { ...this.#record, ...outcome, results: names }
    await store.putJob(this.#record)
    this.#post({ type: 'record', record: this.#record })
  }

  /** What was committed before is told and carried out still, as soon as it is durable. */
  async #stop(): Promise<void> {
    this.#isOver = true
    clearInterval(this.#timer)
    this.#record = { ...this.#record, runningMs: view(this.#engine).runningMs }
    this.#write(this.#options.store.putJob(this.#record))
    await this.#durable
    await this.#dropped
    if (!this.#hasCrashed) this.#post({ type: 'stopped' })
  }

  /** Let the records go that a durable snapshot stands for. */
  #dropLog(seq: number): void {
    const { store } = this.#options
    this.#dropped = this.#dropped
      .then(() => store.dropLog(this.#record.id, seq))
      .catch((error: unknown) => this.#crash(error))
  }

  /** Begin a write now; what follows with `#whenDurable` waits for it. */
  #write(write: Promise<void>): void {
    const all = Promise.all([this.#durable, write])
    this.#durable = all.catch((error: unknown) => this.#crash(error))
  }

  #whenDurable(action: () => void | Promise<void>): void {
    this.#durable = this.#durable
      .then(() => (this.#hasCrashed ? undefined : action()))
      .catch((error: unknown) => this.#crash(error))
  }

  #crash(error: unknown): void {
    if (this.#hasCrashed) return
    this.#hasCrashed = true
    this.#isOver = true
    clearInterval(this.#timer)
    this.#post(explain(error))
  }

  #post(message: FromEngine, transfer?: ArrayBuffer[]): void {
    this.#options.port.postMessage(message, transfer)
  }
}
