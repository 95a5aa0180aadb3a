/**
 * Which examples now? A job alternates between two kinds of leases, and both can be in flight at once:
 *
 * SCAN   scores of whole shards, all at the w there was when the round began. When all shards have
 *        answered, P is known there, hence the gap, and what each example adds to it (hot.ts). Small data
 *        the server looks at itself (advance.ts).
 * SWEEP  dual coordinate descent over a block of hot examples. What is shrunk costs nothing.
 *
 * Blocks in flight interact through w alone. However they do, a commit takes only what raises the dual
 * (pull.ts), and there are as many blocks as parallel commits have proved to be worth.
 */
import type { Block, Idle, Offer } from '../../app.ts'
import { leaseMs } from '../../schedule/sizing.ts'
import { scanBlock, sweepBlock } from './leases.ts'
import { settle } from './open.ts'
import { newRound, type SvmState } from './state.ts'

/** Sweeps may cost this many times a scan before the next scan is due. */
const SWEEP_WORK_PER_SCAN = 10
/**
 * One lease that sweeps so often over everything hot needs no help: parallel blocks gain little where
 * each could be solved with all the others. Newsgroups, C = 10, 4 slots at 5 ms, to 1e-4: 0.7 s in one
 * block, 2.2 s in four; 20 000 dense examples of 50 features 0.7 and 2.9 s. Counting steps within a
 * block for as many as there are blocks (CoCoA+) makes of these 1.8 and 1.5 s.
 */
const SWEEPS_ALONE = 20
/** Offers answered with idle before a scan is leased once more: the fleet makes about ten a second. */
const WAITS_MAX = 10

export function schedule(state: SvmState, offer: Offer): Block | Idle {
  settle(state)
  if (state.certificate) return { idle: 'finished' }
  const { hot, problem, round } = state
  const targetWork = leaseMs(problem.spec.schedule.leaseMs, offer.rttMs) * offer.workPerMs
  state.slots = Math.max(1, offer.slots)
  const isLooking = round.queue.size + round.pending.size > 0
  if (!isLooking && isDue(state)) beginRound(state)
  if (state.round.queue.size > 0) return scanBlock(state, offer, targetWork)
  const worth = (SWEEPS_ALONE * hot.work) / targetWork
  const parts = Math.max(1, Math.round(Math.min(state.parts, state.slots, worth)))
  if (state.sweeping < parts) {
    const block = sweepBlock(state, hot.work / parts, offer, targetWork)
    if (block) return block
  }
  if (isLooking && isOverdue(state)) return scanBlock(state, offer, targetWork)
  // A moment to spare, and the first delta will need them.
  state.secrets()
  return { idle: 'waiting-for-others' }
}

/** Everything hot is solved, or has been swept long enough. */
export function isDue({ hot, sweeping, round, problem }: SvmState): boolean {
  const isSolved = (hot.pool?.size ?? 0) === 0 && sweeping === 0
  const { every } = problem.spec.schedule
  if (every !== undefined && round.visitsSince >= every * problem.trained) return true
  return isSolved || round.workSince >= SWEEP_WORK_PER_SCAN * problem.totalWork
}

function beginRound(state: SvmState): void {
  state.round = newRound(state.w.slice(), state.biasWeight)
  for (let k = 0; k < state.problem.shardWork.length; k++) state.round.queue.add(k)
}

/**
 * Everybody waits for a scan that does not come back: lease its shards once more, the first answer
 * counts. A scan changes nothing, so that two of them do no harm.
 */
function isOverdue({ round }: SvmState): boolean {
  if (++round.waits < WAITS_MAX) return false
  round.waits = 0
  for (const k of round.pending) round.queue.add(k)
  round.pending.clear()
  return round.queue.size > 0
}
