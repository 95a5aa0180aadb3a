/**
 * Leases: who may compute what until when.
 *
 * A lease is the permission of one volunteer to compute one block. Its number is the fencing token:
 * the epoch of the engine in the high part and a count in the low one, so that no number is ever
 * granted twice, not even after a restart that has forgotten the leases of the run before.
 *
 *   (never granted) ──grant──▶ LEASED ──end──▶ ENDED (outcome) ──▶ (forgotten)
 *
 * LEASED. The block belongs to this volunteer; no other lease touches its variables, but for a *twin*:
 * the same block, leased to a second volunteer because the first is slow (tail.ts). It lasts until
 * one of the outcomes below, and only `end` takes a lease out of this state. A deadline that has
 * passed does not end a lease by itself: the next tick does. A delta that arrives between the two
 * is as good as any, since nobody else has begun on the block.
 *
 * ENDED. The block is free or committed. We remember how the lease ended, because a delta may still
 * be on its way, and its sender deserves the true reason:
 *   accepted  its delta was committed; a second copy of it is 'unknown-lease'
 *   refused   its delta was wrong; the same
 *   failed    the volunteer gave it back
 *   expired   its deadline passed
 *   left      its volunteer went away; if it comes back, the lease reads as expired
 *   revoked   the job was paused or is over
 *   outrun    its twin was faster
 *
 * Forgotten. The memory is bounded; a lease that ended long ago is 'unknown-lease'.
 */
import type { Block } from '../../shared/app.ts'
import type { Refusal } from '../../shared/protocol.ts'
import type { LeaseOutcome } from './events.ts'

export interface Lease {
  readonly lease: number
  readonly volunteer: string
  readonly block: Block
  readonly grantedMs: number
  readonly deadlineAtMs: number
}

/** What is remembered of a lease that has ended. */
export interface EndedLease {
  readonly volunteer: string
  readonly outcome: LeaseOutcome
  readonly work: number
  readonly grantedMs: number
  /** Has a late delta told how long the work really took? Copies of it tell nothing new. */
  timed: boolean
}

/** At ten thousand leases a second this still covers a delta that is one second late. */
const ENDED_MAX = 10_000
const EPOCH = 2 ** 32

/** Of the engine that granted it. */
export const epochOf = (lease: number): number => Math.floor(lease / EPOCH)
/** How many that engine had granted, it included. */
export const countOf = (lease: number): number => lease % EPOCH

export class Leases {
  readonly #held = new Map<number, Lease>()
  readonly #ended = new Map<number, EndedLease>()
  readonly #twins = new Map<number, Lease>()
  readonly #first: number
  #next: number

  constructor(epoch: number) {
    this.#first = epoch * EPOCH + 1
    this.#next = this.#first
  }

  grant(volunteer: string, block: Block, nowMs: number, deadlineMs: number): Lease {
    const deadlineAtMs = nowMs + deadlineMs
    const lease = { lease: this.#next++, volunteer, block, grantedMs: nowMs, deadlineAtMs }
    this.#held.set(lease.lease, lease)
    return lease
  }

  /** The same block once more, to somebody else. */
  grantTwin(first: Lease, volunteer: string, nowMs: number, deadlineMs: number): Lease {
    const second = this.grant(volunteer, first.block, nowMs, deadlineMs)
    this.#twins.set(first.lease, second)
    this.#twins.set(second.lease, first)
    return second
  }

  /** Who else computes the same block now. */
  twin({ lease }: Lease): Lease | undefined {
    return this.#twins.get(lease)
  }

  held(lease: number): Lease | undefined {
    return this.#held.get(lease)
  }

  ended(lease: number): EndedLease | undefined {
    return this.#ended.get(lease)
  }

  all(): Lease[] {
    return [...this.#held.values()]
  }

  /** What is leased; the block of twins once. */
  blocks(): Block[] {
    return [...new Set(this.all().map(({ block }) => block))]
  }

  of(volunteer: string): Lease[] {
    return this.all().filter((lease) => lease.volunteer === volunteer)
  }

  expired(nowMs: number): Lease[] {
    return this.all().filter((lease) => nowMs > lease.deadlineAtMs)
  }

  /** LEASED → ENDED: the only way out. */
  end(lease: Lease, outcome: LeaseOutcome): void {
    if (!this.#held.delete(lease.lease)) throw new Error(`lease ${lease.lease} is not held`)
    const twin = this.#twins.get(lease.lease)
    this.#twins.delete(lease.lease)
    if (twin) this.#twins.delete(twin.lease)
    const { volunteer, grantedMs, block } = lease
    this.#ended.set(lease.lease, { volunteer, outcome, work: block.work, grantedMs, timed: false })
    if (this.#ended.size > ENDED_MAX) this.#ended.delete(this.#ended.keys().next().value!)
  }

  /** Why a delta for a lease that is not held is refused. */
  refusal(lease: number): { reason: Refusal; detail: string } {
    if (lease < this.#first)
      return unknown('the lease was granted before the server restarted; its block is leased anew')
    if (lease >= this.#next) return unknown('no such lease was ever granted')
    const ended = this.#ended.get(lease)
    switch (ended?.outcome) {
      case undefined:
        return unknown('the lease ended long ago')
      case 'accepted':
        return unknown('the lease is settled already: its delta was committed')
      case 'refused':
        return unknown('the lease is settled already: its delta was refused')
      case 'failed':
        return unknown('the lease was given back')
      case 'expired':
        return { reason: 'expired', detail: 'the deadline passed; the block was given to others' }
      case 'left':
        return { reason: 'expired', detail: 'the connection was lost; the block went to others' }
      case 'outrun':
        return { reason: 'revoked', detail: 'another tab has computed the same block faster' }
      case 'revoked':
        return { reason: 'revoked', detail: 'the job was paused or has ended' }
    }
  }
}

function unknown(detail: string): { reason: Refusal; detail: string } {
  return { reason: 'unknown-lease', detail }
}
