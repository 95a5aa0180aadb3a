/**
 * Which rows now? Users, then items, then the next sweep's users, as far as each is ready (sides.ts).
 *
 * Blocks are cut to equal work, not to equal numbers of rows, because ratings follow a power law; a
 * row that is worth a block is one. Sizes follow the volunteer's speed, but never exceed a share of
 * what is left of the half-sweep, so that all slots end it at about the same time. A few rows that
 * become ready early are not worth a round trip: they wait for more, unless nothing else will come.
 *
 * When nothing has been ready or come back for a while, the oldest lease in flight is leased a second
 * time: near the end of a half-sweep everyone waits for it. The first delta wins.
 */
import type { Block, Idle, Offer } from '../../app.ts'
import { leaseAgain, leaseRows, type Memo } from './leases.ts'
import { READY, type Side } from './sides.ts'
import type { MfState } from './state.ts'

/** Of what is left of a half-sweep, a block takes at most this part of each slot's share. */
const SHARE = 0.5
/** … but a lease lasts this long where there is so much to do: shorter ones are all overhead. */
const LEASE_MIN_MS = 5
const LEASE_MAX_MS = 1000
/** Measured at 10⁷ ratings, K = 64: with 20, copying takes a tenth of the fastest kernel's time. */
const RATINGS_PER_ROW = 20
/**
 * … and blocks at the end of a half-sweep have no fewer than 4, where that leaves no slot without one. At
 * 10⁷ ratings, K = 32, one pass of descent, 19 leases of the items' side became 12; each takes a tab some
 * 15 ms of copies beside 45 ms of kernel.
 */
const RATINGS_PER_ROW_MIN = 4
/** A lease fits a frame with room to spare: bytes of factor rows that it carries or returns. */
const LEASE_BYTES_MAX = 24 << 20
/** Asked in vain this often since the last delta (a tick of 100 ms each), a lease is doubled. */
const IDLE_ASKS_MAX = 10

export function schedule(state: MfState, offer: Offer): Block | Idle {
  if (state.finished) return { idle: 'finished' }
  for (const { side, sweep, left } of stages(state)) {
    const ready = side.readyWork[sweep & 1]!
    if (ready === 0) continue
    const isAll = left - ready - side.leasedWork[sweep & 1]! === 0
    // Not worth a lease yet, and others will follow when those in flight are back.
    if (!isAll && ready < leastSize(state, offer) && state.flight.size > 0) continue
    const size = blockSize(state, side, offer, left)
    const rows = chooseRows(state, side, sweep, offer, size)
    state.idleAsks = 0
    return leaseRows(state, side, rows, offer.memory)
  }
  return doubled(state, offer) ?? { idle: 'waiting-for-others' }
}

/** What can be in progress: rows of `sweep` become rows of sweep + 1; `left` is all that work. */
function stages(state: MfState): { side: Side; sweep: number; left: number }[] {
  const { users, items, spec, points, aheadWork } = state
  const sweep = points.length
  const now = [
    { side: users, sweep, left: users.leftWork },
    { side: items, sweep, left: items.leftWork },
  ]
  // Implicit rows depend on all rows of the other side.
  if (spec.implicit) return now.filter(({ side }) => side === users || users.left === 0)
  if (sweep + 1 >= spec.sweeps) return now
  return [...now, { side: users, sweep: sweep + 1, left: users.totalWork - aheadWork }]
}

/**
 * Work to aim for. Each row of the other side that a block touches is copied a few times on its way
 * into the kernel, which takes as long as a few ratings: blocks have so many that it does not matter.
 */
function leaseSize({ spec }: MfState, side: Side, other: Side, offer: Offer): number {
  const { rttMs, workPerMs } = offer
  const enough = workOfCopying(side, other, RATINGS_PER_ROW)
  const wanted = Math.max(spec.leaseMs, Math.min(LEASE_MAX_MS, 10 * rttMs)) * workPerMs
  return Math.max(wanted, Math.min(enough, LEASE_MAX_MS * workPerMs))
}

/** Of so many ratings for each row of the other side. */
const workOfCopying = (side: Side, other: Side, ratingsPerRow: number): number =>
  ratingsPerRow * other.count * (side.workOf(1001) - side.workOf(1000))

function leastSize(state: MfState, offer: Offer): number {
  const { rttMs, workPerMs } = offer
  const wantedMs = Math.max(state.spec.leaseMs, 10 * rttMs)
  return Math.min(wantedMs, Math.max(LEASE_MIN_MS, rttMs)) * workPerMs
}

function blockSize(state: MfState, side: Side, offer: Offer, left: number): number {
  const whole = left / Math.max(1, offer.slots)
  const other = side === state.users ? state.items : state.users
  const worthCopying = Math.min(whole, workOfCopying(side, other, RATINGS_PER_ROW_MIN))
  const share = Math.max(SHARE * whole, worthCopying)
  return Math.max(leastSize(state, offer), Math.min(leaseSize(state, side, other, offer), share))
}

/** A block of READY rows: from one shard, and from more that the volunteer holds where one has too few. */
function chooseRows(
  state: MfState,
  side: Side,
  sweep: number,
  offer: Offer,
  size: number,
): Uint32Array {
  const { rank } = state.spec
  const other = side === state.users ? state.items : state.users
  const rowBytes = 4 * rank
  const order = [...side.shards.keys()]
    .filter((k) => side.readyIn[k]! > 0)
    .sort(
      (a, b) =>
        Number(offer.holds(side.shards[b]!)) - Number(offer.holds(side.shards[a]!)) ||
        side.readyIn[b]! - side.readyIn[a]! ||
        a - b,
    )
  const limits = { rows: LEASE_BYTES_MAX / rowBytes, ratings: LEASE_BYTES_MAX / rowBytes }
  // However many ratings a block has, it carries no row twice.
  if (other.count <= limits.ratings) limits.ratings = Number.POSITIVE_INFINITY
  let rows: number[] = []
  let work = 0
  for (const k of order) {
    if (rows.length > 0 && !offer.holds(side.shards[k]!)) break
    const more = nextBlock(readyRows(side, k, sweep), side, size - work, limits)
    if (rows.length > 0 && more.length === 1 && workOf(side, more[0]!) >= size) continue
    rows = rows.concat(more)
    for (const row of more) work += workOf(side, row)
    if (work >= 0.8 * size) break
  }
  return Uint32Array.from(rows).sort()
}

const workOf = (side: Side, row: number): number => side.workOf(side.degree[row]!)

function* readyRows(side: Side, k: number, sweep: number): Generator<number> {
  for (let row = side.firstRow[k]!; row < side.firstRow[k + 1]!; row++)
    if (side.status[row] === READY && side.sweep[row] === sweep) yield row
}

/**
 * The next rows of about `size` work together, in order; or a row that is worth as much by itself,
 * which is leased first, because what is large and late is what everyone waits for.
 */
export function nextBlock(
  rows: Iterable<number>,
  side: Pick<Side, 'degree' | 'workOf'>,
  size: number,
  limits: { rows: number; ratings: number } = {
    rows: Number.POSITIVE_INFINITY,
    ratings: Number.POSITIVE_INFINITY,
  },
): number[] {
  const chosen: number[] = []
  let work = 0
  let ratings = 0
  let isFull = false
  for (const row of rows) {
    const n = side.degree[row]!
    const more = side.workOf(n)
    if (more >= size) return [row]
    if (isFull) continue
    // Over the size by more than it is under it now: rather without this row.
    isFull =
      chosen.length > 0 &&
      (work + more - size > size - work ||
        ratings + n > limits.ratings ||
        chosen.length >= limits.rows)
    if (isFull) continue
    chosen.push(row)
    work += more
    ratings += n
  }
  return chosen
}

/** The oldest lease that only one tab has, when it has been waited for long enough. */
function doubled(state: MfState, { memory }: Offer): Block | null {
  if (++state.idleAsks < IDLE_ASKS_MAX) return null
  for (const block of state.flight) {
    const { twins } = block.memo as Memo
    if (twins.settled || twins.inFlight > 1) continue
    state.idleAsks = 0
    return leaseAgain(state, block, memory)
  }
  return null
}
