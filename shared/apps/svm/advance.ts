/**
 * advance: a complete round gives the gap at its w; a good one is worth an exact certificate, and the
 * job ends on that: P and D of the w that follows from α alone, whoever computed α.
 */
import type { Advanced } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { selectHot } from './hot.ts'
import { applyAlpha } from './pull.ts'
import { isDue } from './schedule.ts'
import {
  epochsOf,
  gapBetween,
  lookExactly,
  newRound,
  type Point,
  primalOf,
  type SvmState,
} from './state.ts'

/** Half a unit in the last place of an f32, which is how scores travel. */
const ROUNDING = 2 ** -24

export function advance(state: SvmState): Advanced | null {
  const { round, problem } = state
  if (state.certificate) return null
  if (problem.isSmall && round.visitsSince > 0 && isDue(state)) return lookItself(state)
  if (!round.complete) return null
  round.complete = false
  const rounding = roundingOf(state)
  const primal = primalOf(problem, round.w, round.biasWeight, state.score) + rounding
  let point = bestOf(state, primal)
  // What rounding may hide is seen only by a pass of one's own.
  if (point.gap <= Math.max(problem.spec.tol, (2 * rounding) / primal)) {
    const exact = lookExactly(state)
    if (exact.gap <= problem.spec.tol) return certified(state, exact)
    point = bestOf(state, exact.primal)
  }
  return went(state, point)
}

/** Small data: a pass of the server's own, which is exact. */
function lookItself(state: SvmState): Advanced {
  const exact = lookExactly(state)
  if (exact.gap <= state.problem.spec.tol) return certified(state, exact)
  state.round = newRound(state.w, state.biasWeight)
  return went(state, bestOf(state, exact.primal))
}

/** The gap is known again: note it, and choose what is hot now. */
function went(state: SvmState, point: Point): Advanced {
  state.history.push(point)
  selectHot(state)
  const { epochs, gap } = point
  const note = `epoch ${epochs.toFixed(1)}: primal ${point.primal}, dual ${point.dual}, gap ${gap.toExponential(1)}`
  return { record: { point: pack(point) }, note }
}

/** How far P may be above what the rounded scores of its round say. */
function roundingOf({ problem, round, score }: SvmState): number {
  const { spec, classes, held } = problem
  let sum = 0
  for (let i = 0; i < score.length; i++) {
    const short = 1 - classes.sign[i]! * score[i]!
    if (held[i] === 1 || short < -1e-6) continue
    const slope = spec.loss === 'hinge' ? spec.c : 2 * spec.c * Math.max(0, short)
    sum += slope * ROUNDING * Math.abs(score[i]! - spec.bias * round.biasWeight)
  }
  return sum
}

/** P goes up and down between rounds while D rises: what counts is the best P so far. */
function bestOf(state: SvmState, found: number): Point {
  const primal = Math.min(found, state.history.at(-1)!.primal)
  const { dual } = state
  return { epochs: epochsOf(state), primal, dual, gap: gapBetween(primal, dual) }
}

function certified(state: SvmState, point: Point): Advanced {
  state.history.push(point)
  state.certificate = point
  const note = `certified: gap ${point.gap.toExponential(1)}, ${state.supportVectors} support vectors`
  return { record: { certificate: pack(point) }, note }
}

const POINT_FIELDS = 4
const pack = ({ epochs, primal, dual, gap }: Point): Float64Array =>
  Float64Array.of(epochs, primal, dual, gap)

const unpack = (packed: ArrayLike<number>): Point => {
  const [epochs, primal, dual, gap] = Array.from(packed)
  return { epochs: epochs!, primal: primal!, dual: dual!, gap: gap! }
}

/** All so far as one record: α, from which w and the scores follow, and what has been seen on the way. */
export const snapshot = ({ alpha, visits, history }: SvmState): Arrays => ({
  all: alpha,
  visits: Float64Array.of(visits),
  history: Float64Array.from(history.flatMap((point) => [...pack(point)])),
})

/** What `pull`, `advance` and `snapshot` logged, applied again: the same α, bit for bit. */
export function replay(state: SvmState, record: Arrays): void {
  state.stale = true
  if (record.all) {
    applyAlpha(
      state,
      Uint32Array.from(record.all, (_, i) => i),
      record.all,
    )
    state.history.length = 0
    for (let at = 0; at < record.history!.length; at += POINT_FIELDS)
      state.history.push(unpack(record.history!.subarray(at, at + POINT_FIELDS)))
  }
  if (record.point) state.history.push(unpack(record.point))
  if (record.certificate) {
    lookExactly(state)
    state.certificate = unpack(record.certificate)
    state.history.push(state.certificate)
  }
  if (record.index) applyAlpha(state, record.index, record.alpha!)
  if (record.visits) state.visits += record.visits[0]!
}
