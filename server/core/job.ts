/**
 * A job as its engine holds it: the app's state, the leases, the clock, the status.
 *
 *   running ◀──resumed / paused──▶ paused
 *      ├── finished    the app says so, after a delta or at the very start
 *      ├── cancelled   by the owner, also from paused
 *      └── failed      the app threw; its state is not to be trusted
 *
 * running. Offers are scheduled, deltas are committed, running time passes.
 * paused. No lease is held and the clock stands; a delta that was on its way is refused as revoked.
 * finished, cancelled, failed. For good: every offer is declined, every delta refused.
 *
 * `conclude` and `fail` (engine.ts) are the only functions that change the status.
 */
import type { AnyApp, Dataset, Progress } from '../../shared/app.ts'
import type { JobCounters, JobStatus, Refusal } from '../../shared/protocol.ts'
import { seededRandom } from '../../shared/random.ts'
import { type Arrays, bytesOf } from '../../shared/wire.ts'
import { Counters } from './counters.ts'
import { Histories } from './deadline.ts'
import type { EngineEffect, LeaseOutcome, LogRecord, Snapshot } from './events.ts'
import { type Lease, Leases } from './lease.ts'

/**
 * A shorter log is replayed from its beginning: a topic model takes 50 MiB of records a second, and 40 to
 * 100 MiB of a snapshot (10⁶ tokens, K = 100), so this is a second or two of reopening.
 */
const LOG_BYTES_MIN = 64 << 20
/** It grows to this many times its snapshot before the next: a quarter more is written in all. */
const LOG_SHARE = 4
/** One that would be larger is not taken: a frame of it has to fit into memory beside the state. */
const SNAPSHOT_BYTES_MAX = 2 ** 30

export interface EngineOptions {
  app: AnyApp
  /** As `app.spec` parsed it. */
  spec: unknown
  dataset: Dataset
  seed: number
  /**
   * The high part of this engine's lease numbers. It must never have been used before in this data
   * directory, by whatever job: leases are told apart by their number alone.
   */
  epoch: number
  /** What stands for the records before `log`, if they are gone. */
  snapshot?: Snapshot | undefined
  /** The durable records of earlier runs, in order, from the snapshot on; they are replayed. */
  log: Iterable<LogRecord>
  /** Bytes of records between two snapshots; tests have less patience than a disk. */
  snapshotEveryBytes?: number | undefined
  /** 'paused' when the job was paused before the restart. */
  status?: 'running' | 'paused'
  /** Running time and counters as last reported, for what the log does not tell. */
  runningMs?: number
  counters?: JobCounters
}

export interface EngineView {
  status: JobStatus
  progress: Progress
  counters: JobCounters
  runningMs: number
  /** seq of the next record. */
  seq: number
}

export interface Engine {
  readonly app: AnyApp
  readonly dataset: Dataset
  /** The app's own. */
  readonly state: unknown
  readonly leases: Leases
  readonly histories: Histories
  readonly counters: Counters
  status: JobStatus
  seq: number
  readonly snapshotEveryBytes: number | null
  /** Of the last snapshot, and what the log has grown by since then. */
  snapshotBytes: number
  logBytes: number
  /** Has `advance` been asked once since the engine opened? */
  begun: boolean
  /** Time the job was running, and when that was last brought up to date (null: not started). */
  runningMs: number
  clockMs: number | null
  reportedMs: number
  /** As last reported: all there is to show once the app has thrown. */
  progress: Progress
  /** Has anything changed since the last report? */
  changed: boolean
}

/** @throws what `app.open` throws: a UserError when the spec does not fit the data. */
export function openEngine(options: EngineOptions): Engine {
  const { app, dataset, snapshot, snapshotEveryBytes = null } = options
  const state = app.open(options.spec, dataset, seededRandom(options.seed))
  const counters = new Counters(options.counters, snapshot?.counted)
  if (snapshot) app.replay(state, snapshot.arrays)
  let seq = snapshot?.seq ?? 0
  let runningMs = Math.max(options.runningMs ?? 0, snapshot?.atMs ?? 0)
  let logBytes = 0
  for (const record of options.log) {
    if (record.seq !== seq)
      throw new Error(`the job's log has record ${record.seq} where record ${seq} was expected`)
    app.replay(state, record.arrays)
    counters.logged(record)
    runningMs = Math.max(runningMs, record.atMs)
    logBytes += bytesOf(record.arrays)
    seq++
  }
  return {
    app,
    dataset,
    state,
    leases: new Leases(options.epoch),
    histories: new Histories(),
    counters,
    status: options.status ?? 'running',
    begun: false,
    seq,
    snapshotEveryBytes,
    snapshotBytes: snapshot ? bytesOf(snapshot.arrays) : 0,
    logBytes,
    runningMs,
    clockMs: null,
    reportedMs: Number.NEGATIVE_INFINITY,
    progress: { phase: 'starting', fraction: null, values: {} },
    changed: true,
  }
}

export function view(engine: Engine): EngineView {
  const { app, state, status, runningMs, seq } = engine
  const progress = status === 'failed' ? engine.progress : app.progress(state)
  return { status, progress, counters: engine.counters.view(), runningMs, seq }
}

/** Running time passes only while the job runs. */
export function keepTime(engine: Engine, nowMs: number): void {
  const sinceMs = nowMs - (engine.clockMs ?? nowMs)
  if (engine.status === 'running') engine.runningMs += Math.max(0, sinceMs)
  engine.clockMs = Math.max(engine.clockMs ?? nowMs, nowMs)
}

export function append(
  engine: Engine,
  arrays: Arrays,
  about: Omit<LogRecord, 'seq' | 'atMs' | 'arrays'>,
  effects: EngineEffect[],
): void {
  const record: LogRecord = { seq: engine.seq++, atMs: engine.runningMs, ...about, arrays }
  engine.logBytes += bytesOf(arrays)
  engine.counters.logged(record)
  effects.push({ type: 'append', record })
}

/** A snapshot, when the log has grown enough since the last one, and the app has them. */
export function snapshotIfDue(engine: Engine, effects: EngineEffect[]): void {
  const { app, state, seq, runningMs: atMs } = engine
  if (!app.snapshot || engine.status !== 'running') return
  const usualBytes = Math.max(LOG_BYTES_MIN, LOG_SHARE * engine.snapshotBytes)
  if (engine.logBytes < (engine.snapshotEveryBytes ?? usualBytes)) return
  const arrays: Arrays = app.snapshot(state)
  engine.logBytes = 0
  engine.snapshotBytes = bytesOf(arrays)
  if (engine.snapshotBytes > SNAPSHOT_BYTES_MAX) return
  const counted = engine.counters.counted()
  effects.push({ type: 'snapshot', snapshot: { seq, atMs, counted, arrays } })
}

/** Tell its volunteer to drop a lease that has ended. */
export function revoke(
  { volunteer, lease }: Lease,
  reason: Refusal,
  effects: EngineEffect[],
): void {
  effects.push({ type: 'revoke', volunteer, lease, reason })
}

export function revokeAll(engine: Engine, nowMs: number, effects: EngineEffect[]): void {
  for (const lease of engine.leases.all()) {
    release(engine, lease, 'revoked', nowMs, effects)
    revoke(lease, 'revoked', effects)
  }
}

/** The lease ends without a commit; its block is free, unless a twin goes on with it. */
export function release(
  engine: Engine,
  lease: Lease,
  outcome: LeaseOutcome,
  nowMs: number,
  effects: EngineEffect[],
): void {
  if (!engine.leases.twin(lease)) engine.app.release(engine.state, lease.block)
  end(engine, lease, outcome, nowMs, effects)
}

/** Its twin's delta was committed: that of this one is not wanted any more. */
export function outrun(engine: Engine, lease: Lease, nowMs: number, effects: EngineEffect[]): void {
  end(engine, lease, 'outrun', nowMs, effects)
  revoke(lease, 'revoked', effects)
}

export function end(
  engine: Engine,
  lease: Lease,
  outcome: LeaseOutcome,
  nowMs: number,
  effects: EngineEffect[],
  delta: { computeMs: number | null; updates: number } = { computeMs: null, updates: 0 },
): void {
  engine.leases.end(lease, outcome)
  engine.changed = true
  const { volunteer, lease: number, block } = lease
  const elapsedMs = nowMs - lease.grantedMs
  const { work } = block
  effects.push({ type: 'ended', volunteer, lease: number, outcome, work, elapsedMs, ...delta })
}

export function report(engine: Engine, nowMs: number, effects: EngineEffect[]): void {
  if (engine.status === 'failed') return
  const { progress, counters, runningMs } = view(engine)
  engine.reportedMs = nowMs
  engine.progress = progress
  engine.changed = false
  effects.push({ type: 'report', progress, counters, runningMs })
}

export function conclude(
  engine: Engine,
  status: Exclude<JobStatus, 'failed'>,
  nowMs: number,
  effects: EngineEffect[],
): void {
  const { app, state } = engine
  const finished = status === 'finished'
  const summary = finished ? app.summary(state) : null
  const results = finished ? app.results(state) : []
  report(engine, nowMs, effects)
  engine.status = status
  effects.push({ type: 'conclude', status, error: null, summary, results })
}
