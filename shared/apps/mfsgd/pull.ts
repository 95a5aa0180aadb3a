/** pull, release, advance and replay: how a factorisation by SGD moves on. */
import type { Advanced, Block, Pulled } from '../../app.ts'
import { errorsOn, rmseNote } from '../../factors/model.ts'
import { forget, learn } from '../../rotation/known.ts'
import type { Arrays } from '../../wire.ts'
import { STATES } from './buffers.ts'
import { type Cell, cellOf, type Grid, openGrid } from './grid.ts'
import type { Memo } from './leases.ts'
import { restore } from './snapshot.ts'
import { type Epoch, refreshStates, type SgdState } from './state.ts'

/** Epochs without a better validation error that end a job which stops early. */
const PATIENCE = 2

/** Commit: the log gets the grid, the cell, and its rows. */
export function pullDelta(state: SgdState, block: Block, delta: Arrays): Pulled {
  const { cell, known } = block.memo as Memo
  const grid = state.grid!
  const { users, items, userState, itemState, loss } = delta
  const { parts, blocks } = grid.asked
  const record: Arrays = {
    cell: Uint32Array.of(parts, blocks, cell.part, cell.block),
    users: users!,
    items: items!,
    userState: userState!,
    itemState: itemState!,
    loss: loss!,
  }
  commit(state, cell, record)
  free(grid, cell)
  if (known) learn(state.known, known, [cell.part, cell.block])
  return { record, updates: cell.ratings }
}

function commit(state: SgdState, cell: Cell, record: Arrays): void {
  const { users, items, losses, epochs } = state
  const grid = state.grid!
  users.factors.set(record.users!, cell.firstUser * users.width)
  items.factors.set(record.items!, cell.firstItem * items.width)
  users.state.set(record.userState!, cell.firstUser * STATES)
  items.state.set(record.itemState!, cell.firstItem * STATES)
  const ahead = grid.passes[cell.index]! - epochs.length
  losses[ahead === 0 ? 0 : 1] += record.loss![0]!
  grid.passes[cell.index]!++
  grid.versions[0]![cell.part]!++
  grid.versions[1]![cell.block]!++
}

function free(grid: Grid, { part, block }: Cell): void {
  grid.busyPart[part] = 0
  grid.busyBlock[block] = 0
}

/** What its tab remembers now, nobody knows. */
export function releaseBlock(state: SgdState, block: Block): void {
  const { cell, known } = block.memo as Memo
  free(state.grid!, cell)
  if (known) forget(state.known, known)
}

/** Every cell has been through one more epoch: look at the model, and decide whether to go on. */
export function advance(state: SgdState): Advanced | null {
  const { grid, epochs, epochsMax, losses, ratings } = state
  if (!grid || state.finished) return null
  if (!grid.passes.every((passes) => passes > epochs.length)) return null
  refreshStates(state)
  const { rmse, mae } = errorsOn(state, state.test)
  const trainRmse = Math.sqrt(losses[0] / ratings)
  const validRmse = errorsOn(state, state.validation).rmse
  const epoch: Epoch = { trainRmse, validRmse, testRmse: rmse, testMae: mae }
  const ends = isLast(state, validRmse)
  const record = { epoch: Float64Array.of(trainRmse, validRmse, rmse, mae, Number(ends)) }
  endEpoch(state, epoch, ends)
  const errors = `${rmseNote('validation', validRmse)}${rmseNote('test', rmse)}`
  const note = `epoch ${epochs.length}/${epochsMax}: training RMSE ${trainRmse.toFixed(4)}${errors}`
  return { record, note }
}

/** Is the epoch that ends now the last one? */
function isLast({ epochs, epochsMax, best, stopsEarly }: SgdState, validRmse: number): boolean {
  const number = epochs.length + 1
  if (number >= epochsMax) return true
  if (!stopsEarly || !best || validRmse < best.validRmse) return false
  return number - best.epoch >= PATIENCE
}

function endEpoch(state: SgdState, epoch: Epoch, ends: boolean): void {
  const { epochs, losses, demand } = state
  epochs.push(epoch)
  losses[0] = losses[1]
  losses[1] = 0
  demand.slots = 0
  keepBest(state, epoch.validRmse)
  if (ends) finish(state)
}

const rowsOf = ({ users, items }: SgdState) => [
  ...[users.factors, users.state],
  ...[items.factors, items.state],
]

function keepBest(state: SgdState, validRmse: number): void {
  const { best, stopsEarly, epochs } = state
  if (!stopsEarly || !(validRmse < (best?.validRmse ?? Number.POSITIVE_INFINITY))) return
  const rows = rowsOf(state)
  if (best) for (const [i, kept] of best.rows.entries()) kept.set(rows[i]!)
  const copies = best?.rows ?? rows.map((each) => each.slice())
  state.best = { epoch: epochs.length, validRmse, rows: copies }
}

/** The model to hand out: the last, or the best by the validation ratings. */
function finish(state: SgdState): void {
  const { best, epochs } = state
  state.finished = true
  if (best && best.epoch < epochs.length)
    for (const [i, rows] of rowsOf(state).entries()) rows.set(best.rows[i]!)
  refreshStates(state)
}

/** What `pullDelta`, `advance` and `snapshot` logged, applied again: the same rows to the bit. */
export function replay(state: SgdState, record: Arrays): void {
  if (record.snapUsers) {
    restore(state, record)
    return
  }
  if (record.epoch) {
    const [trainRmse, validRmse, testRmse, testMae, ends] = record.epoch
    endEpoch(state, { trainRmse, validRmse, testRmse, testMae } as Epoch, ends === 1)
    return
  }
  const [parts, blocks, part, block] = record.cell as Uint32Array
  const { asked } = state.grid ?? {}
  if (asked?.parts !== parts || asked?.blocks !== blocks) {
    const { dataset, users, items, epochs } = state
    state.grid = openGrid(dataset, users, items, { parts: parts!, blocks: blocks! }, epochs.length)
  }
  commit(state, cellOf(state.grid!, part!, block!), record)
}
