/**
 * Which cell now? Word rotation without rounds.
 *
 * STRADS lets worker p sample word block (p + C) mod U in sub-round C, and all wait for the slowest.
 * Here a free slot takes any cell whose part and block are both free, the one furthest behind first;
 * so a slow tab holds up one row and one column of the grid, not the rotation.
 *
 * A cell may begin its next sweep while others still lack this one, but never be more than one ahead
 * (`overlap`): every token is still sampled exactly once a sweep, and in the end `sweeps` times.
 *
 * The grid follows the fleet: when the slots have become many more or fewer, cells stop running ahead,
 * the sweep ends with all cells equal, and the next one begins on a grid of another size.
 */
import type { Block, Idle, Offer } from '../../app.ts'
import { chooseCell, isEven } from '../../rotation/rotate.ts'
import { changeGrid } from './byDocument.ts'
import { blocksOf, type Grid } from './grid.ts'
import { leaseCell, WORK_PER_TOKEN } from './leases.ts'
import type { LdaState } from './state.ts'

/** Round trips that a lease should last; and at most so many milliseconds for that. */
const ROUND_TRIPS = 10
const LEASE_MS_MAX = 1000
/**
 * Rather than shorter leases than this many round trips, fewer of them at a time: with s slots on s × s
 * cells, N tokens and c for each, a sweep takes s · rtt + cN/s, which is least where a cell takes rtt.
 */
const ROUND_TRIPS_MIN = 1
/** A smaller cell is more envelope than letter. */
const CELL_TOKENS_MIN = 500
/**
 * … nor in the first sweep than so many: speeds are guesses then, a millionth of a second for a token of
 * what takes a desk 0.1 to 0.4, and to begin anew on larger cells is to send everything twice.
 */
const FIRST_CELL_TOKENS_MIN = 300_000
/** Share by which an offer moves what is believed of round trips: volunteers differ, and take turns. */
const DEMAND_BLEND = 0.1
/**
 * Blocks for so many cells in flight, and one part more than blocks: a cell that comes back frees a part
 * and a block, and with a spare part the next need not be the same. With as many blocks as slots and a
 * few more, cells free to run ahead by a sweep, slots of four speeds (1 to 2) are busy 92 % of the time
 * at 2 slots and 2 sides, 100 % at 3; 92 % at 4 and 4, 99.2 % at 5, 99.7 % at 6; 99 % at 8 and 11, 91 %
 * at 32 and 41 (simulated).
 */
const blocksFor = (slots: number): number => (slots <= 4 ? slots + 1 : Math.ceil(1.25 * slots) + 1)
/**
 * A worker has two slots: it computes one lease while the next one waits. Where the corpus is small, it
 * is enough that most have something to compute: a lease costs server, network and tab some three
 * milliseconds of processor, and what it carries of documents and words is carried for every cell anew
 * (two workers on newsgroups, K = 100: 8.4 M tokens/s on 8 × 5 cells, 9.1 on 4 × 4, 9.6 on 3 × 3; in
 * another run 11.0 on 3 × 3 and 11.8 on 4 × 3).
 */
const SLOTS_OF_WORKER = 2
/**
 * A grid is kept until the blocks that are wanted, which follow the slots, are this many times more or
 * fewer, or fewer than all workers need …
 */
const BLOCKS_RATIO = 1.6
/**
 * … or the cells, which follow the length of leases, too. Speeds are guesses at first and waver with the
 * load, and on another grid nobody remembers anything.
 */
const CELLS_RATIO = 2
const BLOCKS_MAX = 10_000

export function schedule(state: LdaState, offer: Offer): Block | Idle {
  const { spec, sweeps } = state
  if (sweeps.length >= spec.sweeps) return { idle: 'finished' }
  noteDemand(state, offer)
  const grid = gridFor(state)
  const cell = cellFor(state, grid, offer)
  if (cell < 0) return { idle: 'waiting-for-others' }
  const part = Math.floor(cell / blocksOf(grid))
  const block = cell % blocksOf(grid)
  grid.busyPart[part] = 1
  grid.busyBlock[block] = 1
  return leaseCell(state, part, block, offer.memory)
}

function noteDemand({ demand, spec }: LdaState, { slots, workPerMs, rttMs }: Offer): void {
  const { leaseMs } = spec.schedule
  const ms = Math.max(leaseMs, Math.min(LEASE_MS_MAX, ROUND_TRIPS * rttMs))
  const tripWork = ROUND_TRIPS_MIN * rttMs * workPerMs
  demand.slots = Math.max(demand.slots, slots, 1)
  demand.leaseWork = ms * workPerMs
  demand.tripWork += (demand.tripWork > 0 ? DEMAND_BLEND : 1) * (tripWork - demand.tripWork)
}

interface Wanted {
  readonly parts: number
  readonly blocks: number
  /** Fewer would leave workers without a cell. */
  readonly blocksMin: number
}

/** Parts and blocks for the fleet of today. */
export function wantedGrid(state: LdaState): Wanted {
  const { corpus, demand, spec, sweeps } = state
  const { tokens, words, training } = corpus
  const leaseMin = sweeps.length === 0 ? FIRST_CELL_TOKENS_MIN : CELL_TOKENS_MIN
  const leaseTokens = Math.max(leaseMin, demand.leaseWork / WORK_PER_TOKEN)
  const least = blocksFor(Math.ceil(demand.slots / SLOTS_OF_WORKER))
  // As many as leave a lease its length.
  let blocks = Math.max(
    least,
    Math.min(blocksFor(demand.slots), Math.floor(Math.sqrt(tokens / leaseTokens))),
  )
  let parts = Math.max(blocks + 1, tokens / (blocks * leaseTokens))
  const cellTokens = Math.max(CELL_TOKENS_MIN, demand.tripWork / WORK_PER_TOKEN)
  const shrink = Math.sqrt(Math.max(1, (parts * blocks * cellTokens) / tokens))
  blocks = Math.ceil(blocks / shrink)
  parts = Math.ceil(parts / shrink)
  const within = (n: number, most: number): number => Math.max(1, Math.min(n, most))
  const blocksWithin = (n: number): number =>
    within(spec.schedule.blocks ?? n, Math.min(words, BLOCKS_MAX))
  return {
    parts: within(spec.schedule.parts ?? parts, training.length),
    blocks: blocksWithin(blocks),
    blocksMin: blocksWithin(Math.min(least, blocks)),
  }
}

function isAnotherSize(grid: Grid, wanted: Wanted): boolean {
  const ratio = (a: number, b: number): number => Math.max(a / b, b / a)
  const { parts, blocks } = grid.asked
  return (
    blocks < wanted.blocksMin ||
    ratio(blocks, wanted.blocks) >= BLOCKS_RATIO ||
    ratio(parts * blocks, wanted.parts * wanted.blocks) >= CELLS_RATIO
  )
}

/** The grid to lease from: a new one where the old one no longer fits and no cell is ahead. */
function gridFor(state: LdaState): Grid {
  const { grid, sweeps } = state
  const wanted = wantedGrid(state)
  if (grid && !(isEven(grid, sweeps.length) && isAnotherSize(grid, wanted))) return grid
  changeGrid(state, wanted.parts, wanted.blocks)
  return state.grid!
}

function cellFor(state: LdaState, grid: Grid, offer: Offer): number {
  const { spec, sweeps } = state
  const isSettling = isAnotherSize(grid, wantedGrid(state))
  const ahead = spec.schedule.overlap && !isSettling ? 1 : 0
  const account = offer.memory === undefined ? undefined : state.known.get(offer.memory)
  return chooseCell(grid, {
    done: sweeps.length,
    passesMax: Math.min(sweeps.length + ahead, spec.sweeps - 1),
    turn: state.random.below(blocksOf(grid)),
    isHeld: (part) => grid.shards[part]!.every((k) => offer.holds(k)),
    known: account?.now === grid.versions ? account : null,
    worth: [1, 1],
  })
}
