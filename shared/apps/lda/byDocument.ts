/**
 * Counts by documents, brought up to date when somebody asks.
 *
 * Commits write the topics of words only, one after the other; to write those of documents, which lie
 * apart, took twice as long as all else of a commit. Nobody needs them often: tabs remember their
 * documents, and what remains are first leases, audits, likelihoods and results.
 */
import { edgeOf } from './cell.ts'
import type { Counts } from './counts.ts'
import { openGrid, partsOf } from './grid.ts'
import type { LdaState } from './state.ts'

/** D of all documents as it is now. */
export function documentsNow(state: LdaState): Counts {
  if (state.grid) for (let p = 0; p < partsOf(state.grid); p++) partNow(state, p)
  return state.model.byDocument
}

/** D of the documents of a part as it is now; others may be older. */
export function partNow({ corpus, model, grid }: LdaState, part: number): Counts {
  const { byDocument, byWord, token } = model
  if (grid!.isStale[part] === 0) return byDocument
  grid!.isStale[part] = 0
  const from = edgeOf(corpus, model, grid!, part)
  const to = edgeOf(corpus, model, grid!, part + 1)
  const { z } = byWord
  const ofDocuments = byDocument.z
  for (let w = 0; w < from.length; w++)
    for (let place = from[w]!; place < to[w]!; place++) ofDocuments[token[place]!] = z[place]!
  return byDocument
}

/** Another grid, whose parts know nothing of what the old ones have left undone. */
export function changeGrid(state: LdaState, parts: number, blocks: number): void {
  documentsNow(state)
  state.grid = openGrid(state.corpus, parts, blocks, state.sweeps.length)
}
