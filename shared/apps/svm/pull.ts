/**
 * pull: the guarded commit. Along a delta the dual is a parabola,
 *
 *   D(α + tΔα) = D(α) + s t − ½q t²     s = ΣΔα − w·Δw − DΣαΔα,   q = ‖Δw‖² + DΣΔα²
 *
 * so the best step is t = s/q, no further than the box allows: the dual never falls, however stale the
 * delta and whatever it is meant to do. The tab ended at t = 1 exactly on the bounds, so that is taken
 * unless another step is clearly better.
 */
import type { Block, Pulled } from '../../app.ts'
import type { Arrays } from '../../wire.ts'
import { SCALARS } from './buffers.ts'
import type { Memo } from './leases.ts'
import { dualOf, type SvmState } from './state.ts'

/** t at most: a block that was solved apart from others may go further, but not by much. */
const STEP_MAX = 10
/** What t = 1 may gain less than the best step. */
const WHOLE_SHARE = 0.99

interface Direction {
  readonly examples: Uint32Array // (m)
  /** α before and after (m). */
  readonly from: Float64Array
  readonly to: Float64Array
  readonly change: Float64Array // (d) Δw
  readonly biasChange: number
}

export function pullDelta(state: SvmState, block: Block, delta: Arrays): Pulled {
  const memo = block.memo as Memo
  takeScores(state, memo, delta.score as Float32Array)
  if (memo.examples.length === 0) return { record: emptyRecord(), updates: 0 }
  // The count is the tab's word: it counts as credit, within reason. The last sweep is ended.
  const most = memo.visitsMax + memo.examples.length
  const visits = Math.min(Math.max(0, Math.floor(delta.stats![0]!)), most)
  const spread = delta.stats![1]!
  setFree(state, memo, spread > memo.tolerance)
  state.round.workSince += visits * memo.visitWork
  state.round.visitsSince += visits
  const direction = directionOf(state, memo.examples, delta)
  const t = direction ? stepAlong(state, block, direction) : 0
  const record = t > 0 ? commit(state, direction!, t) : emptyRecord()
  state.visits += visits
  return { record: { ...record, visits: Float64Array.of(visits) }, updates: visits }
}

const emptyRecord = (): Arrays => ({ index: new Uint32Array(0), alpha: new Float64Array(0) })

function directionOf(state: SvmState, examples: Uint32Array, delta: Arrays): Direction | null {
  const change = delta.change as Float64Array
  if (change.length === 0) return null
  const { classes, spec } = state.problem
  const to = delta.alpha as Float64Array
  const from = Float64Array.from(examples, (i) => state.alpha[i]!)
  let biasChange = 0
  examples.forEach((i, k) => {
    biasChange += spec.bias * classes.sign[i]! * (to[k]! - from[k]!)
  })
  return { examples, from, to, change, biasChange }
}

/** The best t, and what the delta earns by it for blocks in parallel. */
function stepAlong(state: SvmState, block: Block, direction: Direction): number {
  const { from, to, change, biasChange } = direction
  const { diagonal } = state.problem
  const lease = { w: block.arrays.w as Float64Array, bias: biasOf(block) }
  let [sum, q, diagonalSlope, room] = [0, biasChange ** 2, 0, STEP_MAX]
  for (let k = 0; k < to.length; k++) {
    const step = to[k]! - from[k]!
    sum += step
    q += diagonal * step * step
    diagonalSlope += diagonal * from[k]! * step
    if (step !== 0)
      room = Math.min(room, (step > 0 ? state.problem.upper - from[k]! : -from[k]!) / step)
  }
  let [now, leased] = [state.biasWeight * biasChange, lease.bias * biasChange]
  for (let j = 0; j < change.length; j++) {
    const v = change[j]!
    if (v === 0) continue
    q += v * v
    now += state.w[j]! * v
    leased += lease.w[j]! * v
  }
  const slope = sum - now - diagonalSlope
  const gain = (t: number): number => slope * t - 0.5 * q * t * t
  // Rounding may see a little less room than the tab used.
  const best = Math.min(slope / q, Math.max(1, room))
  const t = gain(1) > 0 && gain(1) >= WHOLE_SHARE * gain(best) ? 1 : best
  if (!(gain(t) > 0)) return 0
  adaptParts(state, sum - leased - diagonalSlope - 0.5 * q, gain(t))
  return t
}

const biasOf = (block: Block): number => block.arrays.scalars![SCALARS.biasWeight]!

/**
 * Parallel blocks that interfere gain less together than each has gained on its own. What a delta
 * claims is what it gains on the model it was leased; what it earns is what its commit gains now.
 */
function adaptParts(state: SvmState, claimed: number, earned: number): void {
  if (!(claimed > 0)) return
  const parts = Math.min(state.parts, state.slots)
  if (earned < 0.6 * claimed) state.parts = Math.max(1, 0.7 * parts)
  else if (earned > 0.9 * claimed) state.parts = Math.min(state.slots, parts + 0.05)
}

function commit(state: SvmState, direction: Direction, t: number): Arrays {
  const { examples, from, to, change, biasChange } = direction
  const { upper } = state.problem
  const moved = [...examples.keys()].filter((k) => to[k] !== from[k])
  const index = Uint32Array.from(moved, (k) => examples[k]!)
  const alpha = Float64Array.from(moved, (k) =>
    t === 1 ? to[k]! : Math.min(Math.max(from[k]! + t * (to[k]! - from[k]!), 0), upper),
  )
  applyAlpha(state, index, alpha)
  for (let j = 0; j < change.length; j++) state.w[j]! += t * change[j]!
  state.biasWeight += t * biasChange
  state.dual = dualOf(state)
  return { index, alpha }
}

export function applyAlpha(state: SvmState, index: ArrayLike<number>, value: ArrayLike<number>) {
  const { alpha } = state
  for (let k = 0; k < index.length; k++) {
    const i = index[k]!
    state.supportVectors += Number(value[k]! > 0) - Number(alpha[i]! > 0)
    alpha[i] = value[k]!
  }
}

/** The lease is over: its examples are free, and its chunks drawn again unless they are solved. */
function setFree(state: SvmState, memo: Memo, isDueAgain: boolean): void {
  state.sweeping--
  for (const i of memo.examples) state.leased[i] = 0
  if (memo.hot !== state.hot || !isDueAgain) return
  // What a chunk adds to the gap is known only after the next scan: all are alike until then.
  for (const c of memo.chunks) state.hot.pool!.putBack(c, state.hot.pool!.eta)
}

/** A lease has ended without a delta: what it held is free, what it should have scanned is due again. */
export function releaseBlock(state: SvmState, { memo }: Block): void {
  const { examples, scanned, round } = memo as Memo
  if (examples.length > 0) setFree(state, memo as Memo, true)
  if (round !== state.round) return
  for (const k of scanned) if (round.pending.delete(k)) round.queue.add(k)
}

function takeScores(state: SvmState, { scanned, round }: Memo, score: Float32Array): void {
  // A scan of an earlier round would mix two models.
  if (round !== state.round) return
  const { firstExample, spec } = state.problem
  let at = 0
  for (const k of scanned) {
    if (round.pending.delete(k) && round.pending.size + round.queue.size === 0)
      round.complete = true
    for (let i = firstExample[k]!; i < firstExample[k + 1]!; i++)
      state.score[i] = score[at++]! + spec.bias * round.biasWeight
  }
}
