/**
 * advance: the objective after every half-sweep, and whether to go on after every sweep.
 *
 * What the rows of one side have left adds up to the loss, so the objective costs nothing here, as far
 * as the tabs' numbers are right: audited rows have theirs compared (check.ts), and before the job ends
 * the server computes the objective from its own data. If that is another one, or if a half-sweep has
 * raised it, someone lied about a row that was not looked at; solving all rows anew mends it.
 */
import type { Advanced } from '../../app.ts'
import { errorsOn, rmseNote } from '../../factors/model.ts'
import type { Arrays } from '../../wire.ts'
import { lossOfSide, objectiveOf, penaltyOf } from './measure.ts'
import { apply } from './pull.ts'
import { beginSweep } from './sides.ts'
import type { Best, MfState, Point } from './state.ts'

/** Rounding to f32, or to halves, moves the objective by less than this share of it. */
const ROUNDING = { f32: 1e-6, f16: 1e-5 } as const
/** Extra sweeps to mend what did not add up; after that the numbers are what they are, and are told. */
const DOUBTS_MAX = 5
/** Sweeps without a better validation error that end a job which stops early. */
const PATIENCE = 2

export function advance(state: MfState): Advanced | null {
  if (state.finished) return null
  if (state.half === null && state.users.left === 0) return halfDone(state)
  if (state.half !== null && state.items.left === 0) return sweepDone(state)
  return null
}

function halfDone(state: MfState): Advanced {
  const objective = lossOfSide(state.users) + penaltyOf(state, state.users) + state.itemPenalty
  const record = { half: Float64Array.of(objective) }
  replayAdvance(state, record)
  const sweep = state.points.length + 1
  return { record, note: `sweep ${sweep}, users: objective ${objective.toPrecision(8)}` }
}

function sweepDone(state: MfState): Advanced {
  const { items, users, ratings, spec } = state
  const loss = lossOfSide(items)
  const objective = loss + penaltyOf(state, users) + penaltyOf(state, items)
  const { rmse, mae } = errorsOn(state, spec.implicit ? null : state.test)
  const valid = errorsOn(state, state.validation).rmse
  const point: Point = {
    sweep: state.points.length + 1,
    ...{ objective, halfObjective: state.half! },
    trainRmse: spec.implicit ? Number.NaN : Math.sqrt(Math.max(0, loss) / ratings),
    ...{ validRmse: valid, testRmse: rmse, testMae: mae },
  }
  const { ends, exact } = decide(state, point)
  const record = {
    sweep: Float64Array.of(
      ...[point.sweep, objective, point.halfObjective, point.trainRmse, rmse, mae],
      ...[Number(ends), exact, valid],
    ),
  }
  replayAdvance(state, record)
  const error = `${rmseNote('validation', valid)}${rmseNote('test', rmse)}`
  return { record, note: `sweep ${point.sweep}: objective ${objective.toPrecision(8)}${error}` }
}

/** Is this the last sweep? If so, the objective is computed from the server's own ratings. */
function decide(state: MfState, point: Point): { ends: boolean; exact: number } {
  const { spec, points } = state
  const last = points.at(-1)
  const unknown = { ends: false, exact: Number.NaN }
  const isLast = point.sweep >= spec.sweeps + state.doubts
  if (!isLast) {
    if (!last) return unknown
    const settled = last.objective - point.objective <= spec.tol * Math.abs(last.objective)
    const { best } = state
    const stops = best !== null && point.validRmse >= best.validRmse
    if (!settled && !(stops && point.sweep - best.sweep >= PATIENCE)) return unknown
  }
  const exact = objectiveOf(state)
  const rounding = ROUNDING[spec.precision]
  const isTrue = Math.abs(exact - point.objective) <= rounding * Math.abs(exact)
  const rises = [last?.objective ?? point.halfObjective, point.halfObjective].some(
    (before) => exact > before * (1 + rounding),
  )
  return { ends: (isTrue && !rises) || state.doubts >= DOUBTS_MAX, exact }
}

type Nine = [number, number, number, number, number, number, number, number, number]

/** What `advance` decided, done: also by replay. */
export function replayAdvance(state: MfState, record: Arrays): void {
  if (record.half) {
    state.half = record.half[0]!
    return
  }
  const [sweep, objective, halfObjective, trainRmse, testRmse, testMae, ends, exact, validRmse] =
    record.sweep as unknown as Nine
  const errors = { trainRmse, validRmse, testRmse, testMae }
  state.points.push({ sweep, objective, halfObjective, ...errors })
  keepBest(state, sweep, validRmse)
  state.exactObjective = exact
  state.half = null
  if (ends === 1) {
    finish(state)
    return
  }
  if (!Number.isNaN(exact)) state.doubts++
  state.itemPenalty = penaltyOf(state, state.items)
  for (const side of [state.users, state.items]) beginSweep(side)
  state.aheadWork = 0
  for (const ahead of state.ahead.splice(0)) apply(state, state.users, ahead)
}

function keepBest(state: MfState, sweep: number, validRmse: number): void {
  if (!state.stopsEarly || !(validRmse < (state.best?.validRmse ?? Number.POSITIVE_INFINITY)))
    return
  const copy = ({ factors, bias }: Best['users']): Best['users'] => ({
    factors: factors.slice(),
    bias: bias.slice(),
  })
  state.best = { sweep, validRmse, users: copy(state.users), items: copy(state.items) }
}

/** The model to hand out: the last, or the best by the validation ratings. */
function finish(state: MfState): void {
  const { best, points } = state
  state.finished = true
  state.ahead = []
  if (!best || best.sweep === points.at(-1)!.sweep) return
  for (const name of ['users', 'items'] as const) {
    state[name].factors.set(best[name].factors)
    state[name].bias.set(best[name].bias)
  }
}
