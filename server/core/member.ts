/** One volunteer as the fleet sees it: its slots, its shards, and why it is idle. */
import type { Notice } from '../../shared/protocol.ts'
import type { Conduct } from './conduct.ts'

export interface Member {
  readonly volunteer: string
  readonly conduct: Conduct
  workers: number
  rttMs: number | null
  /** Hashes of the shards it holds: named on arrival or leased since, and not dropped. */
  readonly holds: Set<string>
  /** Lease → job. */
  readonly leases: Map<number, string>
  /** Offers not answered yet. */
  pending: number
  /** Kernel time of its leases, blended; null until the first is settled. */
  typicalMs: number | null
  prefetch: boolean
  /** Leases it may hold now; `refresh` (dispatch.ts) keeps it. */
  credits: number
  /** What it was last told; null since its last lease. */
  told: Cause | null
}

/** A notice's reason, or a rest, which has no reason of its own in the protocol. */
export type Cause = Notice['reason'] | 'resting'

const TYPICAL_BLEND = 0.2
/** Two leases a worker pay when the way there and back exceeds a tenth of a lease; they are kept
 * until it falls under a twentieth, so that the choice does not flap. */
const PREFETCH_ON = 0.1
const PREFETCH_OFF = 0.05

export function newMember(volunteer: string, conduct: Conduct): Member {
  return {
    volunteer,
    conduct,
    workers: 0,
    rttMs: null,
    holds: new Set(),
    leases: new Map(),
    pending: 0,
    typicalMs: null,
    prefetch: false,
    credits: 0,
    told: null,
  }
}

export function freeSlots(member: Member): number {
  return member.credits - member.leases.size - member.pending
}

/** Could compute, and has nothing to. */
export function isIdle(member: Member): boolean {
  return member.credits > 0 && member.leases.size + member.pending === 0
}

export function isWaiting(member: Member, nowMs: number): boolean {
  return member.conduct.state === 'quarantined' || member.conduct.untilMs > nowMs
}

export function tookMs(member: Member, computeMs: number): void {
  const typicalMs = member.typicalMs ?? computeMs
  member.typicalMs = typicalMs + TYPICAL_BLEND * (computeMs - typicalMs)
}

export function creditsOf(member: Member, nowMs: number, leasesAhead: boolean): number {
  if (isWaiting(member, nowMs)) return 0
  const { rttMs, typicalMs, workers } = member
  if (rttMs !== null && typicalMs !== null)
    member.prefetch = rttMs > (member.prefetch ? PREFETCH_OFF : PREFETCH_ON) * typicalMs
  // After a lapse one lease at a time, until a delta comes.
  if (member.conduct.lapses > 0) return Math.min(workers, 1)
  return leasesAhead || member.prefetch ? 2 * workers : workers
}

export function noticeFor(member: Member, cause: Cause, nowMs: number): Notice {
  const retryMs = Math.max(0, member.conduct.untilMs - nowMs)
  const seconds = Math.ceil(retryMs / 1000)
  switch (cause) {
    case 'no-jobs':
      return { reason: cause, text: 'There is nothing to compute at present.', retryMs: null }
    case 'jobs-paused':
      return { reason: cause, text: 'The owner has paused every job.', retryMs: null }
    case 'waiting-for-others':
      return {
        reason: cause,
        text: 'What is left to compute now is being computed by others.',
        retryMs: null,
      }
    case 'resting':
      return {
        reason: 'waiting-for-others',
        text: `Blocks leased to this tab came back without a result; the next one comes in ${seconds} s.`,
        retryMs,
      }
    case 'quarantined':
      return {
        reason: cause,
        text: `This tab sent wrong results; it may try again in ${seconds} s.`,
        retryMs,
      }
    case 'server-full':
      return {
        reason: cause,
        text: 'The server has all the volunteers it can take.',
        retryMs: null,
      }
  }
}
