/** The state of a job: the full problem, then (with cross-validation) one track per fold. */
import type { Dataset } from '../app.ts'
import { UserError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Filter } from '../schedule/dependency.ts'
import type { Picker } from '../schedule/policy.ts'
import type { Datafit, Response } from './datafit.ts'
import { openFilter } from './dependency.ts'
import { openDesign } from './design.ts'
import { selectHot, type Tuning } from './hot.ts'
import { unscreen } from './marks.ts'
import { largestMagnitude } from './math.ts'
import { dealFolds, glmnetGrid, type Point } from './path.ts'
import { prove } from './screening.ts'
import { openSecrets, type Secrets } from './secrets.ts'
import { hasWorkingSet, type LinearSpec, resolve } from './spec.ts'
import { newRounds, openTrack, rebuild, refreshGradient, setPenalty, type Track } from './track.ts'

/** One track and how far down its λ grid it has come. */
export interface Lane {
  readonly track: Track
  readonly tuning: Tuning
  /** Keeps correlated variables out of blocks in flight; see dependency.ts. */
  readonly filter: Filter
  /** Without a working set: what draws the blocks, from the first offer on. */
  picker: Picker | null
  readonly points: Point[]
  /** λ values still to be solved are grid[points.length …]; the lane is done at its end. */
  grid: number[]
}

export interface LinearState<Spec extends LinearSpec = LinearSpec> {
  readonly spec: Spec
  readonly datafit: Datafit
  readonly response: Response
  readonly dataset: Dataset
  readonly random: Random
  readonly secrets: Secrets
  readonly lambdaMax: number
  readonly lanes: Lane[]
  /** Fold of every row with cross-validation (n). */
  readonly foldOf: Uint8Array | null
  /** Set by replay: r, gradients and hot sets do not yet follow β. */
  stale: boolean
  updates: number
}

export function openState<Spec extends LinearSpec>(
  spec: Spec,
  datafit: Datafit,
  response: Response,
  dataset: Dataset,
  random: Random,
): LinearState<Spec> {
  const { manifest } = dataset
  if (spec.cv && manifest.rows < 2 * spec.cv)
    throw new UserError(
      `${spec.cv} folds need at least ${2 * spec.cv} rows; the data has ${manifest.rows}.`,
    )
  const foldOf = spec.cv ? dealFolds(manifest.rows, spec.cv, random, response.strata) : null
  const full = openLane(spec, datafit, response, dataset, response.caseWeights)
  // From the pass just made, in f64: λmax is reported, and every λ hangs on it.
  const lambdaMax =
    largestMagnitude(full.track.exact!) / (full.track.design.weightSum * spec.l1Ratio)
  if (!(lambdaMax > 0))
    throw new UserError(
      'No column has any correlation with the target, so every λ gives zero coefficients.',
    )
  full.grid = spec.path
    ? glmnetGrid(lambdaMax, spec.path, manifest.rows, manifest.columns)
    : [spec.lambda ?? spec.lambdaRatio! * lambdaMax]
  const secrets = openSecrets(dataset, random)
  const state = {
    spec,
    datafit,
    response,
    dataset,
    random,
    secrets,
    lambdaMax,
    lanes: [full],
    foldOf,
    stale: false,
    updates: 0,
  }
  startLambda(state, full)
  return state
}

function openLane(
  spec: LinearSpec,
  datafit: Datafit,
  response: Response,
  dataset: Dataset,
  weights: Float64Array | null,
): Lane {
  const design = openDesign(dataset, spec, weights)
  const schedule = resolve(spec.schedule)
  const depth = schedule.depth ?? null
  const { intercept } = spec
  const options = { intercept, depth, workingSet: hasWorkingSet(schedule) }
  const track = openTrack(design, datafit, response, options)
  const tuning = { schedule, gapTarget: spec.tol * track.scaleOfGap }
  const filter = openFilter(design, schedule.rho)
  return { track, tuning, filter, picker: null, points: [], grid: [] }
}

/** The full path is known: open one lane per fold on the same λ values. */
export function openFolds(state: LinearState): void {
  const { foldOf, spec, datafit, response, dataset, lanes } = state
  const { caseWeights } = response
  for (let k = 0; k < spec.cv!; k++) {
    const weights = Float64Array.from(foldOf!, (f, i) =>
      f === k ? 0 : caseWeights ? caseWeights[i]! : 1,
    )
    const lane = openLane(spec, datafit, response, dataset, weights)
    lane.grid = lanes[0]!.points.map((p) => p.lambda)
    lanes.push(lane)
    startLambda(state, lane)
  }
}

export const isDone = (lane: Lane): boolean => lane.points.length >= lane.grid.length

/** T₁ and T₂ of the λ that is next. */
export function penalise({ spec }: LinearState, { track, grid, points }: Lane): void {
  const total = grid[points.length]! * track.design.weightSum
  setPenalty(track, spec.l1Ratio * total, (1 - spec.l1Ratio) * total)
}

/** Gradients are exact and β is warm: aim at the next λ. */
export function startLambda(state: LinearState, lane: Lane): void {
  lane.picker = null
  if (isDone(lane)) return
  const { track, tuning } = lane
  penalise(state, lane)
  track.rounds = newRounds()
  unscreen(track)
  const gap = prove(track, tuning.schedule.screening)
  // Solved as it stands, as at λmax: advance() certifies it, nothing needs to be leased.
  if (gap <= tuning.gapTarget) {
    track.rounds.residual = track.residual.slice()
    track.rounds.beta = track.beta
    track.rounds.complete = true
  }
  selectHot(track, tuning, state.random)
}

/** After replay: everything that follows from β. */
export function settle(state: LinearState): void {
  if (!state.stale) return
  state.stale = false
  for (const lane of state.lanes) {
    if (!isDone(lane)) penalise(state, lane)
    rebuild(lane.track)
    refreshGradient(lane.track)
    startLambda(state, lane)
  }
}
