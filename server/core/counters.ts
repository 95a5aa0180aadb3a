/** What a job counts. Deltas, updates and kernel time come back from the log after a restart. */
import type { JobCounters } from '../../shared/protocol.ts'
import type { Counted, LogRecord } from './events.ts'

/** Enough for a 95th percentile (25 samples lie above it), cheap to sort four times a second. */
const LATENCIES_MAX = 512

export class Counters {
  leases: number
  refused: number
  expired: number
  #deltas: number
  #updates: number
  #computeMs: number
  #elapsedMs: number
  #heldMs: number
  readonly #volunteers: Set<string>
  /** A ring of the last grant-to-delta times, milliseconds. */
  readonly #latencies: number[] = []
  #latencyAt = 0

  /** @param before as last reported; @param counted by a snapshot of the log */
  constructor(before: JobCounters | undefined, counted: Counted | undefined) {
    this.#deltas = counted?.deltas ?? 0
    this.#updates = counted?.updates ?? 0
    this.#computeMs = counted?.computeMs ?? 0
    this.#volunteers = new Set(counted?.volunteers)
    // The last report before a crash may be older than the log.
    this.leases = Math.max(before?.leases ?? 0, this.#deltas)
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
    this.leases = Math.max(this.leases, this.#deltas)
  }

  /** For a snapshot: what the log so far has told. */
  counted(): Counted {
    return {
      deltas: this.#deltas,
      updates: this.#updates,
      computeMs: this.#computeMs,
      volunteers: [...this.#volunteers],
    }
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
