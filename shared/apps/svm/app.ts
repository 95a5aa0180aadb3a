/** Support vector machines behind the app contract: this file only wires the others together. */
import type { App, Progress } from '../../app.ts'
import { advance, replay, snapshot } from './advance.ts'
import { delta, lease } from './buffers.ts'
import { checkDelta } from './check.ts'
import { flags } from './flags.ts'
import { openState } from './open.ts'
import { pullDelta, releaseBlock } from './pull.ts'
import { resultFiles, summarise } from './results.ts'
import { schedule } from './schedule.ts'
import { type SvmSpec, specSchema } from './spec.ts'
import type { SvmState } from './state.ts'

export const svm: App<SvmSpec, SvmState> = {
  name: 'svm',
  title: 'Support vector machine',
  purpose: 'Finds the widest gap between two kinds of examples.',
  spec: specSchema,
  dataset: 'examples',
  summaryLine: 'minimise ½‖w‖² + C Σ max(0, 1 − y wᵀx), or its square',
  flags,
  plots: [
    { title: 'Primal and dual', values: ['primal', 'dual'], file: 'epochs.csv', over: 'epochs' },
    { title: 'Duality gap', values: ['gap'], log: true, file: 'epochs.csv', over: 'epochs' },
  ],
  buffers: { lease, delta },
  open: openState,
  schedule,
  check: ({ problem, secrets }, block, answer) => checkDelta(problem, secrets(), block, answer),
  pull: pullDelta,
  release: releaseBlock,
  advance,
  replay,
  snapshot,
  finished: ({ certificate }) => certificate !== null,
  progress,
  summary: summarise,
  results: resultFiles,
}

function progress(state: SvmState): Progress {
  const { certificate, history, supportVectors } = state
  const { epochs, primal, dual, gap } = history.at(-1)!
  const phase = certificate ? 'certified' : history.length === 1 ? 'first sweeps' : 'solving'
  const values = { primal, dual, gap, epochs, supportVectors }
  return { phase, fraction: certificate ? 1 : null, values }
}
