/** What a job counts. Deltas, updates and kernel time come back from the log after a restart. */
import type { JobCounters } from '../../shared/protocol.ts'
import type { LogRecord } from './events.ts'

/** Enough for a 95th percentile (25 samples lie above it), cheap to sort four times a second. */
const LATENCIES_MAX = 512

export class Counters {
  leases: number
  refused: number
  expired: number
  #deltas = 0
  #updates = 0
  #computeMs = 0
  #elapsedMs: number
  #heldMs: number
  readonly #volunteers = new Set<string>()
  /** A ring of the last grant-to-delta times, milliseconds. */
  readonly #latencies: number[] = []
  #latencyAt = 0

  constructor(before: JobCounters | undefined) {
    this.leases = before?.leases ?? 0
    this.refused = before?.refused ?? 0
    this.expired = before?.expired ?? 0
    this.#elapsedMs = before?.elapsedMs ?? 0
    this.#heldMs = before?.heldMs ?? 0
  }

  /** A record was appended, now or in an earlier run. */
  logged(record: LogRecord): void {
    if (record.volunteer === null) return
    this.#deltas++
    this.#updates += record.updates
    this.#computeMs += record.computeMs
    this.#volunteers.add(record.volunteer)
    // The last report before a crash may be older than the log.
    this.leases = Math.max(this.leases, this.#deltas)
  }

  /** From grant to delta, and how much of that in the tab. */
  took(latencyMs: number, heldMs: number): void {
    this.#elapsedMs += latencyMs
    this.#heldMs += heldMs
    this.#latencies[this.#latencyAt] = latencyMs
    this.#latencyAt = (this.#latencyAt + 1) % LATENCIES_MAX
  }

  /** Bytes and the engine's own times are counted by the host. */
  view(): JobCounters {
    const sorted = [...this.#latencies].sort((a, b) => a - b)
    const quantile = (q: number): number | null =>
      sorted.length === 0 ? null : sorted[Math.floor(q * (sorted.length - 1))]!
    return {
      leases: this.leases,
      deltas: this.#deltas,
      refused: this.refused,
      expired: this.expired,
      updates: this.#updates,
      computeMs: this.#computeMs,
      elapsedMs: this.#elapsedMs,
      heldMs: this.#heldMs,
      engineMs: 0,
      checkMs: 0,
      bytesDown: 0,
      bytesUp: 0,
      volunteers: this.#volunteers.size,
      leaseP50Ms: quantile(0.5),
      leaseP95Ms: quantile(0.95),
    }
  }
}
