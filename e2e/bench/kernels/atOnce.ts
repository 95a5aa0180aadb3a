/**
 * What steps taken all at once need beside steps taken one after the other: why a GPU has the gradients of
 * a lasso, and SIMD the steps (client/backends/webgpu/scan.ts).
 *
 *   node server/setup/runTs.mjs e2e/bench/kernels/atOnce.ts
 *
 * At 0.1 λmax, to a gap of 1e-6, on leukemia and on what else is found (SHOAL_DATA). *Rounds*: every
 * round the exact step of each variable of a set in which no two correlate by 0.1 or more, the largest
 * steps first; the server's guarded commit takes the best combination with the last four. What a GPU
 * would do with the gradients it has just computed. *Block*: twice as many variables as the optimum has,
 * swept one after the other and extrapolated as in leases, or all at once by accelerated proximal
 * gradients with restarts, which is what would run inside a lease.
 */
import { performance } from 'node:perf_hooks'
import { formatTable } from '../../../server/cli/format.ts'
import { extrapolate, openExtrapolation } from '../../../shared/linear/extrapolate.ts'
import { shrink } from '../../../shared/linear/math.ts'
import { RoundsModel } from '../../evaluate/model.ts'
import { exactStep, type LassoProblem } from '../../evaluate/problem.ts'
import { realProblem, realSets } from '../../evaluate/realProblems.ts'
import { sharedDataDir } from '../../lassoSets.ts'

const TOL = 1e-6
const RHO = 0.1
const MEMORY = 4
/** Sweeps to an extrapolation, as leases have it. */
const DEPTH = 3
const ROUNDS_MAX = 400
const ITERATIONS_MAX = 20_000
/** Of a set of rounds. */
const SECONDS_MAX = 60

/** Rounds until the gap was small enough, and what it is at the end. */
function rounds(problem: LassoProblem): { count: number; gap: number } {
  const model = new RoundsModel(problem)
  const endMs = performance.now() + 1000 * SECONDS_MAX
  let gap = 1
  let count = 0
  for (; count < ROUNDS_MAX && gap > TOL && performance.now() < endMs; count++) {
    const steps = Float64Array.from({ length: problem.columns }, (_, j) => model.step(j))
    const order = [...steps.keys()].filter((j) => steps[j] !== 0)
    order.sort((a, b) => Math.abs(steps[b]!) - Math.abs(steps[a]!))
    const filter = problem.filter(RHO)
    const index: number[] = []
    for (const j of order) {
      if (filter.conflicts(j)) continue
      filter.add(j)
      index.push(j)
    }
    const change = Float64Array.from(index, (j) => steps[j]!)
    model.addGuarded({ index: Uint32Array.from(index), change }, MEMORY)
    gap = problem.gap(model.residual, model.beta)
  }
  return { count, gap }
}

/** Sweeps of coordinate descent over a block, extrapolated, until its gap is small. */
function sweeps(problem: LassoProblem, block: Uint32Array): number {
  const now = { beta: new Float64Array(problem.columns), r: problem.y.slice(), offset: 0 }
  const model = { weights: null, threshold: problem.lambda, ridge: 0 }
  const acceleration = openExtrapolation(DEPTH, block, now, model)
  for (let count = 1; ; count++) {
    for (const j of block) {
      const step = exactStep(problem, j, now.r, now.beta)
      if (step === 0) continue
      now.beta[j]! += step
      problem.axpy(j, -step, now.r)
    }
    extrapolate(acceleration, now, model)
    if (gapWithin(problem, block, now.r, now.beta) <= TOL || count >= ITERATIONS_MAX) return count
  }
}

/** Iterations of accelerated proximal gradients on the same. */
function iterations(problem: LassoProblem, block: Uint32Array): number {
  const { axpy, dot, lambda, y } = problem
  const L = largestEigenvalue(problem, block)
  const beta = new Float64Array(problem.columns)
  let ahead = beta.slice()
  let momentum = 1
  const residualAt = (at: Float64Array): Float64Array => {
    const residual = y.slice()
    for (const j of block) if (at[j] !== 0) axpy(j, -at[j]!, residual)
    return residual
  }
  for (let count = 1; ; count++) {
    const residual = residualAt(ahead)
    const next = new Float64Array(beta.length)
    let turned = 0
    for (const j of block) {
      next[j] = shrink(ahead[j]! + dot(j, residual) / L, lambda / L)
      turned += (ahead[j]! - next[j]!) * (next[j]! - beta[j]!)
    }
    if (turned > 0) momentum = 1
    const then = (1 + Math.sqrt(1 + 4 * momentum ** 2)) / 2
    ahead = next.map((value, j) => value + ((momentum - 1) / then) * (value - beta[j]!))
    beta.set(next)
    momentum = then
    if (count % 10 > 0 && count < ITERATIONS_MAX) continue
    if (gapWithin(problem, block, residualAt(beta), beta) <= TOL || count >= ITERATIONS_MAX)
      return count
  }
}

/** Of the block's Gram matrix, by power iteration, and a little more. */
function largestEigenvalue({ axpy, dot, rows }: LassoProblem, block: Uint32Array): number {
  let v = new Float64Array(block.length).fill(1)
  let size = 1
  for (let k = 0; k < 50; k++) {
    const image = new Float64Array(rows)
    block.forEach((j, at) => {
      axpy(j, v[at]! / size, image)
    })
    v = Float64Array.from(block, (j) => dot(j, image))
    size = Math.hypot(...v)
  }
  return 1.01 * size
}

/** Duality gap of the problem that has these columns alone, relative to ½‖y‖². */
function gapWithin(
  { dot, lambda, y }: LassoProblem,
  block: Uint32Array,
  residual: Float64Array,
  beta: Float64Array,
): number {
  let [largest, l1, squares, product, all] = [0, 0, 0, 0, 0]
  for (const j of block) {
    largest = Math.max(largest, Math.abs(dot(j, residual)))
    l1 += Math.abs(beta[j]!)
  }
  residual.forEach((r, i) => {
    squares += r * r
    product += r * y[i]!
    all += y[i]! ** 2
  })
  const bound = lambda / largest
  const s = Math.max(-bound, Math.min(bound, product / squares))
  return (squares / 2 + lambda * l1 - s * product + (s * s * squares) / 2) / (all / 2)
}

/** The variables of the optimum, and as many others, those that are nearest to joining it. */
function blockOf(problem: LassoProblem): Uint32Array {
  const beta = new Float64Array(problem.columns)
  const all = Uint32Array.from({ length: problem.columns }, (_, j) => j)
  const residual = problem.y.slice()
  // A rough optimum: its support settles long before its values do.
  for (let sweep = 0; sweep < 200; sweep++)
    for (const j of all) {
      const step = exactStep(problem, j, residual, beta)
      beta[j]! += step
      if (step !== 0) problem.axpy(j, -step, residual)
    }
  const slopes = Float64Array.from(all, (j) => Math.abs(problem.dot(j, residual)))
  const count = 2 * beta.reduce((sum, b) => sum + Number(b !== 0), 0)
  return all.sort((a, b) => slopes[b]! - slopes[a]!).slice(0, count)
}

const lines: string[][] = []
for (const set of realSets(sharedDataDir).filter(({ name }) => name !== 'newsgroups')) {
  const problem = await realProblem(set)
  const block = blockOf(problem)
  const { count, gap } = rounds(problem)
  lines.push([
    set.name,
    `${count}`,
    gap.toExponential(1),
    `${block.length}`,
    `${sweeps(problem, block)}`,
    `${iterations(problem, block)}`,
  ])
}
const head = ['set', 'rounds', 'gap then', 'block', 'sweeps', 'iterations at once']
console.log(formatTable(head, lines))
