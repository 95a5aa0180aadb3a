/**
 * Handing out slots: who has one free, which job it is offered to, and what the others are told.
 *
 * Volunteers with free slots stand in a line; whoever is served goes to its end.
 */
import type { Ahead } from '../../shared/protocol.ts'
import type { Conduct } from './conduct.ts'
import type { FleetEffect } from './fleetEvents.ts'
import { creditsOf, freeSlots, isWaiting, type Member, noticeFor } from './member.ts'
import type { Shares } from './shares.ts'

export interface Fleet {
  readonly members: Map<string, Member>
  readonly shares: Shares
  /** Members with free slots, the one that was served longest ago first. */
  readonly line: Set<Member>
  /** Jobs whose engines are reading their data, and what their leases will need. */
  readonly opening: Map<string, Ahead>
  /** Outlives the connection: going away does not end a quarantine. */
  readonly conducts: Map<string, Conduct>
  nowMs: number
}

/** Offers carry a number even before the first measurement. */
const RTT_PRIOR_MS = 50
/** Credits follow from everything else; whoever changes a member calls this. */
export function refresh(fleet: Fleet, member: Member): void {
  const credits = creditsOf(member, fleet.nowMs, fleet.shares.wantLeasesAhead())
  fleet.shares.slots += credits - member.credits
  member.credits = credits
  if (freeSlots(member) > 0) fleet.line.add(member)
  else fleet.line.delete(member)
}

/** A volunteer without work knows why, and is told again only when the cause is another one. */
export function tell(fleet: Fleet, member: Member, effects: FleetEffect[]): void {
  const { shares, nowMs } = fleet
  const { conduct } = member
  const busy = member.leases.size + member.pending > 0
  if (conduct.state !== 'quarantined' && (busy || member.workers === 0)) return
  const cause =
    conduct.state === 'quarantined'
      ? 'quarantined'
      : isWaiting(member, nowMs)
        ? 'resting'
        : shares.runningCount() > 0
          ? 'waiting-for-others'
          : shares.all().length > 0
            ? 'jobs-paused'
            : 'no-jobs'
  if (cause === member.told) return
  member.told = cause
  effects.push({
    type: 'notice',
    volunteer: member.volunteer,
    notice: noticeFor(member, cause, nowMs),
  })
}

export function offerSlots(fleet: Fleet, effects: FleetEffect[]): void {
  // Those that let leases lapse come last: they get what nobody else has a slot for.
  const isSteady = (member: Member): boolean => member.conduct.lapses === 0
  serve(fleet, isSteady, effects)
  serve(fleet, (member) => !isSteady(member), effects)
}

function serve(fleet: Fleet, isMeant: (member: Member) => boolean, effects: FleetEffect[]): void {
  const { shares, line } = fleet
  let share = shares.next()
  for (const member of line) {
    // Before anything else: with nothing to give, ten thousand in the line cost one look, not all.
    if (!share) return
    if (!isMeant(member)) continue
    const { volunteer, rttMs } = member
    shares.offer(share, volunteer)
    member.pending++
    // To the end of the line; the loop comes by again if it still has a slot.
    line.delete(member)
    if (freeSlots(member) > 0) line.add(member)
    const { indexOf } = share
    const holds = [...member.holds].flatMap((hash) => indexOf.get(hash) ?? [])
    const slots = Math.max(shares.atWork(share), Math.round(shares.slots / shares.runningCount()))
    effects.push({
      type: 'offer',
      job: share.job,
      volunteer,
      rttMs: rttMs ?? RTT_PRIOR_MS,
      slots,
      holds,
    })
    share = shares.next()
  }
}
