/**
 * Which variables now? STRADS' structure-aware schedule, for leases instead of rounds.
 *
 * A track alternates between two kinds of work, and both can be in flight at once:
 *
 * SCAN   gradients of whole shards, all at the model as it was when the round began. When all shards
 *        have answered, every variable's next step δ_j is known, and importance c_j = |δ_j|^power.
 * SWEEP  coordinate descent over a block of *hot* variables (hot.ts). What is not hot costs nothing.
 *
 * A block starts at a hot variable drawn by importance and grows to its hot neighbours on both sides,
 * because neighbours correlate and a tab's sweeps are sequential: inside a block correlation is
 * harmless, between blocks in flight it costs. A variable that correlates by ρ or more with one
 * leased elsewhere stays in the pool (dependency.ts).
 *
 * Without a working set blocks are picked from all variables by a policy of shared/schedule (picks.ts).
 */
import type { Block, Idle, Offer } from '../app.ts'
import type { Random } from '../random.ts'
import { leaseMs } from '../schedule/sizing.ts'
import { scanBlock, sweepBlock } from './leases.ts'
import { isLeased } from './marks.ts'
import { openPicks, pick } from './picks.ts'
import { hasWorkingSet } from './spec.ts'
import type { Lane } from './state.ts'
import type { Track } from './track.ts'

/** Sweeps may cost this many times a scan before the next scan is due: at most a fifth goes to looking. */
const SWEEP_WORK_PER_SCAN = 4
/** … and never before this many sweeps over all hot variables. */
const SWEEPS_PER_SCAN_MIN = 10
/**
 * Offers answered with idle since the last answer to the round: the fleet makes one for every lease
 * that ends and about ten a second besides …
 */
const WAITS_MAX = 10
/**
 * … and as many are under way when the last scan is leased, which say nothing of the time that has
 * passed. Taken for waiting, they had every shard scanned twice or three times (450 × 10⁶, 1000
 * volunteers: 40 000 leases in place of 17 000).
 */
const OFFERS_AT_ONCE = 16
const PACE_BLEND = 0.1

export function scheduleTrack(
  lane: Lane,
  trackIndex: number,
  offer: Offer,
  random: Random,
): Block | Idle {
  const { track, tuning } = lane
  const { rounds, pipeline } = track
  const targetWork = leaseMs(tuning.schedule.leaseMs, offer.rttMs) * offer.workPerMs
  notePace(track, offer)
  const idle = rounds.queue.size === 0 && rounds.pending.size === 0
  const solved = isSolved(track) && hasWorkingSet(tuning.schedule)
  // A look at an older model is worth nothing once the block it looked past is solved.
  if (roundIsDue(track) && (idle || (solved && rounds.version < track.version))) beginRound(track)
  if (rounds.queue.size > 0) return scan(track, trackIndex, offer, targetWork)
  if (!solved && pipeline.isOpen(offer.slots)) {
    const index = nextBlock(lane, offer, targetWork, random)
    if (index.length > 0) return sweepBlock(track, trackIndex, index, offer, targetWork, tuning)
  }
  // A spare slot looks ahead, unless so little has changed that it would only burn power.
  if (idle && isWorthAScan(track)) {
    beginRound(track)
    return scan(track, trackIndex, offer, targetWork)
  }
  if (solved && isOverdue(track)) return scan(track, trackIndex, offer, targetWork)
  return { idle: 'waiting-for-others' }
}

function scan(track: Track, trackIndex: number, offer: Offer, targetWork: number): Block {
  track.rounds.waits = -Math.min(OFFERS_AT_ONCE, offer.slots)
  return scanBlock(track, trackIndex, offer, targetWork)
}

/**
 * Everybody waits for a scan that does not come back: scan its shards once more, the first answer
 * counts. A scan changes nothing, so that two of them do no harm.
 */
function isOverdue({ rounds }: Track): boolean {
  if (++rounds.waits < WAITS_MAX) return false
  rounds.waits = 0
  for (const k of rounds.pending) rounds.queue.add(k)
  rounds.pending.clear()
  return rounds.queue.size > 0
}

/** Has every hot variable come back solved? Then only a new working set brings the job on. */
const isSolved = ({ rounds, hot }: Track): boolean => rounds.solvedWork >= hot.work

/** Has enough changed to look again, where looking is cheap? */
const isWorthAScan = ({ rounds, design, hot }: Track): boolean =>
  rounds.workSince >= Math.max(design.totalWork, SWEEPS_PER_SCAN_MIN * hot.work)

/** Small data: is it time for the server to look at all gradients itself? Then nobody is asked to scan. */
export const lookIsDue = (track: Track): boolean =>
  track.design.isSmall && (isSolved(track) || isWorthAScan(track))

function roundIsDue(track: Track): boolean {
  const { rounds, hot, design } = track
  if (isSolved(track)) return true
  return (
    rounds.workSince >=
    Math.max(SWEEP_WORK_PER_SCAN * design.totalWork, SWEEPS_PER_SCAN_MIN * hot.work)
  )
}

function beginRound(track: Track): void {
  const { rounds, residual, version, design } = track
  rounds.workSince = 0
  rounds.waits = 0
  rounds.pending.clear()
  rounds.residual = residual.slice()
  rounds.beta = track.ridge > 0 ? track.beta.slice() : track.beta
  rounds.version = version
  for (let k = 0; k < design.firstColumn.length - 1; k++) rounds.queue.add(k)
}

/** What compute costs next to a round trip, from the offers of all volunteers. */
function notePace(track: Track, { rttMs, workPerMs, slots }: Offer): void {
  track.slots = slots
  const entries = rttMs * workPerMs
  const before = track.entriesPerTrip
  track.entriesPerTrip = before === 0 ? entries : before + PACE_BLEND * (entries - before)
}

function nextBlock(lane: Lane, offer: Offer, targetWork: number, random: Random): Uint32Array {
  const { track, tuning, filter } = lane
  if (hasWorkingSet(tuning.schedule)) return growBlock(lane, offer, random)
  lane.picker ??= openPicks(track, tuning, filter, offer.slots, random)
  return pick(track, offer, targetWork, tuning, lane.picker)
}

function growBlock({ track, tuning, filter }: Lane, offer: Offer, random: Random): Uint32Array {
  const { hot, design } = track
  // Halves must agree over another round trip, so splitting pays where a sweep takes longer than that:
  // genotypes at 0.1 λmax, 8 slots, 50 ms: 1.7 s, and 2–4 s when 1/300 of it was enough.
  const worth = hot.work / Math.max(1, track.entriesPerTrip)
  const parts = Math.max(1, Math.round(Math.min(track.parts, worth, offer.slots)))
  if (track.sweeping >= parts) return new Uint32Array(0)
  const seed = hot.seeds.find(random.next() * hot.seeds.sum())
  if (seed < 0) return new Uint32Array(0)
  const byCount = tuning.schedule.balance === 'count'
  const quota = byCount ? hot.index.length / parts : hot.work / parts
  let [low, high] = [seed, seed + 1]
  const block: number[] = []
  let size = 0
  const take = (j: number): void => {
    if (isLeased(track, j) || filter.conflicts(j)) return
    block.push(j)
    size += byCount ? 1 : design.work[j]!
  }
  while (size < quota && (low >= 0 || high < hot.index.length)) {
    if (low >= 0) take(hot.index[low--]!)
    if (size < quota && high < hot.index.length) take(hot.index[high++]!)
  }
  for (const j of block) filter.add(j)
  return Uint32Array.from(block).sort()
}
