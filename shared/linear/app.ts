/**
 * A sparse linear model behind the app contract. An app gives a datafit, a spec and what it makes of
 * its results; this file wires the rest together.
 */
import type {
  Advanced,
  App,
  Block,
  Dataset,
  Idle,
  Offer,
  Progress,
  Pulled,
  ResultFile,
} from '../app.ts'
import type { Arrays } from '../wire.ts'
import { delta, lease } from './buffers.ts'
import { checkDelta } from './check.ts'
import type { Datafit, Response } from './datafit.ts'
import { dualPoint } from './dual.ts'
import { selectHot } from './hot.ts'
import type { Memo } from './leases.ts'
import { certify, type Point, pathEnds, pointOf } from './path.ts'
import { applyChange, pullDelta, releaseBlock } from './pull.ts'
import { lookIsDue, scheduleTrack } from './schedule.ts'
import { isWorthALook, lookExactly } from './screening.ts'
import type { LinearSpec } from './spec.ts'
import {
  isDone,
  type Lane,
  type LinearState,
  openFolds,
  openState,
  penalise,
  settle,
  startLambda,
} from './state.ts'
import { rebuild, type Track } from './track.ts'

/** What makes one sparse linear model of all. */
export interface LinearModel<Spec extends LinearSpec>
  extends Pick<
    App<Spec, LinearState<Spec>>,
    'name' | 'title' | 'purpose' | 'spec' | 'summaryLine' | 'flags'
  > {
  readonly datafit: Datafit
  /** @throws UserError when the target is not one of this model. */
  respond(spec: Spec, dataset: Dataset): Response
  summary(state: LinearState<Spec>): Record<string, unknown>
  results(state: LinearState<Spec>): ResultFile[]
}

export function linearApp<Spec extends LinearSpec>(
  model: LinearModel<Spec>,
): App<Spec, LinearState<Spec>> {
  const { datafit, respond, ...named } = model
  return {
    ...named,
    dataset: 'matrix',
    buffers: { lease, delta },
    open: (spec, dataset, random) =>
      openState(spec, datafit, respond(spec, dataset), dataset, random),
    schedule,
    check: (state, block, answer) =>
      checkDelta(laneOf(state, block).track.design, state.secrets, block, answer),
    pull,
    release: (state, block) => releaseBlock(laneOf(state, block), block.memo as Memo),
    advance,
    replay,
    finished,
    progress,
  }
}

/** Gradients travel as f32: a relative gap below this cannot be told from them, only certified. */
const ESTIMATE_FLOOR = 2e-7

const laneOf = (state: LinearState, block: Block): Lane => state.lanes[(block.memo as Memo).track]!

function finished(state: LinearState): boolean {
  return state.lanes.every(isDone) && (!state.foldOf || state.lanes.length > 1)
}

/** Lanes take turns: the next one after the last that has something to lease. */
function schedule(state: LinearState, offer: Offer): Block | Idle {
  settle(state)
  if (finished(state)) return { idle: 'finished' }
  const open = [...state.lanes.keys()].filter((k) => !isDone(state.lanes[k]!))
  const turn = open.length > 1 ? state.random.below(open.length) : 0
  const slots = Math.max(1, Math.ceil(offer.slots / open.length))
  for (let i = 0; i < open.length; i++) {
    const k = open[(turn + i) % open.length]!
    const block = scheduleTrack(state.lanes[k]!, k, { ...offer, slots }, state.random)
    if (!('idle' in block)) return block
  }
  // A moment to spare, and the first delta will need them.
  state.secrets.fit()
  return { idle: 'waiting-for-others' }
}

function pull(state: LinearState, block: Block, answer: Arrays): Pulled {
  const lane = laneOf(state, block)
  const { record, ...done } = pullDelta(lane, block, answer)
  state.updates += done.updates
  return { record: { track: Uint32Array.of((block.memo as Memo).track), ...record }, ...done }
}

/** A complete round gives a gap estimate; a good one is worth an exact certificate. */
function advance(state: LinearState): Advanced | null {
  settle(state)
  for (const [k, lane] of state.lanes.entries()) {
    if (isDone(lane)) continue
    const { track, tuning } = lane
    const { rounds } = track
    const { screening } = tuning.schedule
    const looks = !rounds.complete && lookIsDue(track)
    if (!rounds.complete && !looks) continue
    rounds.complete = false
    rounds.count++
    if (looks) {
      rounds.workSince = 0
      lookExactly(track, screening)
    } else takeEstimate(track)
    if (rounds.gapEstimate <= Math.max(tuning.gapTarget, ESTIMATE_FLOOR * track.scaleOfGap)) {
      const point = certify(track, tuning.gapTarget, lane.grid[lane.points.length]!, screening)
      if (point) return reach(state, k, point)
    } else if (!looks && screening && isWorthALook(track)) lookExactly(track, true)
    selectHot(track, tuning, state.random)
  }
  return null
}

/** The gap by the gradients that tabs have sent. */
function takeEstimate(track: Track): void {
  const { rounds } = track
  const { value } = dualPoint(track, rounds.residual, rounds.beta, track.gradient)
  rounds.dual = Math.max(rounds.dual, value)
  rounds.gapEstimate = Math.max(0, track.objective - rounds.dual)
}

/** Lane k has certified a point: note it, and go on to the next λ, or to the folds. */
function reach(state: LinearState, k: number, point: Point): Advanced {
  const lane = state.lanes[k]!
  const total = lane.grid.length
  addPoint(state, k, point)
  startLambda(state, lane)
  const where = k === 0 ? '' : `fold ${k}: `
  const note = `${where}λ ${lane.points.length}/${total} certified: gap ${point.gap.toExponential(1)}, ${point.nonZeros} non-zeros`
  return { record: { track: Uint32Array.of(k), point: Float64Array.of(point.gap) }, note }
}

function addPoint(state: LinearState, k: number, point: Point): void {
  const lane = state.lanes[k]!
  lane.points.push(point)
  lane.track.rounds.count = 0
  if (k === 0 && state.spec.path && pathEnds(lane.points)) lane.grid.length = lane.points.length
  if (k === 0 && isDone(lane) && state.foldOf) openFolds(state)
}

/** What `pull` and `reach` logged, applied again: the same additions give the same β, bit for bit. */
function replay(state: LinearState, record: Arrays): void {
  const k = record.track![0]!
  const lane = state.lanes[k]!
  state.stale = true
  if (!record.point) {
    applyChange(lane.track, record.index!, record.change!)
    return
  }
  const lambda = lane.grid[lane.points.length]!
  penalise(state, lane)
  rebuild(lane.track)
  addPoint(state, k, pointOf(lane.track, lambda, record.point[0]!))
}

function progress(state: LinearState): Progress {
  const { lanes, spec } = state
  const all = spec.path ? lanes[0]!.grid.length * (1 + (spec.cv ?? 0)) : 1
  const solved = lanes.reduce((sum, lane) => sum + lane.points.length, 0)
  const at = lanes.findIndex((lane) => !isDone(lane))
  const lane = lanes[Math.max(0, at)]!
  const { track, points, grid } = lane
  const last = points.at(-1)
  const phase = finished(state)
    ? 'certified'
    : at > 0
      ? `${lanes.filter((l, k) => k > 0 && isDone(l)).length}/${spec.cv} folds`
      : spec.path
        ? `λ ${points.length + 1}/${grid.length}`
        : track.rounds.count === 0
          ? 'first look'
          : 'solving'
  const values: Record<string, number> = {
    objective: track.objective / track.design.weightSum,
    nnz: track.nonZeros,
    screened: track.screened,
    lambda: grid[Math.min(points.length, grid.length - 1)]!,
  }
  const gap = isDone(lane) && last ? last.gap : track.rounds.gapEstimate / track.scaleOfGap
  if (Number.isFinite(gap)) values.gap = gap
  return { phase, fraction: spec.path || finished(state) ? solved / all : null, values }
}
