/** Who the volunteers are, beyond what the fleet needs to know: for the owner's table and for credit. */
import { createHash } from 'node:crypto'
import type {
  Ahead,
  Hello,
  JobCard,
  Notice,
  Ready,
  Refusal,
  VolunteerView,
} from '../../../shared/protocol.ts'
import type { FleetMember } from '../../core/fleet.ts'
import type { Log } from '../log.ts'
import type { CreditRecord, Store } from '../store/store.ts'

/** The public id of a volunteer, shown to owners and kept in logs: its secret stays its own. */
export const publicId = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 12)

/** A volunteer's connection, as the gateway needs it. */
export interface Peer {
  lease(frame: Uint8Array): void
  ahead(ahead: Ahead): void
  revoke(message: { lease: number; reason: Refusal }): void
  notice(notice: Notice): void
  jobs(cards: JobCard[]): void
  credit(credit: { updates: number; leases: number; pending: number }): void
  close(): void
}

/** What a volunteer has done, and how many of its answers wait for a verdict. */
export interface Totals extends CreditRecord {
  pending: number
}

export interface Volunteer {
  readonly id: string
  peer: Peer
  agent: string
  backend: Hello['backend']
  /** Names what its tab remembers of its jobs; undefined: nothing. */
  memory: string | undefined
  duty: number
  paused: Ready['paused']
  joinedMs: number
  totals: Totals
}

export interface FleetTable {
  volunteers: VolunteerView[]
  total: number
}

/** What a crash may cost of volunteers' totals; the model itself loses nothing. */
const SAVE_MS = 1000
/** A tab hears of its credit as often as it draws it; leases come by the hundred a second. */
const CREDIT_MS = 250
/** Rows of the owner's table; "N of M" tells when there are more. */
const ROWS_MAX = 200

const NOTHING: CreditRecord = {
  ...{ updates: 0, leases: 0, refused: 0 },
  ...{ computeMs: 0, bytesDown: 0, bytesUp: 0 },
}

export class Roster {
  readonly #volunteers = new Map<string, Volunteer>()
  readonly #totals = new Map<string, Totals>()
  readonly #changed = new Set<string>()
  readonly #store: Store
  readonly #log: Log
  readonly #timers: NodeJS.Timeout[]
  /** Whose credit has changed since they were last told. */
  readonly #untold = new Set<string>()
  #saving: Promise<void> = Promise.resolve()

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
    this.#timers = [
      setInterval(() => this.#save(), SAVE_MS),
      setInterval(() => this.#tell(), CREDIT_MS),
    ]
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#save()
    await this.#saving
  }

  get size(): number {
    return this.#volunteers.size
  }

  get(id: string): Volunteer | undefined {
    return this.#volunteers.get(id)
  }

  join(id: string, hello: Hello, peer: Peer): Volunteer {
    const { agent, backend, memory, duty } = hello
    const before = this.#volunteers.get(id)
    const volunteer: Volunteer = {
      ...{ id, peer, agent, backend, memory, duty, paused: null, totals: this.totals(id) },
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
    const totals = { ...(this.#store.credit(id) ?? NOTHING), pending: 0 }
    this.#totals.set(id, totals)
    return totals
  }

  /** Add to what a volunteer has done. */
  count(id: string, done: Partial<CreditRecord>): void {
    const totals = this.totals(id)
    for (const [what, amount] of Object.entries(done)) totals[what as keyof CreditRecord] += amount
    this.#changed.add(id)
  }

  /** So many answers more, or fewer, wait for a verdict; the volunteer hears of it soon. */
  pending(id: string, more: -1 | 0 | 1): void {
    this.totals(id).pending += more
    this.#untold.add(id)
  }

  #tell(): void {
    for (const id of this.#untold) {
      const volunteer = this.#volunteers.get(id)
      if (!volunteer) continue
      const { updates, leases, pending } = volunteer.totals
      volunteer.peer.credit({ updates, leases, pending })
    }
    this.#untold.clear()
  }

  /** One after the other: a volunteer is forgotten only when nothing of it is on its way to the disk. */
  #save(): void {
    this.#saving = this.#saving
      .then(() => this.#saveChanged())
      .catch((error) => this.#log.error({ error }, "volunteers' totals were not saved"))
  }

  /** Make durable what has changed since the last time, and forget who has gone. */
  async #saveChanged(): Promise<void> {
    const changed = new Map<string, CreditRecord>()
    for (const id of this.#changed) {
      const { pending: _, ...credit } = this.totals(id)
      changed.set(id, credit)
    }
    this.#changed.clear()
    if (changed.size > 0) await this.#store.putCredits(changed)
    for (const [id, { pending }] of this.#totals)
      if (pending === 0 && !this.#volunteers.has(id) && !this.#changed.has(id))
        this.#totals.delete(id)
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
  const { updates, leases: deltas, refused, computeMs, bytesDown, bytesUp } = totals
  return {
    ...{ id, agent, backend, workers, duty, state, joinedMs, rttMs, leasesInFlight },
    reason: state === 'paused' ? paused : state === 'working' ? null : member.reason,
    ...{ deltas, refused, updates, computeMs, bytesDown, bytesUp, cachedShards },
  }
}
