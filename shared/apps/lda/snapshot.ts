/**
 * A topic model as one record: the topic of every token, from which all counts follow, the grid with how
 * often each cell has been sampled, and the sweeps so far. A sweep's records are about as large as this.
 */
import type { Arrays } from '../../wire.ts'
import { changeGrid } from './byDocument.ts'
import type { Model } from './cell.ts'
import { recount } from './counts.ts'
import type { LdaState, Sweep } from './state.ts'

const SWEEP_FIELDS = 3

export function snapshot({ grid, model, sweeps, alpha, since }: LdaState): Arrays {
  return {
    asked: grid ? Uint32Array.of(grid.asked.parts, grid.asked.blocks) : new Uint32Array(0),
    passes: grid ? grid.passes : new Uint32Array(0),
    topics: model.byWord.z,
    sweeps: Float64Array.from(
      sweeps.flatMap((s) => [s.logLikelihoodPerToken, s.sError, s.changed]),
    ),
    alpha,
    // What replay knows of a sweep that is under way: errors of s are none of it.
    since: Float64Array.of(since.changed, since.sampled),
  }
}

/** The same on a state that was just opened. */
export function restore(state: LdaState, record: Arrays): void {
  const { asked, passes, topics, sweeps, alpha, since } = record
  for (let at = 0; at < sweeps!.length; at += SWEEP_FIELDS) {
    const [logLikelihoodPerToken, sError, changed] = sweeps!.subarray(at, at + SWEEP_FIELDS)
    state.sweeps.push({ logLikelihoodPerToken, sError, changed } as Sweep)
  }
  state.alpha.set(alpha!)
  setTopics(state.model, topics!)
  const [parts, blocks] = asked!
  if (parts !== undefined && blocks !== undefined) {
    changeGrid(state, parts, blocks)
    state.grid!.passes.set(passes!)
  }
  const [changed, sampled] = since!
  Object.assign(state.since, { commits: 0, error: 0, changed, sampled })
}

/** @throws when they are those of another corpus */
function setTopics({ byWord, byDocument, token, totals }: Model, topics: ArrayLike<number>): void {
  if (topics.length !== byWord.z.length)
    throw new Error(`a snapshot has ${topics.length} topics for ${byWord.z.length} tokens`)
  totals.fill(0)
  for (let place = 0; place < topics.length; place++) {
    const k = topics[place]!
    byWord.z[place] = k
    byDocument.z[token[place]!] = k
    totals[k]!++
  }
  recount(byWord)
}
