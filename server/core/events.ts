/**
 * The engine's whole language: facts in the past tense come in, commands in the imperative go out.
 *
 * One engine runs one job. `step(state, event) → effects` never sends, writes, waits or looks at a
 * clock; the host (server/io/engine/engineRunner.ts) performs the effects in order. Time is in every event.
 */

import type { Progress, ResultFile } from '../../shared/app.ts'
import type { JobCounters, JobStatus, Refusal } from '../../shared/protocol.ts'
import type { Arrays } from '../../shared/wire.ts'

export type EngineEvent =
  /** A volunteer has a free slot, and the fleet has chosen this job for it. */
  | {
      type: 'offered'
      nowMs: number
      volunteer: string
      rttMs: number
      /** Slots that work for this job now, this one included. */
      slots: number
      /** Indices of the dataset's shards the volunteer holds. */
      holds: readonly number[]
      /** Names the memory of its tab, if it has one. */
      memory?: string
    }
  /** A delta frame arrived and decoded; nothing in it is trusted yet. */
  | {
      type: 'settled'
      nowMs: number
      volunteer: string
      lease: number
      computeMs: number
      /** Time in the tab, kernel included; absent: not told. */
      heldMs?: number | undefined
      arrays: Arrays
    }
  /** The volunteer gave the lease back, or sent bytes that were no frame. */
  | { type: 'failed'; nowMs: number; volunteer: string; lease: number; reason: string }
  | { type: 'left'; nowMs: number; volunteer: string }
  | { type: 'paused'; nowMs: number }
  | { type: 'resumed'; nowMs: number }
  | { type: 'cancelled'; nowMs: number }
  | { type: 'tick'; nowMs: number }

/** A fact before its host has stamped it with the time. */
export type Timeless<Event> = Event extends { nowMs: number } ? Omit<Event, 'nowMs'> : never

export type EngineEffect =
  /** Send a lease. `shards` are indices into the manifest. */
  | {
      type: 'grant'
      volunteer: string
      lease: number
      shards: readonly number[]
      arrays: Arrays
      /** Time left from now on, as in the head of a lease frame. */
      deadlineMs: number
      work: number
    }
  /** Nothing for the slot that was offered; the fleet may offer it to another job. */
  | {
      type: 'decline'
      volunteer: string
      reason: 'waiting-for-others' | 'finished' | 'paused'
    }
  /** Answer a delta: no. */
  | { type: 'refuse'; volunteer: string; lease: number; reason: Refusal; detail: string }
  /** Write a record to the log. Accepts that follow must wait until it is durable. */
  | { type: 'append'; record: LogRecord }
  /** Keep this instead of all records before it, which may go when it is durable. */
  | { type: 'snapshot'; snapshot: Snapshot }
  /** Answer a delta: yes. Perform only when every earlier append is durable. */
  | { type: 'accept'; volunteer: string; lease: number; updates: number }
  /**
   * A lease is over, exactly once for every grant and whatever the reason: the slot is free. Comes
   * before the `accept`, `refuse` or `revoke` that tells the volunteer.
   */
  | {
      type: 'ended'
      volunteer: string
      lease: number
      outcome: LeaseOutcome
      work: number
      elapsedMs: number
      /** Kernel time as the volunteer reported it, at most elapsedMs; null without a delta. */
      computeMs: number | null
      updates: number
    }
  /** Tell the volunteer to drop a lease. */
  | { type: 'revoke'; volunteer: string; lease: number; reason: Refusal }
  /** Something new to show: at most a few a second. */
  | { type: 'report'; progress: Progress; counters: JobCounters; runningMs: number }
  /** The job changed its status. With 'finished' come results. */
  | {
      type: 'conclude'
      status: JobStatus
      error: string | null
      summary: Record<string, unknown> | null
      results: ResultFile[]
    }

/** How a lease ended. */
export type LeaseOutcome =
  | 'accepted'
  | 'refused'
  | 'expired'
  | 'revoked'
  | 'outrun'
  | 'failed'
  | 'left'

/**
 * One durable record of a job's log. `seq` counts from 0 without gaps. `lease` and `volunteer` say
 * whose delta it was; both are null for the app's own transitions (`advance`).
 */
export interface LogRecord {
  seq: number
  /** Running time when it happened, milliseconds: the clock continues after a restart. */
  atMs: number
  lease: number | null
  volunteer: string | null
  updates: number
  computeMs: number
  /** For the app's transitions: one line for people. */
  note: string | null
  arrays: Arrays
}

/**
 * A log up to `seq` as one record: what the records before it have made of the model, and what they
 * have counted. A job reopens from it and from the records that follow.
 */
export interface Snapshot {
  seq: number
  atMs: number
  counted: Counted
  arrays: Arrays
}

/** What only the log tells of a job's deltas. */
export interface Counted {
  deltas: number
  updates: number
  computeMs: number
  /** Who sent them. */
  volunteers: readonly string[]
}
