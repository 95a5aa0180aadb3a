/**
 * Which cell now? The strata of DSGD (Gemulla et al. 2011) without barriers between them (rotation/rotate.ts).
 *
 * A cell may begin its next epoch while others still lack this one, but never be more than one ahead
 * (`overlap`): every rating is still visited exactly once an epoch.
 *
 * The grid follows the fleet: when the slots have become many more or fewer, cells stop running ahead,
 * the epoch ends with all cells equal, and the next one begins on a grid of another size.
 */
import type { Block, Idle, Offer } from '../../app.ts'
import { chooseCell, isEven } from '../../rotation/rotate.ts'
import { leaseMs } from '../../schedule/sizing.ts'
import { STATES } from './buffers.ts'
import { blocksOf, type Grid, openGrid } from './grid.ts'
import { leaseCell, workPerRating } from './leases.ts'
import type { Side } from './sides.ts'
import type { SgdState } from './state.ts'

/** A lease costs server, network and tab some milliseconds whatever its size: no cell shorter than this. */
const LEASE_MS_MIN = 5
/** Of the rows of a part or a block: a delta must fit into a frame, and be checked between two messages. */
const ROWS_BYTES_MAX = 16 << 20
/** A grid is kept until parts or blocks that are wanted are this many times more or fewer. */
const PARTS_RATIO = 3
const BLOCKS_RATIO = 1.4
const SIDES_MAX = 0xffff
/** App.leasesAhead. */
const SLOTS_PER_WORKER = 2
const FEW_WORKERS = 2
/** One is computed on, one is on its way, and one is free. */
const PARTS_MIN = 3
/** Of users there are more than of items. */
const WORTH = [1, 0.5] as const

export function schedule(state: SgdState, offer: Offer): Block | Idle {
  if (state.finished) return { idle: 'finished' }
  const { demand, spec } = state
  demand.slots = Math.max(demand.slots, offer.slots, 1)
  demand.leaseWork = leaseMs(spec.schedule.leaseMs, offer.rttMs) * offer.workPerMs
  demand.leastWork = Math.max(LEASE_MS_MIN, offer.rttMs) * offer.workPerMs
  const grid = gridFor(state)
  const cell = cellFor(state, grid, offer)
  if (cell < 0) return { idle: 'waiting-for-others' }
  const part = Math.floor(cell / blocksOf(grid))
  const block = cell % blocksOf(grid)
  grid.busyPart[part] = 1
  grid.busyBlock[block] = 1
  return leaseCell(state, part, block, offer.memory)
}

/**
 * Parts and blocks for the fleet of today, whose workers have two slots each. Rows of users travel once
 * for each block, and they are the many: only as many blocks as workers, and one more where they are many
 * enough for it to cost little (eight epochs of 10⁷ ratings, K = 32, by two workers, MB up and seconds:
 * 4 parts × 2 blocks 184 and 4.3, 4 × 3 261 and 4.4, 5 × 4 324 and 4.9). Parts as many as slots, so that
 * a delta may be on its way while its block is computed on, and as make leases of the wanted length.
 * Where ratings are few, fewer of both.
 */
export function wantedGrid(state: SgdState): Grid['asked'] {
  const { demand, spec, users, items, ratings } = state
  const most = Math.sqrt((ratings * workPerRating(state)) / demand.leastWork)
  const workers = Math.ceil(demand.slots / SLOTS_PER_WORKER)
  const sides = Math.max(1, Math.min(Math.max(PARTS_MIN, demand.slots), Math.floor(most)))
  const blocks = Math.min(sides, workers <= FEW_WORKERS ? FEW_WORKERS : workers + 1)
  const long = (ratings * workPerRating(state)) / (blocks * demand.leaseWork)
  const within = (n: number, side: Side): number => {
    const fewest = (side.count * (side.width + 4 * STATES)) / ROWS_BYTES_MAX
    return Math.max(1, Math.min(Math.round(Math.max(n, Math.ceil(fewest))), side.count, SIDES_MAX))
  }
  return {
    parts: within(spec.schedule.parts ?? Math.max(sides, long), users),
    blocks: within(spec.schedule.blocks ?? blocks, items),
  }
}

function isAnotherSize({ asked }: Grid, wanted: Grid['asked']): boolean {
  const ratio = (a: number, b: number): number => Math.max(a / b, b / a)
  return (
    ratio(asked.parts, wanted.parts) >= PARTS_RATIO ||
    ratio(asked.blocks, wanted.blocks) >= BLOCKS_RATIO
  )
}

/** The grid to lease from: a new one where the old one no longer fits and no cell is ahead. */
function gridFor(state: SgdState): Grid {
  const { grid, epochs, dataset, users, items } = state
  const wanted = wantedGrid(state)
  const done = epochs.length
  if (grid && !(isEven(grid, done) && isAnotherSize(grid, wanted))) return grid
  state.grid = openGrid(dataset, users, items, wanted, done)
  return state.grid
}

function cellFor(state: SgdState, grid: Grid, offer: Offer): number {
  const { spec, epochs, epochsMax, known } = state
  const isSettling = isAnotherSize(grid, wantedGrid(state))
  const ahead = spec.schedule.overlap && !isSettling ? 1 : 0
  const account = offer.memory === undefined ? undefined : known.get(offer.memory)
  return chooseCell(grid, {
    done: epochs.length,
    passesMax: Math.min(epochs.length + ahead, epochsMax - 1),
    turn: state.random.below(blocksOf(grid)),
    isHeld: (part) => grid.runs[part]!.shards.every((k) => offer.holds(k)),
    known: account?.now === grid.versions ? account : null,
    worth: WORTH,
  })
}
