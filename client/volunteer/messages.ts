/**
 * What the three sides of a tab say to each other: page ↔ coordinator worker ↔ compute workers.
 * Types only; comlink carries them. What crosses the network is in shared/protocol.ts.
 */
import type { Failed, JobCard, Notice } from '../../shared/protocol.ts'
import type { Choice, Decision, Use } from '../backends/runner.ts'
import type { Decisions } from './decisions.ts'
import type { Settings } from './settings.ts'
import type { Cause } from './throttle.ts'

// ---------------------------------------------------------------- coordinator → compute worker

export type BackendUse = Use

export type Outcome =
  /** `frame` is the delta frame, ready to send. */
  | { ok: true; frame: ArrayBuffer; computeMs: number; backend: BackendUse }
  | { ok: false; reason: Failed['reason']; detail: string; isFull?: boolean }

export interface Holding {
  bytes: Uint8Array<ArrayBuffer>
  /** Null: the shard is held. */
  failure: HoldFailure | null
}

/** `isFull`: the worker's memory cannot grow any more; dropping shards may help. */
export interface HoldFailure {
  detail: string
  isFull: boolean
}

export interface Compute {
  /** Resolves when the worker is there. What the first lease of an app would wait for begins to load. */
  prepare(choice: Choice): Promise<void>
  /**
   * What to compute the app's leases with, before anything else about the app. `known` is what another
   * worker has found out; null: find out. Resolves to what the worker goes by.
   */
  decide(app: string, choice: Choice, known: Decision | null): Promise<Decision>
  /** Copies the bytes into the app's backend and gives them back; both ways they are transferred. */
  hold(app: string, hash: string, bytes: Uint8Array<ArrayBuffer>): Promise<Holding>
  drop(app: string, hash: string): Promise<void>
  /** `frame` is the lease frame as it came from the server, `ageMs` ago. */
  run(frame: ArrayBuffer, ageMs: number): Promise<Outcome>
}

/** The first message of a compute worker: the port it serves on. */
export interface ComputeHello {
  port: MessagePort
}

// ---------------------------------------------------------------- page → coordinator

export interface Opening {
  volunteer: string
  agent: string
  control: Control
  /** SIMD or GPU, where the URL says so. */
  choice: Choice
  /** What an earlier visit of this session has found out about them. */
  decisions: Decisions
}

/** What the person wants; sent whole on every change. */
export interface Control extends Omit<Settings, 'pinned'> {
  /** Between Start and Stop. */
  started: boolean
  /** Why nothing is computed although started. */
  cause: Cause | null
}

export interface Coordinator {
  open(opening: Opening, page: Page): Promise<void>
  set(control: Control): void
}

// ---------------------------------------------------------------- coordinator → page

export interface Page {
  show(snapshot: Snapshot): void
  /** Keep this for the next visit of the session. */
  keep(decisions: Decisions): void
  /** For browsers whose workers cannot create workers. */
  spawn(id: number, port: MessagePort, onCrash: (message: string) => void): void
  terminate(id: number): void
}

export type Link =
  | { state: 'connecting' }
  | { state: 'online' }
  /** It was online before; socket.io is trying again. */
  | { state: 'reconnecting' }
  /** The server said no; `final` means that trying again is pointless. */
  | { state: 'refused'; error: string; final: boolean }

export type WorkerState = 'idle' | 'loading' | 'computing' | 'resting'

export interface Snapshot {
  link: Link
  /** The name under which the server knows this tab. */
  name: string | null
  jobs: JobCard[]
  /** The job of the latest lease. */
  job: string | null
  notice: Notice | null
  workers: WorkerState[]
  /** Leases in hand, deltas on their way included. */
  leases: number
  blocks: number
  refused: number
  lastRefusal: { reason: string; detail: string } | null
  /** Verified by the server: whole history of this volunteer. */
  updates: number
  /** Deltas without a verdict. */
  pending: number
  bytesDown: number
  bytesUp: number
  /** Shards kept on this device. */
  cacheBytes: number
  cachePersistent: boolean
  backend: BackendUse | null
  /** Share of all cores used over the last seconds, 0 … 1. */
  cpuShare: number
  /** Something is broken on this device: one sentence. */
  problem: string | null
}
