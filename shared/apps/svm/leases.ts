/** From a decision to a lease: the arrays a tab needs for a scan or for sweeps over a block. */
import type { Block, Offer } from '../../app.ts'
import { SCALARS } from './buffers.ts'
import { drawChunks } from './hot.ts'
import { shardOf } from './problem.ts'
import type { Round, SvmState } from './state.ts'

/** What a lease is remembered by until its delta comes back. */
export interface Memo {
  /** Of the block (m), ascending; empty for a scan. */
  readonly examples: Uint32Array
  /** The chunks they came in, of this working set. */
  readonly chunks: readonly number[]
  readonly hot: SvmState['hot']
  /** Shards whose scores were asked for, and in which round. */
  readonly scanned: readonly number[]
  readonly round: Round | null
  readonly visitsMax: number
  readonly tolerance: number
  /** Work of a visit, on average. */
  readonly visitWork: number
}

/** Sweeps of one lease at most, however small the block. */
const SWEEPS_MAX = 1000
/**
 * The gap is at most C Σ |G_i| over the examples that are not where they should be (squared loss:
 * C Σ G_i²). Were all hot ones off by the tolerance it would be this many times the gap aimed at:
 * few are. Newsgroups, C = 1, to 1e-6: 60 epochs from 2, 45 from 20, 52 from 200.
 */
const SOLVED_SHARE = 20
/** While the gap is wide a block need not be solved to the last digit, but to this share of it; 0.01 costs a third more. */
const LOOSE_SHARE = 0.05
const SEED_MAX = 2 ** 32 - 1

export function scanBlock(state: SvmState, offer: Offer, targetWork: number): Block {
  const { round, problem } = state
  const queue = [...round.queue].sort(
    (a, b) => Number(offer.holds(b)) - Number(offer.holds(a)) || a - b,
  )
  const share = Math.max(1, Math.ceil(round.queue.size / Math.max(1, offer.slots)))
  const shards: number[] = []
  let work = 0
  for (const k of queue) {
    if (shards.length > 0 && (work >= targetWork || shards.length >= share)) break
    shards.push(k)
    work += problem.shardWork[k]!
    round.queue.delete(k)
    round.pending.add(k)
  }
  const none = {
    examples: new Uint32Array(0),
    chunks: [],
    visitsMax: 0,
    tolerance: 0,
    visitWork: 0,
  }
  const memo = { ...none, hot: state.hot, scanned: shards, round }
  return lease(state, memo, shards, work, round)
}

export function sweepBlock(
  state: SvmState,
  quota: number,
  offer: Offer,
  targetWork: number,
): Block | null {
  const { hot, random, leased } = state
  const chunks = drawChunks(hot, quota, offer, random).sort((a, b) => a - b)
  if (chunks.length === 0) return null
  const examples = Uint32Array.from(chunks.flatMap((c) => [...hot.chunks[c]!.examples]))
  const shards: number[] = []
  let work = 0
  for (const c of chunks) {
    work += hot.chunks[c]!.work
    if (shards.at(-1) !== hot.chunks[c]!.shard) shards.push(hot.chunks[c]!.shard)
  }
  for (const i of examples) leased[i] = 1
  state.sweeping++
  const { every = SWEEPS_MAX } = state.problem.spec.schedule
  const sweepsMax = Math.max(1, Math.min(every, SWEEPS_MAX, targetWork / work))
  const sweeps = Math.round(sweepsMax)
  const memo: Memo = {
    ...{ examples, chunks, hot, scanned: [], round: null },
    visitsMax: sweeps * examples.length,
    tolerance: toleranceOf(state),
    visitWork: work / examples.length,
  }
  return lease(state, memo, shards, sweeps * work, { w: state.w, biasWeight: state.biasWeight })
}

/** How solved a block must be, by the gap there is and the gap that is wanted. */
function toleranceOf({ problem, history, hot }: SvmState): number {
  const { spec } = problem
  const { primal, gap } = history.at(-1)!
  const aim = Math.max(spec.tol, LOOSE_SHARE * gap) * primal
  const each = (SOLVED_SHARE * aim) / (spec.c * hot.count)
  return spec.loss === 'hinge' ? each : Math.sqrt(each)
}

function lease(
  { problem, alpha, random }: SvmState,
  memo: Memo,
  shards: readonly number[],
  work: number,
  { w, biasWeight }: { w: Float64Array; biasWeight: number },
): Block {
  const { examples } = memo
  const { classes, norm2, firstExample } = problem
  const slotOf = new Map(shards.map((k, slot) => [k, slot]))
  const shard = Uint32Array.from(examples, (i) => shardOf(problem, i))
  const scalars = new Float64Array(Object.keys(SCALARS).length)
  scalars[SCALARS.upper] = problem.upper
  scalars[SCALARS.diagonal] = problem.diagonal
  scalars[SCALARS.bias] = problem.spec.bias
  scalars[SCALARS.biasWeight] = biasWeight
  scalars[SCALARS.visitsMax] = memo.visitsMax
  scalars[SCALARS.tolerance] = memo.tolerance
  scalars[SCALARS.scan] = memo.round ? 1 : 0
  scalars[SCALARS.seed] = 1 + random.below(SEED_MAX)
  const pick = (from: Float64Array): Float64Array => Float64Array.from(examples, (i) => from[i]!)
  return {
    arrays: {
      scalars,
      w: w.slice(),
      slot: shard.map((k) => slotOf.get(k)!),
      column: examples.map((i, k) => i - firstExample[shard[k]!]!),
      label: pick(classes.sign),
      norm2: pick(norm2),
      alpha: pick(alpha),
    },
    shards,
    work,
    memo,
    repeatable: true,
  }
}
