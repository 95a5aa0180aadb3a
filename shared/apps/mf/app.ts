/** Matrix factorisation behind the app contract: this file only wires the others together. */
import type { App, Progress } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { advance, replayAdvance } from './advance.ts'
import { delta, lease } from './buffers.ts'
import { checkDelta } from './check.ts'
import { flags } from './flags.ts'
import { openState } from './open.ts'
import { commit, pullDelta, releaseBlock } from './pull.ts'
import { resultFiles, summarise } from './results.ts'
import { schedule } from './schedule.ts'
import { restore, snapshot } from './snapshot.ts'
import { type MfSpec, specSchema } from './spec.ts'
import type { MfState } from './state.ts'

export const mf: App<MfSpec, MfState> = {
  name: 'mf',
  title: 'Matrix factorisation',
  purpose: 'Learns tastes from ratings, to recommend what someone may like.',
  spec: specSchema,
  dataset: 'ratings',
  summaryLine:
    'minimise Σ (a_ui − μ − b_u − c_i − w_uᵀh_i)² + λ(‖W‖² + ‖H‖²) + …, row by row; mfsgd is sooner at a good error',
  flags,
  buffers: { lease, delta },
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

function replay(state: MfState, record: Arrays): void {
  if (record.points) restore(state, record)
  else if (record.half || record.sweep) replayAdvance(state, record)
  else commit(state, record)
}

function progress(state: MfState): Progress {
  const { points, half, finished, spec, users, items } = state
  const last = points.at(-1)
  const sweep = points.length + (finished ? 0 : 1)
  const phase = finished ? 'converged' : `sweep ${sweep}, ${half === null ? 'users' : 'items'}`
  const side = half === null ? users : items
  const done = (Number(half !== null) + 1 - side.left / side.rated.length) / 2
  const fraction = finished ? 1 : Math.min(1, (points.length + done) / spec.sweeps)
  const numbers = {
    objective: half ?? last?.objective,
    trainRmse: last?.trainRmse,
    validRmse: last?.validRmse,
    testRmse: last?.testRmse,
    testMae: last?.testMae,
    sweep,
  }
  const values: Record<string, number> = {}
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined && Number.isFinite(value)) values[name] = value
  return { phase, fraction, values }
}
