/**
 * pull: commit a checked delta.
 *
 * Guarded (the default): minimise the exact objective over the delta and the last few committed
 * steps (lineSearch.ts), so that P never rises, however stale the delta and however much it
 * interferes with others. Unguarded: add it, as STRADS does.
 */
import type { Block, Pulled } from '../app.ts'
import type { Arrays } from '../wire.ts'
import { combine, directionOf, isSound } from './combine.ts'
import { centredFit } from './design.ts'
import { reseed } from './hot.ts'
import type { Memo } from './leases.ts'
import { type Direction, decreaseAlong, weighted } from './lineSearch.ts'
import { setLeased } from './marks.ts'
import { centred } from './newton.ts'
import type { Lane } from './state.ts'
import { look, type Step, stepOf, type Track } from './track.ts'

export function pullDelta(lane: Lane, block: Block, delta: Arrays): Pulled {
  const { track, tuning } = lane
  const memo = block.memo as Memo
  const change = delta.change as Float64Array
  takeGradient(track, memo, delta.gradient as Float32Array)
  // The count is the tab's word: it steers the schedule and counts as credit, within reason.
  const sweeps = Math.min(Math.max(0, delta.stats![0]!), memo.sweepsMax)
  if (memo.index.length > 0) ended(track, memo, sweeps)
  const fit = centredFit(track.design, memo.index, change, delta.fit as Float64Array)
  const direction = directionOf(memo.index, change, fit)
  const before = track.objective
  const step = direction ? combine(track, direction, tuning) : null
  setFree(lane, memo.index)
  reseed(track, memo.index, change, tuning)
  lane.picker?.settled(memo.index, change)
  const work = memo.index.length > 0 ? sweeps * memo.blockWork : block.work
  if (!step) return { record: emptyRecord(), updates: 0, work }
  commit(track, step, tuning.schedule.memory)
  adaptParts(track, block, direction!, before)
  const record = { index: step.index, change: step.change }
  return { record, updates: Math.round(memo.index.length * sweeps), work }
}

export const emptyRecord = (): Arrays => ({
  index: new Uint32Array(0),
  change: new Float64Array(0),
})

/**
 * Parallel blocks that interfere gain less together than each has gained on its own. What a delta
 * claims is what it gains on the model it was leased; what it earns is what its commit gains now.
 */
function adaptParts(track: Track, block: Block, delta: Direction, before: number): void {
  const claimed = claim(track, block, delta)
  const earned = before - track.objective
  if (!(claimed > 0)) return
  if (earned < 0.6 * claimed) track.parts = Math.max(1, 0.7 * Math.min(track.parts, track.slots))
  else if (earned > 0.9 * claimed) track.parts = Math.min(track.slots, track.parts + 0.05)
}

/** The model's P at the leased version minus that after the delta, from the lease alone: O(n + m). */
function claim(track: Track, block: Block, delta: Direction): number {
  const { residual, beta, weights } = block.arrays as Record<string, Float64Array>
  const slope = weighted(residual!, delta.fit, null)
  // The delta's variables are some of the block's, both ascending.
  const { index } = block.memo as Memo
  const coefficients = new Float64Array(delta.index.length)
  for (let k = 0, at = 0; k < coefficients.length; k++) {
    while (index[at] !== delta.index[k]) at++
    coefficients[k] = beta![at]!
  }
  const h = weights!.length > 0 ? weights! : null
  const fit = h && track.problem.intercept ? centred(delta.fit, h) : delta.fit
  const ridge = (other: Float64Array): number => track.ridge * weighted(delta.change, other, null)
  const q = weighted(fit, fit, h) + ridge(delta.change)
  const b = slope - ridge(coefficients)
  return decreaseAlong(1, q, b, track.threshold, coefficients, delta.change)
}

/** Apply a step to β, the fit and all that follows from it, and remember it. */
function commit(track: Track, step: Step, memory: number): void {
  applyChange(track, step.index, step.change)
  for (let i = 0; i < step.fit.length; i++) track.fit[i]! += step.fit[i]!
  look(track)
  if (isSound(step)) track.memory = [step, ...track.memory].slice(0, memory)
}

export function applyChange(
  track: Track,
  index: ArrayLike<number>,
  change: ArrayLike<number>,
): void {
  const { beta } = track
  for (let k = 0; k < index.length; k++) {
    const j = index[k]!
    const before = beta[j]!
    const after = before + change[k]!
    beta[j] = after
    track.l1 += Math.abs(after) - Math.abs(before)
    track.l2 += (after - before) * (after + before)
    track.nonZeros += Number(after !== 0) - Number(before !== 0)
  }
  track.version++
  track.exact = null
}

function setFree({ track, filter }: Lane, index: Uint32Array): void {
  setLeased(track, index, false)
  for (const j of index) filter.remove(j)
}

/** A block of sweeps has come back. */
function ended(track: Track, memo: Memo, sweeps: number): void {
  const { rounds } = track
  track.sweeping--
  track.pipeline.end(memo.wave)
  rounds.workSince += sweeps * memo.blockWork
  rounds.sweptWork += sweeps * memo.blockWork
  if (sweeps < memo.sweepsMax) rounds.solvedWork += memo.blockWork
}

/** A lease has ended without a delta: what it held is free, what it should have scanned is due again. */
export function releaseBlock(lane: Lane, memo: Memo): void {
  const { track, tuning } = lane
  if (memo.index.length > 0) {
    track.sweeping--
    track.pipeline.end(memo.wave)
    setFree(lane, memo.index)
    const steps = Float64Array.from(memo.index, (j) => stepOf(track, j))
    reseed(track, memo.index, steps, tuning)
    lane.picker?.released(memo.index)
  }
  if (memo.scannedAt !== track.rounds.residual) return
  for (const k of memo.scanned) if (track.rounds.pending.delete(k)) track.rounds.queue.add(k)
}

function takeGradient(track: Track, memo: Memo, gradient: Float32Array): void {
  const { design, rounds } = track
  // A scan of an earlier round, or of an earlier λ, would mix two models.
  if (memo.scannedAt !== rounds.residual) return
  rounds.waits = Math.min(rounds.waits, 0)
  let at = 0
  for (const k of memo.scanned) {
    if (rounds.pending.delete(k) && rounds.pending.size + rounds.queue.size === 0)
      rounds.complete = true
    for (let j = design.firstColumn[k]!; j < design.firstColumn[k + 1]!; j++) {
      // The leased residual sums to 0 when columns are centred, so the mean drops out.
      const ridge = track.ridge > 0 ? track.ridge * rounds.beta[j]! : 0
      track.gradient[j] = design.norm2[j] === 0 ? 0 : gradient[at]! / design.scale[j]! - ridge
      at++
    }
  }
}
