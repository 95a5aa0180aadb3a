/** How long a lease should compute. */

/** Compute at least this many round trips, so that nine tenths of the time are work. */
const ROUND_TRIPS = 10
/** Nobody's model is older than this, and a tab that closes loses no more. */
const LEASE_MAX_MS = 2_000

/** Milliseconds of compute to aim for: `wantedMs`, or ten round trips where that is longer. */
export function leaseMs(wantedMs: number, rttMs: number): number {
  return Math.min(LEASE_MAX_MS, Math.max(wantedMs, ROUND_TRIPS * rttMs))
}
