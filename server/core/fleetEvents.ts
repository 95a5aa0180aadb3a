/**
 * The fleet's language: facts in the past tense come in, commands in the imperative go out, as in
 * events.ts. The host hands each `offer` to the engine of its job as an `offered` event; the engine's
 * `grant`, `decline`, `ended` and `refuse` come back as `granted`, `declined`, `ended`, `refused`.
 */
import type { Ahead, Notice, Refusal } from '../../shared/protocol.ts'
import type { LeaseOutcome } from './events.ts'

export type FleetEvent =
  /** A volunteer said hello. A second hello of the same volunteer replaces what the first said. */
  | {
      type: 'joined'
      nowMs: number
      volunteer: string
      workers: number
      /** Hashes of the shards in its cache. */
      cached: readonly string[]
      /** Null until measured. */
      rttMs: number | null
    }
  | { type: 'measured'; nowMs: number; volunteer: string; rttMs: number }
  /** Start, Stop, pause, slider. No workers: no offers. */
  | { type: 'ready'; nowMs: number; volunteer: string; workers: number }
  /** Shards its cache has dropped. */
  | { type: 'dropped'; nowMs: number; volunteer: string; hashes: readonly string[] }
  /** The connection is gone for good; the engines are told too (`left`). */
  | { type: 'left'; nowMs: number; volunteer: string }
  /** A job's engine is reading its data: these shards. `started` or `stopped` follows. */
  | ({ type: 'opening'; nowMs: number; job: string } & Ahead)
  /**
   * A job's engine takes offers. `shards` are the hashes of its dataset, in order; `leasesAhead` as in
   * app.ts.
   */
  | {
      type: 'started'
      nowMs: number
      job: string
      shards: readonly string[]
      leasesAhead?: boolean
    }
  | { type: 'paused'; nowMs: number; job: string }
  | { type: 'resumed'; nowMs: number; job: string }
  /** Finished, cancelled, failed, or its engine has died. */
  | { type: 'stopped'; nowMs: number; job: string }
  /** The engine's answers, one to one. */
  | {
      type: 'granted'
      nowMs: number
      job: string
      volunteer: string
      lease: number
      shards: readonly number[]
    }
  | { type: 'declined'; nowMs: number; job: string; volunteer: string }
  /**
   * Its delta has been handed to the engine: whatever the engine says of it, the slot is free. What is
   * offered now reaches the engine right behind the delta, and the next lease needs no turn of its own
   * between the two.
   */
  | { type: 'delivered'; nowMs: number; job: string; volunteer: string; lease: number }
  | {
      type: 'ended'
      nowMs: number
      job: string
      volunteer: string
      lease: number
      outcome: LeaseOutcome
      elapsedMs: number
      computeMs: number | null
    }
  | { type: 'refused'; nowMs: number; volunteer: string; reason: Refusal }
  /** About every 100 ms. */
  | { type: 'tick'; nowMs: number }

export type FleetEffect =
  /** Hand the engine of `job` an `offered` event with these fields. */
  | {
      type: 'offer'
      job: string
      volunteer: string
      rttMs: number
      slots: number
      holds: readonly number[]
    }
  /** Let the volunteer fetch these shards of a job that is opening: it has nothing else to do. */
  | ({ type: 'ahead'; job: string; volunteer: string } & Ahead)
  /** Send the volunteer a notice. */
  | { type: 'notice'; volunteer: string; notice: Notice }
  /**
   * Tell every engine that this volunteer `left`, and answer its deltas with 'quarantined' until
   * `untilMs` (`quarantinedUntilMs` says so too). A notice follows by itself.
   */
  | { type: 'quarantine'; volunteer: string; untilMs: number }

/** What the owner's table shows of a volunteer, as far as the fleet knows it. */
export interface FleetMember {
  volunteer: string
  workers: number
  state: 'working' | 'idle' | 'paused' | 'quarantined'
  /** The reason of the last notice, while idle or quarantined. */
  reason: Notice['reason'] | null
  rttMs: number | null
  leasesInFlight: number
  cachedShards: number
  /** Leases that ended in a commit, and deltas refused for any reason, since it first joined. */
  accepted: number
  refused: number
}
