/**
 * STRADS as its papers ran it: rounds of P single variables, every step computed from the same
 * residual and all of them added at once (Jacobi within a round). No tabs, no network: the pickers
 * of shared/schedule on ½‖y − Xβ‖² + λ‖β‖₁, with or without the guarded commit.
 */
import { seededRandom } from '../../shared/random.ts'
import { type Balance, balanced } from '../../shared/schedule/balance.ts'
import { openPicker } from '../../shared/schedule/openPicker.ts'
import type { Switches } from '../../shared/schedule/policy.ts'
import { RoundsModel, type Step } from './model.ts'
import type { LassoProblem } from './problem.ts'

export interface RoundsOptions {
  switches: Switches
  /** P: variables wanted in a round. */
  parallel: number
  seed: number
  /** Commit the best combination of a round's step and the `memory` last ones, not the plain sum. */
  guard?: boolean
  memory?: number
  /** s: rounds a step may lag behind the model. */
  depth?: number
  /** End at this duality gap, relative to ½‖y‖². */
  tol?: number
  epochsMax?: number
  /** Where to end: at tol, or earlier. */
  target?: 'gap' | 'to98' | 'toThousandth'
  cluster?: Cluster
}

/** What a round takes. By default every variable has its own worker. */
export interface Cluster {
  readonly roundTripMs: number
  readonly entriesPerMs: number
  /** Cut a round's variables into parts for so many equal workers. */
  readonly workers?: number
  readonly balance?: Balance
}

/** A cluster as the papers had it: a millisecond to go there and back, 10⁵ entries a millisecond. */
export const CLUSTER: Cluster = { roundTripMs: 1, entriesPerMs: 100_000 }

export interface RoundsResult {
  /** Updates and rounds until 98 % of what can be gained was gained; null: never. */
  to98: Reached | null
  /** … until F was within a thousandth of F*: what strads.md calls a relative gap of 1e-3. */
  toThousandth: Reached | null
  /** … until the gap was tol. */
  toGap: Reached | null
  diverged: boolean
  updates: number
  rounds: number
  /** Simulated time in all. */
  timeMs: number
  /** Mean size of a round's set. */
  meanSet: number
  /** F after so many updates, thinned out. */
  curve: { updates: number; objective: number }[]
  objective: number
  /** Did the objective ever rise by more than rounding? */
  rose: boolean
}

export interface Reached {
  updates: number
  rounds: number
  timeMs: number
}

/** How long a round's slowest worker computes: a dot product and an addition for each variable. */
function computeMs(problem: LassoProblem, index: Uint32Array, cluster: Cluster): number {
  const { workers, balance = 'lpt', entriesPerMs } = cluster
  const work = Float64Array.from(index, (j) => 2 * problem.entries(j))
  if (workers === undefined || index.length === 0)
    return work.reduce((a, b) => Math.max(a, b), 0) / entriesPerMs
  const load = new Float64Array(workers)
  balanced(balance, work, new Uint8Array(workers).fill(1)).forEach((part, k) => {
    load[part]! += work[k]!
  })
  return load.reduce((a, b) => Math.max(a, b), 0) / entriesPerMs
}

/** What has diverged has grown a thousandfold. */
const GROWTH_MAX = 1e3
/** Objectives rise by so much when sums round. */
const ROUNDING = 1e-12

export function runRounds(problem: LassoProblem, options: RoundsOptions): RoundsResult {
  const { switches, parallel, seed, guard = false, memory = 0, depth = 0 } = options
  const { tol = 1e-6, epochsMax = 200, target = 'gap', cluster = CLUSTER } = options
  const model = new RoundsModel(problem)
  const variables = {
    count: problem.columns,
    filter: problem.filter,
    step: (j: number) => model.step(j),
    within: true,
  }
  const picker = openPicker(switches, variables, seededRandom(seed))
  const start = model.objective
  const goal98 = start - 0.98 * (start - problem.optimum)
  const result: RoundsResult = {
    ...{ to98: null, toThousandth: null, toGap: null, diverged: false, rose: false },
    ...{ updates: 0, rounds: 0, timeMs: 0, meanSet: 0 },
    ...{ curve: [{ updates: 0, objective: start }], objective: start },
  }
  const pending: Step[] = []
  let gapDue = 0
  let curveDue = 0
  while (result.updates < epochsMax * problem.columns) {
    const index = picker.next(parallel)
    if (index.length > 0)
      pending.push({ index, change: Float64Array.from(index, (j) => model.step(j)) })
    // With depth s the round trip of s rounds passes while others compute.
    const ms = computeMs(problem, index, cluster)
    result.timeMs += Math.max(ms, (ms + cluster.roundTripMs) / (depth + 1))
    if (pending.length <= depth && index.length > 0) continue
    const step = pending.shift()
    if (!step) break
    const before = model.objective
    if (guard) model.addGuarded(step, memory)
    else model.add(step)
    picker.settled(step.index, step.change)
    result.rounds++
    result.updates += step.index.length
    const { objective } = model
    if (objective > before * (1 + ROUNDING)) result.rose = true
    const { updates, rounds, timeMs } = result
    const at = { updates, rounds, timeMs }
    if (objective <= goal98) result.to98 ??= at
    if (objective <= 1.001 * problem.optimum) result.toThousandth ??= at
    if (target !== 'gap' && result[target]) break
    if (updates >= curveDue) {
      curveDue = updates + Math.max(parallel, problem.columns / 20)
      result.curve.push({ updates, objective })
    }
    if (!(objective < GROWTH_MAX * start)) {
      result.diverged = true
      break
    }
    if (target === 'gap' && objective <= goal98 && updates >= gapDue) {
      gapDue = updates + problem.columns / 4
      if (problem.gap(model.residual, model.beta) <= tol) {
        result.toGap = at
        break
      }
    }
  }
  result.objective = model.objective
  // What has not settled below its start within so many epochs does not converge either.
  result.diverged ||= !(result.objective < start)
  result.meanSet = result.updates / Math.max(1, result.rounds)
  return result
}
