/** Topic models behind the app contract: this file only wires the others together. */
import type { App, Progress } from '../../app.ts'
import { shareDone } from '../../rotation/rotate.ts'
import { delta, lease } from './buffers.ts'
import { checkDelta } from './check.ts'
import { flags } from './flags.ts'
import { advance, pullDelta, releaseBlock, replay } from './pull.ts'
import { resultFiles, summarise } from './results.ts'
import { schedule } from './schedule.ts'
import { snapshot } from './snapshot.ts'
import { type LdaSpec, specSchema } from './spec.ts'
import { type LdaState, openState } from './state.ts'

export const lda: App<LdaSpec, LdaState> = {
  name: 'lda',
  title: 'Topic model',
  purpose: 'Finds out what a collection of texts is about.',
  spec: specSchema,
  dataset: 'corpus',
  summaryLine: 'latent Dirichlet allocation by collapsed Gibbs sampling: K topics of a corpus',
  flags,
  buffers: { lease, delta },
  leasesAhead: true,
  open: openState,
  schedule,
  check: checkDelta,
  pull: pullDelta,
  release: releaseBlock,
  advance,
  replay,
  snapshot,
  finished: (state) => state.sweeps.length >= state.spec.sweeps,
  progress,
  summary: summarise,
  results: resultFiles,
}

function progress(state: LdaState): Progress {
  const { sweeps, spec, grid } = state
  const last = sweeps.at(-1)
  const looked = sweeps.findLast((sweep) => !Number.isNaN(sweep.logLikelihoodPerToken))
  let done = sweeps.length
  if (grid && done < spec.sweeps) done += shareDone(grid, sweeps.length)
  const isOver = sweeps.length >= spec.sweeps
  return {
    phase: isOver ? 'all sweeps done' : `sweep ${sweeps.length + 1}/${spec.sweeps}`,
    fraction: Math.min(1, done / spec.sweeps),
    values: last
      ? {
          ...(looked && { logLikelihoodPerToken: looked.logLikelihoodPerToken }),
          sError: last.sError,
          changed: last.changed,
          sweep: sweeps.length,
        }
      : {},
  }
}
