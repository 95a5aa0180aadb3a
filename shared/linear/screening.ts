/**
 * Gap-safe screening (Fercoq, Gramfort, Salmon 2015; Ndiaye et al. 2017). The dual is 1/L-strongly
 * concave in ‖·‖_w, L the datafit's smoothness, so that a gap G at a feasible θ puts the dual optimum
 * θ* within ‖θ* − θ‖²_w ≤ 2LG. A ridge adds rows of its own, with L = 1. By Cauchy–Schwarz β_j = 0 at
 * the optimum for good whenever
 *
 *   |x̃_jᵀ(w∘θ) − (ridge's part)| + √(L‖x̃_j‖²_w + T₂) √(2G) < T₁
 *
 * Only from exact gradients: the server's own pass at its own residual. What tabs have scanned is
 * checked to 1e-6 and travels as f32; that is enough to choose by, not to prove by.
 *
 * A screened variable never enters the working set again; one that is still in the support stays
 * until its coefficient has become zero.
 */

import { dualPoint } from './dual.ts'
import { isScreened, setScreened } from './marks.ts'
import { primal, refreshGradient, type Track } from './track.ts'

/** Room for rounding in sums of n terms, relative to T. */
const MARGIN = 1e-9

/** An exact pass at the model of today: fresh gradients, what they prove, and the duality gap. */
export function lookExactly(track: Track, screening: boolean): number {
  refreshGradient(track)
  return prove(track, screening)
}

/** What the exact gradients of the last pass prove at this λ. Returns the duality gap. */
export function prove(track: Track, screening: boolean): number {
  const { rounds, exact } = track
  if (!exact) throw new Error('a proof needs exact gradients')
  const { scale, value } = dualPoint(track, track.residual, track.beta, exact)
  const objective = primal(track)
  if (screening) screen(track, exact, scale, Math.max(0, objective - value))
  rounds.dualExact = Math.max(rounds.dualExact, value)
  rounds.dual = Math.max(rounds.dual, value)
  rounds.gapEstimate = Math.max(0, objective - rounds.dualExact)
  rounds.lookedGap = rounds.gapEstimate
  rounds.lookedWork = rounds.sweptWork
  return rounds.gapEstimate
}

/** The gap must have shrunk by this since the last pass to prove much more. */
const GAP_RATIO = 10
/** … and tabs have worked so many passes: the server's own are a few per cent of what they do. */
const PASSES = 20

/** Is it time for a pass of the server's own, for the sake of screening? */
export function isWorthALook({ rounds, design }: Track): boolean {
  return (
    rounds.gapEstimate * GAP_RATIO <= rounds.lookedGap &&
    rounds.sweptWork - rounds.lookedWork >= PASSES * design.totalWork
  )
}

function screen(track: Track, gradient: Float64Array, scale: number, gap: number): void {
  const { norm2 } = track.design
  const { smoothness } = track.datafit
  const radius = Math.sqrt(2 * gap)
  const limit = (1 - MARGIN) * track.threshold
  for (let j = 0; j < gradient.length; j++)
    if (
      Math.abs(scale * gradient[j]!) + Math.sqrt(smoothness * norm2[j]! + track.ridge) * radius <
      limit
    )
      if (!isScreened(track, j)) setScreened(track, j)
}
