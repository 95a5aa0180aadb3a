/** Who the volunteers are, beyond what the fleet needs to know: for the owner's table and for credit. */
import { createHash } from 'node:crypto'
import type {
  Hello,
  JobCard,
  Notice,
  Ready,
  Refusal,
  VolunteerView,
} from '../../shared/protocol.ts'
import type { FleetMember } from '../core/fleet.ts'

/** The public id of a volunteer, shown to owners and kept in logs: its secret stays its own. */
export const publicId = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 12)

/** A volunteer's connection, as the gateway needs it. */
export interface Peer {
  lease(frame: Uint8Array): void
  revoke(message: { lease: number; reason: Refusal }): void
  notice(notice: Notice): void
  jobs(cards: JobCard[]): void
  credit(credit: Totals['credit']): void
  close(): void
}

/** What a volunteer has done since it first joined; outlives its connections. */
export interface Totals {
  credit: { updates: number; leases: number; pending: number }
  refused: number
  computeMs: number
  bytesDown: number
  bytesUp: number
}

export interface Volunteer {
  readonly id: string
  peer: Peer
  agent: string
  backend: Hello['backend']
  duty: number
  paused: Ready['paused']
  joinedMs: number
  totals: Totals
}

export interface FleetTable {
  volunteers: VolunteerView[]
  total: number
}

/** Rows of the owner's table; "N of M" tells when there are more. */
const ROWS_MAX = 200
/** Totals of volunteers that have gone are kept for this many, the longest known go first. */
const TOTALS_MAX = 10_000

export class Roster {
  readonly #volunteers = new Map<string, Volunteer>()
  readonly #totals = new Map<string, Totals>()

  get size(): number {
    return this.#volunteers.size
  }

  get(id: string): Volunteer | undefined {
    return this.#volunteers.get(id)
  }

  join(id: string, hello: Hello, peer: Peer): Volunteer {
    const { agent, backend, duty } = hello
    const before = this.#volunteers.get(id)
    const volunteer: Volunteer = {
      ...{ id, peer, agent, backend, duty, paused: null, totals: this.totals(id) },
      joinedMs: before?.joinedMs ?? Date.now(),
    }
    this.#volunteers.set(id, volunteer)
    return volunteer
  }

  /** False when `peer` is not the volunteer's connection any more. */
  leave(id: string, peer: Peer): boolean {
    return this.#volunteers.get(id)?.peer === peer && this.#volunteers.delete(id)
  }

  totals(id: string): Totals {
    const known = this.#totals.get(id)
    if (known) return known
    const credit = { updates: 0, leases: 0, pending: 0 }
    const totals = { credit, refused: 0, computeMs: 0, bytesDown: 0, bytesUp: 0 }
    this.#totals.set(id, totals)
    if (this.#totals.size > TOTALS_MAX)
      for (const old of this.#totals.keys())
        if (!this.#volunteers.has(old) && old !== id) {
          this.#totals.delete(old)
          break
        }
    return totals
  }

  table(members: FleetMember[]): FleetTable {
    const volunteers = members.slice(0, ROWS_MAX).flatMap((member) => {
      const volunteer = this.#volunteers.get(member.volunteer)
      return volunteer ? [row(volunteer, member)] : []
    })
    return { volunteers, total: members.length }
  }
}

function row(volunteer: Volunteer, member: FleetMember): VolunteerView {
  const { id, agent, backend, duty, paused, joinedMs, totals } = volunteer
  const { workers, state, rttMs, leasesInFlight, cachedShards } = member
  const { refused, computeMs, bytesDown, bytesUp } = totals
  const { leases: deltas, updates } = totals.credit
  return {
    ...{ id, agent, backend, workers, duty, state, joinedMs, rttMs, leasesInFlight },
    reason: state === 'paused' ? paused : state === 'working' ? null : member.reason,
    ...{ deltas, refused, updates, computeMs, bytesDown, bytesUp, cachedShards },
  }
}
