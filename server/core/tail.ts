/**
 * The tail: everybody waits for a lease that one slow volunteer holds. It is leased to a second one,
 * too, and whichever delta comes first is committed; the log knows nothing of the other.
 *
 * Only blocks that say so (Block.repeatable), once each, and only where the second is likely to be much
 * faster. How long the first will still take is its usual time less what has passed – or, when it is
 * late already, as long again. (Ten rounds of one block each, which takes a phone 20 s and the other tab
 * 20 ms: 0.8 s instead of 97.)
 */
import type { Dataset } from '../../shared/app.ts'
import type { History } from './deadline.ts'
import type { Engine } from './job.ts'
import type { Lease } from './lease.ts'

/** What is about to come back is not worth a second computation, nor is a lease that lasts no time. */
const LATE_MS = 100
/** The first would take so many times as long as the second. */
const GAIN = 2

/** Who asks for something to compute. */
export interface Runner {
  readonly volunteer: string
  readonly rttMs: number
  readonly history: History
  readonly holds: (shard: number) => boolean
}

/** Bytes of shards that a volunteer does not hold. */
export function missingBytes(
  { manifest }: Dataset,
  shards: readonly number[],
  holds: Runner['holds'],
): number {
  return shards.reduce((sum, k) => (holds(k) ? sum : sum + manifest.shards[k]!.bytes), 0)
}

/** A lease for this volunteer to compute as well, the one that would take longest; if there is one. */
export function tailFor(engine: Engine, runner: Runner, nowMs: number): Lease | undefined {
  const { leases, histories } = engine
  let longestMs = 0
  let tail: Lease | undefined
  for (const lease of leases.all()) {
    const { work, shards, repeatable } = lease.block
    if (!repeatable || lease.volunteer === runner.volunteer || leases.twin(lease)) continue
    const elapsedMs = nowMs - lease.grantedMs
    if (elapsedMs < LATE_MS) continue
    const usualMs = histories.of(lease.volunteer).usualMs(work, 0)
    const leftMs = elapsedMs < usualMs ? usualMs - elapsedMs : elapsedMs
    const missing = missingBytes(engine.dataset, shards, runner.holds)
    const mineMs = runner.rttMs + runner.history.usualMs(work, missing)
    if (leftMs < GAIN * mineMs || leftMs <= longestMs) continue
    longestMs = leftMs
    tail = lease
  }
  return tail
}
