/**
 * The problem as it was given: examples, labels and bounds, and what follows from them alone.
 *
 *   P(w) = ½‖w‖² + C Σ ℓ(y_i wᵀx_i)                    ℓ(m) = max(0, 1 − m), or its square
 *   D(α) = Σ α_i − ½‖Σ α_i y_i x_i‖² − ½D Σ α_i²       0 ≤ α_i ≤ U
 *
 * Hinge: U = C, D = 0. Squared: U = ∞, D = 1/(2C). (Hsieh et al. 2008, equations 1 to 4.)
 */
import type { Dataset } from '../../app.ts'
import { addColumns, hasQuickPasses, passesOf } from '../../columns/hostPasses.ts'
import { entries } from '../../columns.ts'
import { UserError } from '../../errors.ts'
import { type Classes, twoClasses } from '../../labels.ts'
import type { Random } from '../../random.ts'
import type { SvmSpec } from './spec.ts'

export interface Problem {
  readonly spec: SvmSpec
  readonly dataset: Dataset
  /** Examples and features. */
  readonly n: number
  readonly d: number
  readonly classes: Classes
  /** Kept back (n): 1 where an example is only for measuring the accuracy. */
  readonly held: Uint8Array
  /** Examples to learn from. */
  readonly trained: number
  /** ‖x_i‖² + b² + D (n): the curvature along α_i; 0 where the example is empty. */
  readonly norm2: Float64Array
  /** Matrix entries of each example, one at least (n), and of each shard. */
  readonly work: Uint32Array
  readonly shardWork: Float64Array
  readonly totalWork: number
  /** Does the server look at all examples itself? */
  readonly isSmall: boolean
  /** First example of each shard, and n. */
  readonly firstExample: Uint32Array
  readonly upper: number
  readonly diagonal: number
}

export function openProblem(spec: SvmSpec, dataset: Dataset, random: Random): Problem {
  const { manifest } = dataset
  const { rows: d, columns: n, shards } = manifest
  const classes = twoClasses(dataset, 'A support vector machine')
  const diagonal = spec.loss === 'squared' ? 1 / (2 * spec.c) : 0
  const norm2 = new Float64Array(n)
  const work = new Uint32Array(n)
  const shardWork = new Float64Array(shards.length)
  for (let k = 0; k < shards.length; k++) {
    const shard = dataset.shard(k)
    const { squares } = passesOf(dataset).moments(shard, null)
    for (let c = 0; c < shard.columns; c++) {
      const i = shard.firstColumn + c
      norm2[i] = squares[c]! + spec.bias ** 2 + diagonal
      work[i] = Math.max(1, entries(shard, c))
      shardWork[k]! += work[i]!
    }
  }
  const held = Uint8Array.from({ length: n }, () => Number(random.next() < spec.holdout))
  const signs = new Set(classes.sign.filter((_, i) => held[i] === 0))
  if (signs.size < 2)
    throw new UserError(
      `A holdout of ${spec.holdout} leaves no two classes to learn from; keep back less.`,
    )
  return {
    ...{ spec, dataset, n, d, classes, held, norm2, work, shardWork, diagonal },
    trained: n - held.reduce((a, b) => a + b, 0),
    totalWork: shardWork.reduce((a, b) => a + b, 0),
    isSmall: hasQuickPasses(dataset),
    firstExample: Uint32Array.from([...shards.map((s) => s.firstColumn), n]),
    upper: spec.loss === 'hinge' ? spec.c : Infinity,
  }
}

/** C ℓ(m): what an example of margin m = y wᵀx adds to the primal. */
export function lossOf({ spec }: Problem, margin: number): number {
  const short = Math.max(0, 1 - margin)
  return spec.c * (spec.loss === 'hinge' ? short : short * short)
}

/** −∂D/∂α_i, zero where a bound holds it back: the projected gradient. */
export function projected({ upper, diagonal }: Problem, alpha: number, margin: number): number {
  const gradient = margin - 1 + diagonal * alpha
  return alpha === 0 ? Math.min(0, gradient) : alpha === upper ? Math.max(0, gradient) : gradient
}

/**
 * What example i adds to P − D, never negative: at w = Σ α y x the gap is Cℓ(m) + α(m − 1) + ½Dα²,
 * summed over the examples.
 */
export function gapOf(problem: Problem, alpha: number, margin: number): number {
  const gap = lossOf(problem, margin) + alpha * (margin - 1) + 0.5 * problem.diagonal * alpha ** 2
  return Math.max(0, gap)
}

/** The shard that holds example i, by bisection. */
export function shardOf({ firstExample }: Problem, i: number): number {
  let [low, high] = [0, firstExample.length - 2]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (firstExample[middle]! <= i) low = middle
    else high = middle - 1
  }
  return low
}

/** wᵀx_i + b·w_b of every example: one pass over the data. */
export function scoresOf(problem: Problem, w: Float64Array, biasWeight: number): Float64Array {
  const { dataset, n, firstExample, spec } = problem
  const score = new Float64Array(n)
  for (let k = 0; k < firstExample.length - 1; k++) {
    const products = passesOf(dataset).products(dataset.shard(k), w)
    const from = firstExample[k]!
    products.forEach((product, c) => {
      score[from + c] = product + spec.bias * biasWeight
    })
  }
  return score
}

/** w = Σ α_i y_i x_i, reading only the examples with α_i > 0. */
export function weightsOf({ dataset, classes, d, firstExample }: Problem, alpha: Float64Array) {
  const w = new Float64Array(d)
  for (let k = 0; k < firstExample.length - 1; k++) {
    const [from, to] = [firstExample[k]!, firstExample[k + 1]!]
    const signed = alpha.slice(from, to).map((a, c) => a * classes.sign[from + c]!)
    if (signed.some((a) => a !== 0)) addColumns(dataset, dataset.shard(k), signed, w)
  }
  return w
}
