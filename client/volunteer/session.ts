/**
 * The tab's side of its leases: what is in hand, and what happens to it when the world changes.
 *
 * A pure state machine: `step(session, event) → effects`. The coordinator performs the effects on
 * the pool of workers and on the socket; time is in every event.
 *
 * A lease in hand is always in one of these states:
 *
 * QUEUED      its shards are on the way, or its worker is busy. Leaves when a worker starts it, on
 *             revoke, when its deadline passes, when the person stops, or when a new connection
 *             begins: the server may have given it to others in between, so it is handed back.
 * RUNNING     a worker computes it. A revoke or a passed deadline does not interrupt the kernel
 *             (leases last a second or two), the result is just thrown away or refused.
 * DELIVERING  its delta is sent and not answered. Sent again on every new connection until a
 *             verdict comes: the server applies a delta at most once, so twice is harmless.
 *
 * An answer of either kind ends a lease; answers for leases no longer in hand are ignored.
 */
import type { Failed, LeaseHead, Verdict } from '../../shared/protocol.ts'
import type { Control } from './messages.ts'

/** A delta nobody answered for so long will not be answered. */
const ANSWER_WAIT_MS = 300_000

export interface Session {
  connected: boolean
  leases: Map<number, InHand>
  /** Accepted deltas since the page was opened. */
  blocks: number
  refused: number
  lastRefusal: { reason: string; detail: string } | null
}

interface InHand {
  head: LeaseHead
  state: 'queued' | 'running' | 'delivering'
  deadlineAtMs: number
  revoked: boolean
  /** The delta, once there is one. */
  frame: ArrayBuffer | null
  deliveredAtMs: number
}

export type SessionEvent =
  | { type: 'connected'; nowMs: number }
  | { type: 'disconnected'; nowMs: number }
  | { type: 'leased'; nowMs: number; head: LeaseHead; frame: ArrayBuffer; refuse: Refusing | null }
  | { type: 'started'; nowMs: number; lease: number }
  | { type: 'computed'; nowMs: number; lease: number; frame: ArrayBuffer }
  | { type: 'broke'; nowMs: number; lease: number; reason: Failed['reason']; detail: string }
  | { type: 'revoked'; nowMs: number; lease: number }
  | { type: 'answered'; nowMs: number; lease: number; verdict: Verdict }
  /** Stop or pause: nothing more is started. */
  | { type: 'halted'; nowMs: number; why: Pausing }
  | { type: 'tick'; nowMs: number }

/** Why a lease is not even begun. */
export interface Refusing {
  reason: Failed['reason']
  detail: string
}

/** Why leases are handed back, and for whom to read. */
export interface Pausing {
  reason: 'stopped' | 'hidden'
  detail: string
}

/** Why leases cannot be taken now; null when they can. */
export function pausingOf({ started, cause }: Pick<Control, 'started' | 'cause'>): Pausing | null {
  if (!started) return { reason: 'stopped', detail: 'stopped by the person' }
  if (cause === 'hidden') return { reason: 'hidden', detail: 'the tab is in the background' }
  if (cause) return { reason: 'stopped', detail: `paused: ${cause}` }
  return null
}

export type SessionEffect =
  | { type: 'compute'; head: LeaseHead; frame: ArrayBuffer }
  | { type: 'cancel'; lease: number }
  | { type: 'deliver'; lease: number; frame: ArrayBuffer }
  | { type: 'handBack'; failed: Failed }

export function openSession(): Session {
  return { connected: false, leases: new Map(), blocks: 0, refused: 0, lastRefusal: null }
}

export function pending(session: Session): number {
  let count = 0
  for (const { state } of session.leases.values()) if (state === 'delivering') count++
  return count
}

export function step(session: Session, event: SessionEvent): SessionEffect[] {
  const { leases } = session
  switch (event.type) {
    case 'connected': {
      session.connected = true
      return [...dropQueued(session, 'stopped', 'the connection was lost'), ...resend(session)]
    }
    case 'disconnected':
      session.connected = false
      return []
    case 'leased':
      return receive(session, event)
    case 'started': {
      const lease = leases.get(event.lease)
      if (lease) lease.state = 'running'
      return []
    }
    case 'computed': {
      const lease = leases.get(event.lease)
      if (!lease) return []
      if (lease.revoked) return forget(session, event.lease)
      lease.state = 'delivering'
      lease.frame = event.frame
      lease.deliveredAtMs = event.nowMs
      return session.connected ? [{ type: 'deliver', lease: event.lease, frame: event.frame }] : []
    }
    case 'broke': {
      const lease = leases.get(event.lease)
      leases.delete(event.lease)
      return lease && !lease.revoked ? handBack(session, event.lease, event) : []
    }
    case 'revoked': {
      const lease = leases.get(event.lease)
      if (lease?.state === 'queued') {
        leases.delete(event.lease)
        return [{ type: 'cancel', lease: event.lease }]
      }
      if (lease?.state === 'running') lease.revoked = true
      return []
    }
    case 'answered':
      return answer(session, event.lease, event.verdict)
    case 'halted':
      return dropQueued(session, event.why.reason, event.why.detail)
    case 'tick':
      return expire(session, event.nowMs)
  }
}

function receive(
  session: Session,
  { head, frame, nowMs, refuse }: Extract<SessionEvent, { type: 'leased' }>,
): SessionEffect[] {
  if (refuse) return handBack(session, head.lease, refuse)
  if (session.leases.has(head.lease)) return []
  const deadlineAtMs = nowMs + head.deadlineMs
  const fresh = { state: 'queued', revoked: false, frame: null, deliveredAtMs: 0 } as const
  session.leases.set(head.lease, { head, deadlineAtMs, ...fresh })
  return [{ type: 'compute', head, frame }]
}

function answer(session: Session, lease: number, verdict: Verdict): SessionEffect[] {
  if (session.leases.get(lease)?.state !== 'delivering') return []
  session.leases.delete(lease)
  if (verdict.accepted) session.blocks++
  else {
    session.refused++
    session.lastRefusal = { reason: verdict.reason, detail: verdict.detail }
  }
  return []
}

function dropQueued(session: Session, reason: Pausing['reason'], detail: string): SessionEffect[] {
  const effects: SessionEffect[] = []
  for (const [lease, { state }] of session.leases) {
    if (state !== 'queued') continue
    session.leases.delete(lease)
    effects.push({ type: 'cancel', lease }, ...handBack(session, lease, { reason, detail }))
  }
  return effects
}

function resend(session: Session): SessionEffect[] {
  const effects: SessionEffect[] = []
  for (const [lease, { state, frame }] of session.leases)
    if (state === 'delivering' && frame) effects.push({ type: 'deliver', lease, frame })
  return effects
}

/** The server takes an overdue lease back by itself: nobody needs to be told. */
function expire(session: Session, nowMs: number): SessionEffect[] {
  const effects: SessionEffect[] = []
  for (const [lease, { state, deadlineAtMs, deliveredAtMs }] of session.leases) {
    const overdue = state === 'queued' && nowMs > deadlineAtMs
    const unanswered = state === 'delivering' && nowMs > deliveredAtMs + ANSWER_WAIT_MS
    if (!overdue && !unanswered) continue
    session.leases.delete(lease)
    if (overdue) effects.push({ type: 'cancel', lease })
  }
  return effects
}

function forget(session: Session, lease: number): SessionEffect[] {
  session.leases.delete(lease)
  return []
}

/** While offline nobody listens, and the server takes the leases back by itself. */
function handBack(
  session: Session,
  lease: number,
  { reason, detail }: { reason: Failed['reason']; detail: string },
): SessionEffect[] {
  if (!session.connected) return []
  return [{ type: 'handBack', failed: { lease, reason, detail: detail.slice(0, 500) } }]
}
