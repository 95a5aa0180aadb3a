/**
 * STRADS as its papers ran it: rounds of P single variables, every step computed from the same
 * residual and all of them added at once (Jacobi within a round). No tabs, no network: the pickers
 * of shared/schedule on ½‖y − Xβ‖² + λ‖β‖₁ with unit columns, with or without the guarded commit.
 */
import { type Direction, subspaceSearch } from '../../shared/linear/lineSearch.ts'
import { shrink } from '../../shared/linear/math.ts'
import { seededRandom } from '../../shared/random.ts'
import { openPicker, type Switches } from '../../shared/schedule/policy.ts'
import type { LassoProblem } from './problem.ts'

export interface RoundsOptions {
  switches: Switches
  /** P: variables wanted in a round. */
  parallel: number
  seed: number
  guard?: boolean
  /** Last steps the guard may reuse. */
  memory?: number
  /** s: rounds a step may lag behind the model. */
  depth?: number
  /** End at this duality gap, relative to ½‖y‖². */
  tol?: number
  epochsMax?: number
  /** Where to end: at tol, or earlier. */
  target?: 'gap' | 'to98' | 'toThousandth'
}

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

/** A cluster as the papers had it: a millisecond to go there and back, 10⁵ entries a millisecond. */
export const ROUND_TRIP_MS = 1
export const ENTRIES_PER_MS = 100_000

interface Flight {
  index: Uint32Array
  change: Float64Array
}

class Run {
  readonly problem: LassoProblem
  readonly beta: Float64Array
  readonly residual: Float64Array
  l1 = 0
  memory: Direction[] = []

  constructor(problem: LassoProblem) {
    this.problem = problem
    this.beta = new Float64Array(problem.columns)
    this.residual = problem.family.y.slice()
  }

  /** The exact step of variable j alone. */
  step(j: number): number {
    const b = this.beta[j]!
    return shrink(this.problem.dot(j, this.residual) + b, this.problem.lambda) - b
  }

  objective(): number {
    let rss = 0
    for (const r of this.residual) rss += r * r
    return 0.5 * rss + this.problem.lambda * this.l1
  }

  add({ index, change }: Flight): void {
    for (let k = 0; k < index.length; k++) {
      if (change[k] === 0) continue
      const j = index[k]!
      this.l1 += Math.abs(this.beta[j]! + change[k]!) - Math.abs(this.beta[j]!)
      this.beta[j]! += change[k]!
      this.problem.axpy(j, -change[k]!, this.residual)
    }
  }

  /** The best combination of the round's step and the last ones. */
  addGuarded({ index, change }: Flight, memoryMax: number): void {
    const { problem, residual, beta } = this
    const fit = new Float64Array(residual.length)
    for (let k = 0; k < index.length; k++)
      if (change[k] !== 0) problem.axpy(index[k]!, change[k]!, fit)
    const directions = [{ index, change, fit }, ...this.memory]
    const alpha = subspaceSearch(
      directions,
      residual,
      null,
      beta,
      problem.lambda,
      1e-15 * this.objective(),
    )
    const sum = new Map<number, number>()
    const total = new Float64Array(fit.length)
    directions.forEach((direction, d) => {
      const a = alpha[d]!
      if (a === 0) return
      direction.index.forEach((j, k) => {
        sum.set(j, (sum.get(j) ?? 0) + a * direction.change[k]!)
      })
      for (let i = 0; i < total.length; i++) total[i]! += a * direction.fit[i]!
    })
    if (sum.size === 0) return
    const taken = { index: Uint32Array.from(sum.keys()), change: Float64Array.from(sum.values()) }
    for (let k = 0; k < taken.index.length; k++) {
      const j = taken.index[k]!
      this.l1 += Math.abs(beta[j]! + taken.change[k]!) - Math.abs(beta[j]!)
      beta[j]! += taken.change[k]!
    }
    for (let i = 0; i < total.length; i++) residual[i]! -= total[i]!
    this.memory = [{ ...taken, fit: total }, ...this.memory].slice(0, memoryMax)
  }
}

export function runRounds(problem: LassoProblem, options: RoundsOptions): RoundsResult {
  const { switches, parallel, seed, guard = false, memory = 0, depth = 0 } = options
  const { tol = 1e-6, epochsMax = 200, target = 'gap' } = options
  const run = new Run(problem)
  const variables = {
    count: problem.columns,
    filter: problem.filter,
    step: (j: number) => run.step(j),
    within: true,
  }
  const picker = openPicker(switches, variables, seededRandom(seed))
  const start = run.objective()
  const goal98 = start - 0.98 * (start - problem.optimum)
  const result: RoundsResult = {
    ...{ to98: null, toThousandth: null, toGap: null, diverged: false, rose: false },
    ...{ updates: 0, rounds: 0, meanSet: 0, curve: [{ updates: 0, objective: start }] },
    objective: start,
  }
  const pending: Flight[] = []
  let timeMs = 0
  let gapDue = 0
  let curveDue = 0
  let before = start
  while (result.updates < epochsMax * problem.columns) {
    const index = picker.next(parallel)
    let work = 0
    for (const j of index) work = Math.max(work, 2 * problem.entries(j))
    if (index.length > 0)
      pending.push({ index, change: Float64Array.from(index, (j) => run.step(j)) })
    // With depth s the round trip of s rounds passes while others compute.
    timeMs += Math.max(work / ENTRIES_PER_MS, (work / ENTRIES_PER_MS + ROUND_TRIP_MS) / (depth + 1))
    if (pending.length <= depth && index.length > 0) continue
    const flight = pending.shift()
    if (!flight) break
    if (guard) run.addGuarded(flight, memory)
    else run.add(flight)
    picker.settled(flight.index, flight.change)
    result.rounds++
    result.updates += flight.index.length
    const objective = run.objective()
    if (objective > before * (1 + 1e-12)) result.rose = true
    before = objective
    const at = { updates: result.updates, rounds: result.rounds, timeMs }
    if (objective <= goal98) result.to98 ??= at
    if (objective <= 1.001 * problem.optimum) result.toThousandth ??= at
    if (target !== 'gap' && result[target]) break
    if (result.updates >= curveDue) {
      curveDue = result.updates + Math.max(parallel, problem.columns / 20)
      result.curve.push({ updates: result.updates, objective })
    }
    if (!(objective < 1e3 * start)) {
      result.diverged = true
      break
    }
    if (objective <= goal98 && result.updates >= gapDue) {
      gapDue = result.updates + problem.columns / 4
      if (problem.gap(run.residual, run.beta) <= tol) {
        result.toGap = at
        break
      }
    }
  }
  result.objective = run.objective()
  // What has not settled below its start within so many epochs does not converge either.
  result.diverged ||= !(result.objective < start)
  result.meanSet = result.updates / Math.max(1, result.rounds)
  return result
}
