/**
 * What the parts of the simulator share: what is to be run, the world it runs in, and what came of it.
 * Server and tabs know each other only by what is said here, as if over a network.
 */
import type { AnyApp, Dataset, Push } from '../../shared/app.ts'
import type { Memory } from '../../shared/apps/kernel.ts'
import type { Random } from '../../shared/random.ts'
import type { Arrays } from '../../shared/wire.ts'
import type { Agenda } from './agenda.ts'
import type { Engine } from './engine.ts'
import type { EngineEffect, EngineEvent, LogRecord, Snapshot } from './events.ts'
import type { FleetEffect, FleetEvent } from './fleetEvents.ts'

/** A volunteer's speed, and how likely each of its vices is for a lease. */
export interface SimVolunteer {
  name: string
  workers: number
  /** Entries a worker reads per millisecond. */
  workPerMs: number
  rttMs: number
  /** Of its line, either way; without it bytes take no time. */
  bytesPerMs?: number
  joinMs: number
  /** When it goes, and when it comes back; null: never. */
  leaveMs: number | null
  backMs: number | null
  vices: Partial<Record<Vice, number>>
}

export const VICES = [
  'lie', //    sends something wrong, of any kind
  'stall', //  never answers
  'late', //   answers after its deadline
  'twice', //  answers twice
  'fail', //   gives the lease back
  'freeze', // the tab stands still for half a minute, whatever it has in hand
  'lose', //   the connection breaks as it answers; it is back a second later
] as const
export type Vice = (typeof VICES)[number]

export interface SimLease {
  job: string
  lease: number
  shards: readonly number[]
  deadlineMs: number
  work: number
  arrays: Arrays
  /** Tells the tab's memory what was computed, and which of that travels. */
  keep?: (delta: Arrays) => void
  sent?: readonly string[]
}

export interface SimJob {
  id: string
  app: AnyApp
  /** Parsed by the app. */
  spec: unknown
  dataset: Dataset
  push: Push
  /** What tabs remember of the job; by default nothing. */
  openMemory?: () => Memory
  /** Work that a push really did, where it may end before the lease's; by default all of it. */
  workDone?: (lease: Arrays, delta: Arrays, work: number) => number
  seed: number
  submittedMs: number
}

export interface SimOptions {
  seed: number
  jobs: readonly SimJob[]
  volunteers: readonly SimVolunteer[]
  /** When the server dies, if it is up; it is back 500 ms later. */
  crashesMs?: readonly number[]
  /** Time until an append is durable. */
  diskMs?: number
  /** Bytes of records between two snapshots; by default as many as in earnest. */
  snapshotEveryBytes?: number
  /** Give up then. */
  untilMs: number
  /** Looks at every step of an engine, right after it. */
  watch?: (moment: SimMoment) => void
  watchFleet?: (event: FleetEvent, effects: FleetEffect[]) => void
}

export interface SimMoment {
  job: string
  engine: Engine
  event: EngineEvent
  effects: EngineEffect[]
  log: readonly LogRecord[]
}

export interface SimResult {
  endMs: number
  /** By job: its status, what it concluded with, its durable log. */
  jobs: Record<string, SimJobResult>
  /** Leases whose acceptance reached the tab, by job. */
  acknowledged: Record<string, number[]>
  /** Answers sent to tabs, by reason, 'accepted' included. */
  answers: Record<string, number>
  steps: number
}

export interface SimJobResult {
  conclusion: Extract<EngineEffect, { type: 'conclude' }> | null
  /** Whole: what a snapshot would let go is kept, to be held against it. */
  log: LogRecord[]
  /** Those on disk, the oldest first. */
  snapshots: Snapshot[]
  /** Kernel time of accepted leases. */
  computeMs: number
}

/** The server as tabs reach it; what is said while it is down is lost. */
export interface ServerSide {
  readonly isUp: boolean
  hello(volunteer: string, workers: number, cached: readonly string[], rttMs: number): void
  /** The connection has closed. */
  lost(volunteer: string): void
  settled(volunteer: string, lease: number, computeMs: number, arrays: Arrays): void
  failed(volunteer: string, lease: number): void
}

/** A tab as the server reaches it. */
export interface TabSide {
  /** Names what it remembers of a job; undefined where there is nothing to be remembered. */
  memoryOf(job: string): string | undefined
  /** The lease as its kernel takes it; null when it counts on what is not here. */
  recall(lease: SimLease): SimLease | null
  /** A message to it; lost with the connection. */
  deliver(action: (tab: TabSide) => void, bytes?: number): void
  leased(recalled: SimLease | null, lease: SimLease): void
  revoked(lease: number): void
}

export interface Scene {
  readonly options: SimOptions
  readonly agenda: Agenda
  readonly random: Random
  readonly result: SimResult
  readonly tabs: ReadonlyMap<string, TabSide>
}

/** The scene as tabs see it. */
export interface World extends Scene {
  readonly server: ServerSide
}
