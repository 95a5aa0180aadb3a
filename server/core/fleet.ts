/**
 * The fleet: who is there, which slots are free, and which job each free slot is offered to.
 *
 * Like the engine it never acts by itself: `stepFleet(fleet, event)` returns what the host must do.
 * It sits beside the sockets, one for all jobs.
 *
 * A slot is a credit of its volunteer: one a worker, two where the network is slow next to the work,
 * none while quarantined or resting. Slots are offered when something has changed (a lease ended, a job began, a
 * volunteer came) and on every tick, never in a loop: a job that declines is closed until then.
 */
import { unreachable } from '../../shared/errors.ts'
import { shardsAhead } from './ahead.ts'
import { hasLapsed, newConduct, passTime, wasAccepted, wasRefused } from './conduct.ts'
import { type Fleet, offerSlots, refresh, tell } from './dispatch.ts'
import type { FleetEffect, FleetEvent, FleetMember } from './fleetEvents.ts'
import { isIdle, type Member, newMember, tookMs } from './member.ts'
import { type Share, Shares } from './shares.ts'

export type { Fleet } from './dispatch.ts'
export type { FleetEffect, FleetEvent, FleetMember } from './fleetEvents.ts'

const CONDUCTS_MAX = 10_000

export function openFleet(): Fleet {
  return {
    members: new Map(),
    shares: new Shares(),
    line: new Set(),
    opening: new Map(),
    conducts: new Map(),
    nowMs: 0,
  }
}

export function stepFleet(fleet: Fleet, event: FleetEvent): FleetEffect[] {
  const effects: FleetEffect[] = []
  fleet.nowMs = Math.max(fleet.nowMs, event.nowMs)
  switch (event.type) {
    case 'joined':
    case 'measured':
    case 'ready':
    case 'dropped':
    case 'left':
      memberChanged(fleet, event)
      if (event.type === 'joined' || event.type === 'ready')
        for (const job of fleet.opening.keys()) sendAhead(fleet, job, effects, event.volunteer)
      break
    case 'opening':
      fleet.opening.set(event.job, { app: event.app, shards: event.shards })
      sendAhead(fleet, event.job, effects)
      break
    case 'started':
    case 'paused':
    case 'resumed':
    case 'stopped':
      jobChanged(fleet, event)
      break
    case 'granted':
      granted(fleet, event)
      break
    case 'declined': {
      const share = fleet.shares.get(event.job)
      if (!share) break
      fleet.shares.declined(share, event.volunteer)
      answered(fleet, event.volunteer)
      break
    }
    case 'delivered':
      delivered(fleet, event)
      break
    case 'ended':
      ended(fleet, event)
      break
    case 'refused':
      refused(fleet, event, effects)
      break
    case 'tick':
      tick(fleet, effects)
      break
    default:
      unreachable(event)
  }
  offerSlots(fleet, effects)
  return effects
}

/** Until when a volunteer's deltas are to be refused as 'quarantined'; null: they are not. */
export function quarantinedUntilMs(fleet: Fleet, volunteer: string, nowMs: number): number | null {
  const conduct = fleet.conducts.get(volunteer)
  if (conduct?.state !== 'quarantined' || conduct.untilMs <= nowMs) return null
  return conduct.untilMs
}

export function members(fleet: Fleet): FleetMember[] {
  return [...fleet.members.values()].map((member) => {
    const { volunteer, workers, rttMs, conduct, leases, holds, told } = member
    const { accepted, refused } = conduct
    const working = leases.size > 0 ? 'working' : workers === 0 ? 'paused' : 'idle'
    const state = conduct.state === 'quarantined' ? 'quarantined' : working
    const reason = told === 'resting' ? 'waiting-for-others' : told
    const counts = { leasesInFlight: leases.size, cachedShards: holds.size, accepted, refused }
    return { volunteer, workers, state, reason, rttMs, ...counts }
  })
}

function memberChanged(
  fleet: Fleet,
  event: Extract<FleetEvent, { type: 'joined' | 'measured' | 'ready' | 'dropped' | 'left' }>,
): void {
  const member =
    fleet.members.get(event.volunteer) ?? (event.type === 'joined' && join(fleet, event))
  if (!member) return
  switch (event.type) {
    case 'joined':
      member.workers = event.workers
      member.rttMs = event.rttMs ?? member.rttMs
      member.told = null
      member.holds.clear()
      for (const hash of event.cached) member.holds.add(hash)
      break
    case 'measured':
      member.rttMs = event.rttMs
      break
    case 'ready':
      member.workers = event.workers
      if (event.workers === 0) member.told = null
      break
    case 'dropped':
      for (const hash of event.hashes) member.holds.delete(hash)
      break
    case 'left':
      fleet.members.delete(event.volunteer)
      fleet.line.delete(member)
      fleet.shares.slots -= member.credits
      return
    default:
      unreachable(event)
  }
  refresh(fleet, member)
}

function join(fleet: Fleet, { volunteer }: { volunteer: string }): Member {
  const conduct = fleet.conducts.get(volunteer) ?? newConduct()
  fleet.conducts.delete(volunteer)
  fleet.conducts.set(volunteer, conduct)
  if (fleet.conducts.size > CONDUCTS_MAX)
    for (const known of fleet.conducts.keys())
      if (!fleet.members.has(known) && known !== volunteer) {
        fleet.conducts.delete(known)
        break
      }
  const member = newMember(volunteer, conduct)
  // Offers made before a reconnect are answered after it.
  for (const share of fleet.shares.all())
    member.pending += share.pending.get(volunteer)?.length ?? 0
  fleet.members.set(volunteer, member)
  return member
}

function jobChanged(
  fleet: Fleet,
  event: Extract<FleetEvent, { type: 'started' | 'paused' | 'resumed' | 'stopped' }>,
): void {
  const { shares } = fleet
  const share = shares.get(event.job)
  switch (event.type) {
    case 'started':
      fleet.opening.delete(event.job)
      shares.start(event.job, event.shards, event.leasesAhead)
      break
    case 'paused':
      if (share) share.status = 'paused'
      break
    case 'resumed':
      if (share) {
        share.closed = true
        share.status = 'running'
        shares.open(share)
      }
      break
    case 'stopped':
      fleet.opening.delete(event.job)
      if (share) abandon(fleet, share)
      break
    default:
      unreachable(event)
  }
}

/** To whoever has nothing to do, or to the one of them that has just come. */
function sendAhead(fleet: Fleet, job: string, effects: FleetEffect[], newcomer?: string): void {
  const { app, shards } = fleet.opening.get(job)!
  const idle = [...fleet.members.values()].filter(isIdle)
  for (const [turn, { volunteer }] of idle.entries()) {
    if (newcomer !== undefined && volunteer !== newcomer) continue
    const chosen = shardsAhead(shards, turn, idle.length)
    effects.push({ type: 'ahead', job, volunteer, app, shards: chosen })
  }
}

/** The engine may have died with leases and offers open: nobody else would close them. */
function abandon(fleet: Fleet, share: Share): void {
  fleet.shares.stop(share.job)
  for (const [volunteer, charges] of share.pending) {
    const member = fleet.members.get(volunteer)
    if (member) member.pending -= charges.length
  }
  for (const [lease, held] of share.leases) fleet.members.get(held.volunteer)?.leases.delete(lease)
  for (const member of fleet.members.values()) refresh(fleet, member)
}

function granted(fleet: Fleet, event: Extract<FleetEvent, { type: 'granted' }>): void {
  const { job, volunteer, lease } = event
  const share = fleet.shares.get(job)
  const member = fleet.members.get(volunteer)
  if (!share) return
  fleet.shares.granted(share, volunteer, lease, fleet.nowMs)
  if (member) {
    member.leases.set(lease, job)
    member.told = null
    for (const k of event.shards) member.holds.add(share.shards[k]!)
  }
  answered(fleet, volunteer)
}

function answered(fleet: Fleet, volunteer: string): void {
  const member = fleet.members.get(volunteer)
  if (!member) return
  member.pending--
  refresh(fleet, member)
}

function delivered(fleet: Fleet, event: Extract<FleetEvent, { type: 'delivered' }>): void {
  const { shares, members } = fleet
  const share = shares.get(event.job)
  const member = members.get(event.volunteer)
  // A lease that is not this volunteer's, or has ended, frees nothing.
  if (!share || !member?.leases.delete(event.lease)) return
  shares.delivered(share, event.lease)
  refresh(fleet, member)
}

function ended(fleet: Fleet, event: Extract<FleetEvent, { type: 'ended' }>): void {
  const { volunteer, lease, outcome, elapsedMs } = event
  const computeMs = outcome === 'accepted' ? (event.computeMs ?? elapsedMs) : null
  const share = fleet.shares.get(event.job)
  const held = share && fleet.shares.ended(share, lease, computeMs)
  if (share) fleet.shares.open(share)
  const conduct = fleet.conducts.get(volunteer)
  if (conduct && outcome === 'accepted') wasAccepted(conduct)
  if (conduct && held && (outcome === 'expired' || outcome === 'failed'))
    hasLapsed(conduct, held.grantedMs, fleet.nowMs)
  const member = fleet.members.get(volunteer)
  if (!member) return
  member.leases.delete(lease)
  if (computeMs !== null) tookMs(member, computeMs)
  refresh(fleet, member)
}

function refused(
  fleet: Fleet,
  event: Extract<FleetEvent, { type: 'refused' }>,
  effects: FleetEffect[],
): void {
  const { volunteer, reason } = event
  const conduct = fleet.conducts.get(volunteer)
  if (!conduct || !wasRefused(conduct, reason, fleet.nowMs)) return
  effects.push({ type: 'quarantine', volunteer, untilMs: conduct.untilMs })
  const member = fleet.members.get(volunteer)
  if (!member) return
  refresh(fleet, member)
  tell(fleet, member, effects)
}

function tick(fleet: Fleet, effects: FleetEffect[]): void {
  for (const share of fleet.shares.all()) fleet.shares.open(share)
  for (const member of fleet.members.values()) {
    const wasBarred = member.credits === 0
    passTime(member.conduct, fleet.nowMs)
    refresh(fleet, member)
    // Its time is over: it is offered work in a moment, and told only if it gets none.
    if (!wasBarred || member.credits === 0) tell(fleet, member, effects)
  }
}
