/**
 * Shares: which running job gets the next free slot. Stride scheduling (Waldspurger and Weihl 1995)
 * on compute time: a job's `passMs` is the compute time it has been given, the job with the least is
 * served next, and so all running jobs get equal time whatever the length of their leases.
 *
 * An offer is charged what a lease of the job usually takes and corrected when the lease is settled.
 * A job that declines is closed until something changes in it (a lease ends, or the next tick); the
 * slot goes to the next job. What it could not use it may catch up on, but only a second of the whole
 * fleet: enough for the end of a round, not for a job that had nothing to do for an hour.
 */

export interface Share {
  readonly job: string
  /** Hash of each of the dataset's shards, and the way back. */
  readonly shards: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  readonly leasesAhead: boolean
  status: 'running' | 'paused'
  closed: boolean
  /** Offers it may have unanswered: one after a decline, twice as many after each grant. */
  window: number
  passMs: number
  typicalMs: number
  /** Offers the engine has not answered: what each was charged, oldest first, by volunteer. */
  readonly pending: Map<string, number[]>
  pendingCount: number
  readonly leases: Map<number, Held>
  /** Those of them whose delta is with the engine. */
  readonly delivered: Set<number>
}

export interface Held {
  readonly volunteer: string
  readonly chargedMs: number
  readonly grantedMs: number
}

const TYPICAL_PRIOR_MS = 500
const TYPICAL_BLEND = 0.2
const CATCH_UP_MS_PER_SLOT = 1_000
/** Offers in flight to one engine: enough to keep it busy, few enough that a decline stops them. */
const WINDOW_MAX = 16

export class Shares {
  readonly #shares = new Map<string, Share>()
  /** The pass of the last job served: where a job that did not compete is lifted to. */
  #virtualMs = 0
  /** Credits of the whole fleet. */
  slots = 0

  start(job: string, shards: readonly string[], leasesAhead = false): void {
    const passes = this.all().map((share) => share.passMs)
    this.#shares.set(job, {
      job,
      shards,
      indexOf: new Map(shards.map((hash, k) => [hash, k])),
      leasesAhead,
      status: 'running',
      closed: false,
      window: WINDOW_MAX,
      passMs: passes.length > 0 ? Math.max(Math.min(...passes), this.#floor()) : this.#virtualMs,
      typicalMs: TYPICAL_PRIOR_MS,
      pending: new Map(),
      pendingCount: 0,
      leases: new Map(),
      delivered: new Set(),
    })
  }

  /** Does a running job want two leases a worker wherever that is? */
  wantLeasesAhead(): boolean {
    return this.all().some((share) => share.leasesAhead && share.status === 'running')
  }

  stop(job: string): Share | undefined {
    const share = this.#shares.get(job)
    this.#shares.delete(job)
    return share
  }

  get(job: string): Share | undefined {
    return this.#shares.get(job)
  }

  all(): Share[] {
    return [...this.#shares.values()]
  }

  runningCount(): number {
    return this.all().filter((share) => share.status === 'running').length
  }

  /** Something has changed in the job: it may take offers again. */
  open(share: Share): void {
    if (share.closed) share.passMs = Math.max(share.passMs, this.#floor())
    share.closed = false
  }

  /** The job to serve next, or undefined when none would take an offer. */
  next(): Share | undefined {
    let least: Share | undefined
    for (const share of this.#shares.values())
      if (share.status === 'running' && !share.closed && share.pendingCount < share.window)
        if (!least || share.passMs < least.passMs) least = share
    return least
  }

  offer(share: Share, volunteer: string): void {
    this.#virtualMs = Math.max(this.#virtualMs, share.passMs)
    const charges = share.pending.get(volunteer) ?? []
    charges.push(share.typicalMs)
    share.pending.set(volunteer, charges)
    share.pendingCount++
    share.passMs += share.typicalMs
  }

  granted(share: Share, volunteer: string, lease: number, nowMs: number): void {
    const chargedMs = this.#answered(share, volunteer)
    share.window = Math.min(2 * share.window, WINDOW_MAX)
    share.leases.set(lease, { volunteer, chargedMs, grantedMs: nowMs })
  }

  declined(share: Share, volunteer: string): void {
    share.passMs -= this.#answered(share, volunteer)
    share.closed = true
    share.window = 1
  }

  /** The engine will have something new to lease by the time it hears of an offer. */
  delivered(share: Share, lease: number): void {
    share.delivered.add(lease)
    this.open(share)
  }

  /** Slots at work on the job: leases that are out, and offers that may become some. */
  atWork({ leases, delivered, pendingCount }: Share): number {
    return leases.size - delivered.size + pendingCount
  }

  /** `tookMs` is null when the lease ended without a commit: then the charge stands. */
  ended(share: Share, lease: number, tookMs: number | null): Held | undefined {
    const held = share.leases.get(lease)
    share.leases.delete(lease)
    share.delivered.delete(lease)
    if (held && tookMs !== null) {
      share.passMs += tookMs - held.chargedMs
      share.typicalMs += TYPICAL_BLEND * (tookMs - share.typicalMs)
    }
    return held
  }

  /** The engine owes an answer to each offer; one without an offer would be a host's mistake. */
  #answered(share: Share, volunteer: string): number {
    const charges = share.pending.get(volunteer)
    const charge = charges?.shift()
    if (charge === undefined)
      throw new Error(`job ${share.job} answered an offer that was not made to ${volunteer}`)
    if (charges!.length === 0) share.pending.delete(volunteer)
    share.pendingCount--
    return charge
  }

  #floor(): number {
    return this.#virtualMs - CATCH_UP_MS_PER_SLOT * this.slots
  }
}
