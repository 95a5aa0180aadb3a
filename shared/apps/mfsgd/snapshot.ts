/** A factorisation by SGD as one record: all rows, how far each cell has come, and the epochs so far. */
import type { Arrays } from '../../wire.ts'
import { openGrid } from './grid.ts'
import { type Epoch, refreshStates, type SgdState } from './state.ts'

const EPOCH_FIELDS = 4

export function snapshot(state: SgdState): Arrays {
  const { users, items, epochs, losses, grid, best, finished } = state
  const kept = best?.rows ?? []
  return {
    ...{ snapUsers: users.factors, snapUserState: users.state },
    ...{ snapItems: items.factors, snapItemState: items.state },
    epochs: Float64Array.from(epochs.flatMap(pack)),
    now: Float64Array.of(...losses, Number(finished), best?.epoch ?? 0, best?.validRmse ?? 0),
    grid: Uint32Array.from(grid ? [grid.asked.parts, grid.asked.blocks] : []),
    passes: grid?.passes ?? new Uint32Array(0),
    ...Object.fromEntries(kept.map((rows, i) => [`best${i}`, rows])),
  }
}

const pack = ({ trainRmse, validRmse, testRmse, testMae }: Epoch): number[] => [
  ...[trainRmse, validRmse, testRmse, testMae],
]

/** The same on a state that was just opened. */
export function restore(state: SgdState, record: Arrays): void {
  const { users, items, epochs, losses, dataset } = state
  users.factors.set(record.snapUsers!)
  users.state.set(record.snapUserState!)
  items.factors.set(record.snapItems!)
  items.state.set(record.snapItemState!)
  for (let at = 0; at < record.epochs!.length; at += EPOCH_FIELDS) {
    const [trainRmse, validRmse, testRmse, testMae] = record.epochs!.subarray(at) as Float64Array
    epochs.push({ trainRmse, validRmse, testRmse, testMae } as Epoch)
  }
  const [loss, next, finished, bestEpoch, bestRmse] = record.now as unknown as number[]
  losses[0] = loss!
  losses[1] = next!
  state.finished = finished === 1
  if (bestEpoch! > 0) {
    const rows = ['best0', 'best1', 'best2', 'best3'].map((name) => record[name]!.slice())
    const copies = rows as (Int8Array | Float32Array)[]
    state.best = { epoch: bestEpoch!, validRmse: bestRmse!, rows: copies }
  }
  const [parts, blocks] = record.grid!
  if (parts !== undefined && blocks !== undefined) {
    state.grid = openGrid(dataset, users, items, { parts, blocks }, 0)
    state.grid.passes.set(record.passes!)
  }
  refreshStates(state)
}
