/**
 * check: could an honest tab have sent this delta? O(d + m), independent of the non-zeros.
 *
 * Products are verified by Freivalds' idea (1979): for a secret random u, u·Δw = Σ (x_iᵀu) y_i Δα_i
 * holds for the true Δw and, for any other, only with probability 0; with secret z, a shard's Σ z_i x_i
 * checks its scores wᵀx_i. Whether Δα is a *good* step needs no check: the guarded commit takes as
 * much of it as raises the dual.
 */
import type { Block } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import type { Memo } from './leases.ts'
import type { Problem } from './problem.ts'
import type { Secrets } from './secrets.ts'

/** Rounding of f64 sums of d terms is about d·1e-16; a lie is of order 1. */
const TOLERANCE_CHANGE = 1e-9
/** Scores travel as f32 (relative 6e-8 each). */
const TOLERANCE_SCORE = 1e-6

export function checkDelta(
  problem: Problem,
  secrets: Secrets,
  block: Block,
  delta: Arrays,
): string | null {
  const { examples, scanned } = block.memo as Memo
  const { alpha, change, score, stats } = delta as Record<string, Float64Array>
  const before = block.arrays.alpha as Float64Array
  const columns = scanned.reduce((sum, k) => sum + problem.dataset.manifest.shards[k]!.columns, 0)
  const moves = alpha!.some((a, k) => a !== before[k])
  for (const [name, array, length] of [
    ['alpha', alpha!, examples.length],
    ['change', change!, moves ? problem.d : 0],
    ['score', score!, columns],
    ['stats', stats!, 2],
  ] as const)
    if (array.length !== length)
      return `shape: ${name} has ${array.length} values, expected ${length}`
  for (const a of alpha!)
    if (!(a >= 0 && a <= problem.upper)) return `alpha ${a} is not within 0 … ${problem.upper}`
  if (moves && !changeAgrees(problem, secrets, examples, before, alpha!, change!))
    return 'change is not Σ yΔα x'
  if (!scoresAgree(problem, secrets, scanned, block.arrays.w as Float64Array, score!))
    return 'score is not wᵀx'
  return null
}

function changeAgrees(
  { classes }: Problem,
  { u, products }: Secrets,
  examples: Uint32Array,
  before: Float64Array,
  after: Float64Array,
  change: Float64Array,
): boolean {
  let [want, got, size] = [0, 0, 0]
  for (let k = 0; k < examples.length; k++) {
    const i = examples[k]!
    const term = products[i]! * classes.sign[i]! * (after[k]! - before[k]!)
    want += term
    size += Math.abs(term)
  }
  for (let j = 0; j < change.length; j++) {
    const term = u[j]! * change[j]!
    got += term
    size += Math.abs(term)
  }
  return Math.abs(got - want) <= TOLERANCE_CHANGE * size
}

function scoresAgree(
  { firstExample }: Problem,
  { z, sums }: Secrets,
  scanned: readonly number[],
  w: Float64Array,
  score: ArrayLike<number>,
): boolean {
  let at = 0
  for (const k of scanned) {
    let [want, got, size] = [0, 0, 0]
    for (let i = firstExample[k]!; i < firstExample[k + 1]!; i++) {
      const term = z[i]! * score[at++]!
      got += term
      size += Math.abs(term)
    }
    const { index, value } = sums[k]!
    for (let j = 0; j < index.length; j++) {
      const term = value[j]! * w[index[j]!]!
      want += term
      size += Math.abs(term) * 1e-3
    }
    if (!(Math.abs(got - want) <= TOLERANCE_SCORE * size)) return false
  }
  return true
}
