/**
 * The engine of one job: the single writer of its model.
 *
 * Signatures first; the body follows in the next commit.
 */
import type { AnyApp, Dataset, Progress } from '../../shared/app.ts'
import type { JobCounters, JobStatus } from '../../shared/protocol.ts'
import type { EngineEffect, EngineEvent, LogRecord } from './events.ts'

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
  /** The durable records of earlier runs, in order; they are replayed. */
  log: Iterable<LogRecord>
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

export type OpenEngine = (options: EngineOptions) => Engine
export type Step = (engine: Engine, event: EngineEvent) => EngineEffect[]
export type View = (engine: Engine) => EngineView
export interface Engine {
  readonly status: JobStatus
}
