/** pull, release, advance and replay: how a topic model moves on. */
import type { Advanced, Block, Pulled } from '../../app.ts'
import { forget, learn } from '../../rotation/known.ts'
import type { Arrays } from '../../wire.ts'
import { alphaIsDue, learnAlpha } from './alpha.ts'
import { topicBytes } from './buffers.ts'
import { changeGrid, documentsNow } from './byDocument.ts'
import { applyChanges, type Cell, changedPlaces, membersOf, openCell } from './cell.ts'
import type { Grid } from './grid.ts'
import type { Memo } from './leases.ts'
import { isLooked, logLikelihood } from './likelihood.ts'
import { restore } from './snapshot.ts'
import { type LdaState, roomFor, type Sweep } from './state.ts'

/** Commit: the log gets the grid, the cell, and what has changed in it. */
export function pullDelta(state: LdaState, block: Block, delta: Arrays): Pulled {
  const { cell, totals, known, places } = block.memo as Memo
  const { since, model, corpus } = state
  const grid = state.grid!
  let error = 0
  for (let k = 0; k < totals.length; k++) error += Math.abs(totals[k]! - model.totals[k]!)
  since.commits++
  since.error += error / corpus.tokens
  commit(state, cell, places ?? placesOf(state, cell, delta), delta.topic!)
  free(grid, cell)
  if (known) learn(state.known, known, membersOf(cell))
  const { parts, blocks } = grid.asked
  const record = {
    cell: Uint32Array.of(parts, blocks, cell.part, cell.block),
    changed: delta.changed!,
    topic: delta.topic!,
  }
  return { record, updates: cell.tokens }
}

/** @throws when a log has changes that do not fit the corpus */
function placesOf(state: LdaState, cell: Cell, { changed, topic }: Arrays): Uint32Array {
  const size = topic!.length / topicBytes(state.model.topics)
  const places = changedPlaces(cell, changed!, roomFor(state, size))
  if (!places) throw new Error(`the changes of cell ${cell.part}, ${cell.block} are not its own`)
  return places
}

function commit(
  { model, since, grid }: LdaState,
  cell: Cell,
  places: Uint32Array,
  topic: ArrayLike<number>,
): void {
  applyChanges(model, cell, places, topic)
  since.changed += places.length
  since.sampled += cell.tokens
  grid!.passes[cell.index]!++
  grid!.versions[0]![cell.part]!++
  grid!.versions[1]![cell.block]!++
  grid!.isStale[cell.part] = 1
}

function free(grid: Grid, { part, block }: Cell): void {
  grid.busyPart[part] = 0
  grid.busyBlock[block] = 0
}

/** What its tab remembers now, nobody knows. */
export function releaseBlock(state: LdaState, block: Block): void {
  const { cell, known } = block.memo as Memo
  free(state.grid!, cell)
  if (known) forget(state.known, known)
}

/** Every cell has been through one more sweep: look at the model, and perhaps learn α. */
export function advance(state: LdaState): Advanced | null {
  const { grid, sweeps, spec, corpus, model, since } = state
  if (!grid || sweeps.length >= spec.sweeps) return null
  if (!grid.passes.every((passes) => passes > sweeps.length)) return null
  const sweep: Sweep = {
    logLikelihoodPerToken: isLooked(sweeps.length + 1, spec.sweeps)
      ? logLikelihood(corpus, model, documentsNow(state), state.alpha, spec.beta) / corpus.tokens
      : Number.NaN,
    sError: since.commits > 0 ? since.error / since.commits : 0,
    changed: since.sampled > 0 ? since.changed / since.sampled : 0,
  }
  const isDue = spec.learnAlpha && alphaIsDue(sweeps.length + 1)
  const alpha = isDue ? learnAlpha(corpus, documentsNow(state), state.alpha) : new Float64Array(0)
  endSweep(state, sweep, alpha)
  const { logLikelihoodPerToken, sError, changed } = sweep
  const likelihood = Number.isNaN(logLikelihoodPerToken)
    ? ''
    : `log-likelihood ${logLikelihoodPerToken.toFixed(4)} per token, `
  return {
    record: { sweep: Float64Array.of(logLikelihoodPerToken, sError, changed), alpha },
    note: `sweep ${sweeps.length}/${spec.sweeps}: ${likelihood}${(100 * changed).toFixed(0)} % changed`,
  }
}

function endSweep(state: LdaState, sweep: Sweep, alpha: Float64Array): void {
  state.sweeps.push(sweep)
  if (alpha.length > 0) state.alpha.set(alpha)
  Object.assign(state.since, { commits: 0, error: 0, changed: 0, sampled: 0 })
  state.demand.slots = 0
}

/** What `pullDelta`, `advance` and `snapshot` logged, applied again: whole numbers, so the same to the bit. */
export function replay(state: LdaState, record: Arrays): void {
  if (record.topics) {
    restore(state, record)
    return
  }
  if (record.sweep) {
    const [logLikelihoodPerToken, sError, changed] = record.sweep
    const sweep = { logLikelihoodPerToken, sError, changed } as Sweep
    endSweep(state, sweep, record.alpha as Float64Array)
    return
  }
  const [parts, blocks, part, block] = record.cell!
  const { asked } = state.grid ?? {}
  if (asked?.parts !== parts || asked?.blocks !== blocks) changeGrid(state, parts!, blocks!)
  const cell = openCell(state.corpus, state.model, state.grid!, part!, block!)
  commit(state, cell, placesOf(state, cell, record), record.topic!)
}
