/** Hot variables: those worth a sweep until the next look at all gradients. */
import type { Random } from '../../random.ts'
import type { LassoSpec } from './spec.ts'
import { stepOf, type Track } from './track.ts'

export interface Tuning {
  readonly schedule: LassoSpec['schedule']
  /** tol · ½Σw(y − ȳ)²: the gap at which the track is solved. */
  readonly gapTarget: number
}

/** Variables that may become hot however small the support still is. */
const HOT_MIN = 64
/** All gradients are known: importance of every variable, and the hot ones of the round. */
export function selectHot(track: Track, tuning: Tuning, random: Random): void {
  const { priority, beta, design, leased } = track
  const { power, priority: byPriority } = tuning.schedule
  let support = 0
  let candidates = 0
  for (let j = 0; j < beta.length; j++) {
    const step = stepOf(track, j)
    if (beta[j] !== 0) support++
    else if (step !== 0) candidates++
    const c = byPriority ? Math.abs(step) ** power : step === 0 ? 0 : 1
    priority.weights[j] = beta[j] !== 0 ? 0 : c
  }
  priority.rebuild()
  const hot: number[] = []
  const wanted = Math.min(candidates, Math.max(HOT_MIN, support))
  for (let k = 0; k < wanted; k++) {
    const j = priority.find(random.next() * priority.sum())
    if (j < 0) break
    hot.push(j)
    priority.set(j, 0)
  }
  for (let j = 0; j < beta.length; j++) if (beta[j] !== 0) hot.push(j)
  track.hot = Uint32Array.from(hot).sort()
  track.hotWork = 0
  priority.weights.fill(0)
  track.isHot.fill(0)
  for (const j of track.hot) {
    track.hotWork += design.work[j]!
    track.isHot[j] = 1
  }
  const floor = importanceFloor(track, power)
  for (const j of track.hot)
    priority.weights[j] = leased[j]
      ? 0
      : (byPriority ? Math.abs(stepOf(track, j)) ** power : 1) + floor
  priority.rebuild()
}

/** Adaptive η: 5 % of the mean importance, so that every hot variable keeps a chance. */
function importanceFloor(track: Track, power: number): number {
  let sum = 0
  for (const j of track.hot) sum += Math.abs(stepOf(track, j)) ** power
  return sum > 0 ? (0.05 * sum) / track.hot.length : 1
}
