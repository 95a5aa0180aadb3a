/**
 * The step to commit: the best combination of a delta and the last steps (lineSearch.ts).
 *
 * The fit of a combination is the combination of fits, which costs no pass over X but carries their
 * rounding along. Where steps nearly cancel, the rest is small and its rounding is not; stretched ten
 * times by each of the next commits it would leave the fit for good (seen: 10⁻¹⁶ → 10⁻⁷ in ten
 * commits). So every step knows its rounding, and one that is not sound is not remembered.
 */

import type { Tuning } from './hot.ts'
import { subspaceSearch, unionOf } from './lineSearch.ts'
import { largestMagnitude } from './math.ts'
import { searchCurved } from './newton.ts'
import type { Step, Track } from './track.ts'

/** What a sum of products carries, relative to its largest value. */
const ROUNDING = 1e-14
/** What the objective cannot resolve, relative to it. */
const ROUNDING_OBJECTIVE = 1e-15
/** More than this, relative to the fit, and a step is not worth keeping. */
const ROUNDING_MAX = 1e-10

/** The non-zero part of a delta, or null when nothing moves. */
export function directionOf(
  index: Uint32Array,
  change: Float64Array,
  fit: Float64Array,
): Step | null {
  let count = 0
  for (const c of change) if (c !== 0) count++
  if (count === 0) return null
  const moved = { index: new Uint32Array(count), change: new Float64Array(count) }
  for (let k = 0, at = 0; k < change.length; k++) {
    if (change[k] === 0) continue
    moved.index[at] = index[k]!
    moved.change[at++] = change[k]!
  }
  return {
    ...moved,
    fit,
    error: ROUNDING * largestMagnitude(fit),
  }
}

/** The best combination of the delta and the remembered steps; null when standing still is best. */
export function combine(track: Track, delta: Step, tuning: Tuning): Step | null {
  if (!tuning.schedule.guard) return delta
  const steps = [delta, ...track.memory]
  const alpha = search(track, steps)
  if (alpha.every((a) => a === 0)) return null
  if (alpha[0] === 1 && alpha.subarray(1).every((a) => a === 0)) return delta
  return blend(track, steps, alpha)
}

/** α of every step. */
function search(track: Track, steps: readonly Step[]): Float64Array {
  const { residual, design, beta, threshold, objective, ridge, weights } = track
  if (weights) return searchCurved(track, steps)
  const rounding = ROUNDING_OBJECTIVE * objective
  return subspaceSearch(steps, residual, design.weights, beta, threshold, rounding, ridge)
}

function blend(track: Track, steps: readonly Step[], alpha: Float64Array): Step {
  const taken = steps.filter((_, k) => alpha[k] !== 0)
  const { index, places } = unionOf(taken)
  const change = new Float64Array(index.length)
  const fit = new Float64Array(steps[0]!.fit.length)
  let error = 0
  taken.forEach((step, k) => {
    const a = alpha[steps.indexOf(step)]!
    const place = places[k]!
    error += Math.abs(a) * (step.error + ROUNDING * largestMagnitude(step.fit))
    for (let i = 0; i < place.length; i++) change[place[i]!]! += a * step.change[i]!
    for (let i = 0; i < fit.length; i++) fit[i]! += a * step.fit[i]!
  })
  return { index, change, fit, error: error + snap(track, index, change) }
}

export const isSound = (step: Step): boolean =>
  step.error <= ROUNDING_MAX * largestMagnitude(step.fit)

/**
 * A blend of steps leaves dust where a coefficient should be zero; make it zero, so that the support
 * stays sparse. What that moves a gradient by is far below anything a certificate asks. Returns by
 * how much the fit is wrong then.
 */
function snap(
  { beta, design, threshold }: Track,
  index: Uint32Array,
  change: Float64Array,
): number {
  let error = 0
  index.forEach((j, k) => {
    const after = Math.abs(beta[j]! + change[k]!)
    if (after * design.norm2[j]! > 1e-13 * threshold) return
    change[k] = -beta[j]!
    error += after * Math.sqrt(design.norm2[j]!)
  })
  return error
}
