/**
 * Conduct: how far a volunteer's answers can be relied on, and for how long it gets no work.
 *
 *   trusted ──wrong──▶ suspected ──wrong, 3 in all──▶ quarantined ──time──▶ suspected
 *      ▲                   │
 *      └── 200 good in a row
 *
 * trusted. The state of a newcomer, too: whatever it sends is checked before it counts.
 * suspected. It has sent wrong deltas, fewer than three since it was last trusted; three because a
 *   rounding limit or a bad memory cell can hit an honest machine once. Good deltas do not pay for
 *   wrong ones: only an unbroken row of them does, or a liar would buy every lie with small work.
 * quarantined. No offers, and its deltas are refused unread. Each time lasts twice as long as the
 *   one before, and the first wrong delta after it brings the next.
 *
 * Apart from that, a volunteer that lets leases lapse (a frozen tab, a shard it cannot fetch) rests:
 * each lapse in a row doubles the pause before its next offer. Nothing is wrong with its answers, but
 * every block it sits on is a block the others miss.
 */
import type { Refusal } from '../../shared/protocol.ts'

/** Reasons that an honest tab never earns; the others are the grid's own races. */
const WRONG: ReadonlySet<Refusal> = new Set<Refusal>([
  'malformed',
  'wrong-shape',
  'not-finite',
  'wrong-values',
])
const STRIKES_MAX = 3
const GOOD_IN_ROW = 200
const QUARANTINE_FIRST_MS = 60_000
const QUARANTINE_MAX_MS = 3_600_000
const REST_FIRST_MS = 1_000
const REST_MAX_MS = 60_000

export interface Conduct {
  state: 'trusted' | 'suspected' | 'quarantined'
  strikes: number
  quarantines: number
  goodInRow: number
  /** No offers before this time, while quarantined or resting. */
  untilMs: number
  lapses: number
  lapsedMs: number
  accepted: number
  refused: number
}

export function newConduct(): Conduct {
  return {
    state: 'trusted',
    strikes: 0,
    quarantines: 0,
    goodInRow: 0,
    untilMs: 0,
    lapses: 0,
    lapsedMs: Number.NEGATIVE_INFINITY,
    accepted: 0,
    refused: 0,
  }
}

export function wasAccepted(conduct: Conduct): void {
  conduct.accepted++
  conduct.lapses = 0
  if (conduct.state !== 'quarantined') conduct.untilMs = 0
  conduct.goodInRow++
  if (conduct.state !== 'suspected' || conduct.goodInRow < GOOD_IN_ROW) return
  conduct.state = 'trusted'
  conduct.strikes = 0
  conduct.quarantines = 0
}

/** True when this refusal puts the volunteer into quarantine. */
export function wasRefused(conduct: Conduct, reason: Refusal, nowMs: number): boolean {
  conduct.refused++
  if (!WRONG.has(reason) || conduct.state === 'quarantined') return false
  conduct.goodInRow = 0
  conduct.strikes++
  conduct.state = 'suspected'
  if (conduct.strikes < STRIKES_MAX) return false
  conduct.state = 'quarantined'
  const lengthMs = Math.min(QUARANTINE_FIRST_MS * 2 ** conduct.quarantines, QUARANTINE_MAX_MS)
  conduct.untilMs = nowMs + lengthMs
  conduct.quarantines++
  return true
}

/**
 * A lease ended without a delta. Leases that lapse together (a tab freezes with eight of them) count
 * once, and the first lapse is free: everybody closes a laptop now and then.
 */
export function hasLapsed(conduct: Conduct, grantedMs: number, nowMs: number): void {
  if (grantedMs < conduct.lapsedMs) return
  conduct.lapsedMs = nowMs
  conduct.lapses++
  if (conduct.state === 'quarantined' || conduct.lapses < 2) return
  conduct.untilMs = nowMs + Math.min(REST_FIRST_MS * 2 ** (conduct.lapses - 2), REST_MAX_MS)
}

/** Time heals: quarantined → suspected, on probation. */
export function passTime(conduct: Conduct, nowMs: number): void {
  if (conduct.state !== 'quarantined' || nowMs < conduct.untilMs) return
  conduct.state = 'suspected'
  conduct.strikes = STRIKES_MAX - 1
}
