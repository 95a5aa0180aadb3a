/** Matrix factorisation by SGD behind the app contract: this file only wires the others together. */
import type { App, Progress } from '../../app.ts'
import { shareDone } from '../../rotation/rotate.ts'
import { delta, lease } from './buffers.ts'
import { checkDelta } from './check.ts'
import { flags } from './flags.ts'
import { advance, pullDelta, releaseBlock, replay } from './pull.ts'
import { resultFiles, summarise } from './results.ts'
import { schedule } from './schedule.ts'
import { snapshot } from './snapshot.ts'
import { type SgdSpec, specSchema } from './spec.ts'
import { openState, type SgdState } from './state.ts'

export const mfsgd: App<SgdSpec, SgdState> = {
  name: 'mfsgd',
  title: 'Matrix factorisation by SGD',
  purpose: 'Learns tastes from ratings, to recommend what someone may like.',
  spec: specSchema,
  dataset: 'ratings',
  side: 'rows',
  summaryLine:
    'stochastic gradient descent on ratings: fastest to a good error (mf: exact rows, an objective that only falls)',
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
  finished: (state) => state.finished,
  progress,
  summary: summarise,
  results: resultFiles,
}

function progress({ epochs, epochsMax, grid, finished }: SgdState): Progress {
  const last = epochs.at(-1)
  let done = epochs.length
  if (grid && !finished) done += shareDone(grid, epochs.length)
  const { trainRmse, validRmse, testRmse, testMae } = last ?? {}
  const numbers = { trainRmse, validRmse, testRmse, testMae, epoch: last && epochs.length }
  const values: Record<string, number> = {}
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined && Number.isFinite(value)) values[name] = value
  return {
    phase: finished ? 'all epochs done' : `epoch ${epochs.length + 1}/${epochsMax}`,
    fraction: finished ? 1 : Math.min(1, done / epochsMax),
    values,
  }
}
