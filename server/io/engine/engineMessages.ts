/**
 * What the main thread and an engine's thread say to each other: plain data, buffers transferred.
 *
 * This is the narrow interface that lets an engine move to another machine: nothing here is a
 * function, a handle or shared memory. Time is the engine's own: its host stamps events on arrival.
 */

import { UserError } from '../../../shared/errors.ts'
import type { Refusal, RunLine } from '../../../shared/protocol.ts'
import type { EngineEvent, LeaseOutcome, Timeless } from '../../core/events.ts'
import type { JobRecord } from '../store/store.ts'

export type ToEngine =
  | Timeless<
      Extract<
        EngineEvent,
        { type: 'offered' | 'failed' | 'left' | 'paused' | 'resumed' | 'cancelled' }
      >
    >
  /** A delta as it came: of its frame the head was read (`lease`, `computeMs`, `heldMs`), the arrays were not. */
  | (Omit<Timeless<Extract<EngineEvent, { type: 'settled' }>>, 'arrays'> & {
      frame: Uint8Array<ArrayBuffer>
    })
  /** Shard bytes that went to volunteers for this job: counted by the HTTP side. */
  | { type: 'served'; bytes: number }
  /** Write what is left, then end: the server is shutting down. The job stays as it is. */
  | { type: 'stop' }

export type FromEngine =
  /** The log is replayed: offers are welcome. `shards`: hashes, in order. */
  | {
      type: 'opened'
      epoch: number
      shards: readonly string[]
      leasesAhead: boolean
      record: JobRecord
    }
  /** The job is on disk: its submission may be acknowledged. */
  | { type: 'kept' }
  | {
      type: 'granted'
      volunteer: string
      lease: number
      /** Indices into the dataset's shards, and their hashes. */
      shards: readonly number[]
      hashes: readonly string[]
      frame: Uint8Array<ArrayBuffer>
    }
  | { type: 'declined'; volunteer: string }
  | {
      type: 'ended'
      volunteer: string
      lease: number
      outcome: LeaseOutcome
      elapsedMs: number
      computeMs: number | null
    }
  /** Every record up to this commit is on disk. */
  | { type: 'accepted'; volunteer: string; lease: number; updates: number }
  | { type: 'refused'; volunteer: string; lease: number; reason: Refusal; detail: string }
  | { type: 'revoked'; volunteer: string; lease: number; reason: Refusal }
  /** The job record has changed: progress, or its status. */
  | { type: 'record'; record: JobRecord }
  | { type: 'lines'; lines: RunLine[] }
  /** The engine cannot go on; one sentence. `mistake`: the spec or the data are to blame, not we. */
  | { type: 'crashed'; error: string; mistake: boolean; stack: string }
  /** Everything is written; nothing follows. */
  | { type: 'stopped' }

/** Either end of a MessageChannel, a Worker, or a worker's parentPort. */
export interface Port<Out> {
  postMessage(message: Out, transfer?: ArrayBuffer[]): void
}

/** What ends an engine, as its last message. */
export function explain(error: unknown): Extract<FromEngine, { type: 'crashed' }> {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  if (error instanceof UserError) return { type: 'crashed', error: message, mistake: true, stack }
  const text = `The job stopped on an error inside Shoal (${message}); the server's log has the details.`
  return { type: 'crashed', error: text, mistake: false, stack }
}
