/** How a job begins, and how it goes on after a replay: hot examples chosen by what α says. */
import type { Dataset } from '../../app.ts'
import { lazily } from '../../lazily.ts'
import { type Random, seededRandom } from '../../random.ts'
import { selectHot } from './hot.ts'
import { openProblem } from './problem.ts'
import { openSecrets } from './secrets.ts'
import type { SvmSpec } from './spec.ts'
import { lookExactly, newRound, type SvmState } from './state.ts'

export function openState(spec: SvmSpec, dataset: Dataset, random: Random): SvmState {
  const problem = openProblem(spec, dataset, random)
  const { n, d, trained } = problem
  const primal = spec.c * trained
  const secret = seededRandom(random.u32())
  const state: SvmState = {
    problem,
    random,
    secrets: lazily(() => openSecrets(problem, secret)),
    alpha: new Float64Array(n),
    w: new Float64Array(d),
    biasWeight: 0,
    dual: 0,
    supportVectors: 0,
    visits: 0,
    score: new Float64Array(n),
    leased: new Uint8Array(n),
    hot: { chunks: [], pool: null, work: 0, count: 0 },
    round: newRound(new Float64Array(0), 0),
    sweeping: 0,
    parts: Infinity,
    slots: 1,
    history: [{ epochs: 0, primal, dual: 0, gap: 1 }],
    certificate: null,
    stale: false,
  }
  // Nothing pulls an empty example back from its bound.
  for (let i = 0; i < n; i++)
    if (problem.norm2[i] === 0 && problem.held[i] === 0) state.alpha[i] = problem.upper
  if (state.alpha.some((a) => a > 0)) lookExactly(state)
  selectHot(state)
  return state
}

/** After replay: everything that follows from α. */
export function settle(state: SvmState): void {
  if (!state.stale) return
  state.stale = false
  lookExactly(state)
  state.round = newRound(new Float64Array(0), 0)
  if (!state.certificate) selectHot(state)
}
