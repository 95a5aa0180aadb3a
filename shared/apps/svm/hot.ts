/**
 * Which examples are worth a sweep until the next look at all scores, and in which pieces.
 *
 * Left out ("shrunk") is an example that rests at a bound while its gradient pushes it there harder
 * than any projected gradient there is: it is hardly going to leave it (Hsieh et al. 2008, section
 * 3.2). The others are hot. They are cut into chunks, each within a shard, and a chunk is drawn with
 * p ∝ Σ of what its examples add to the duality gap: what is solved already is not asked for again.
 */
import type { Offer } from '../../app.ts'
import type { Random } from '../../random.ts'
import { Importance } from '../../schedule/importance.ts'
import { gapOf, type Problem, projected, shardOf } from './problem.ts'
import type { Chunk, Hot, SvmState } from './state.ts'

/** Chunks for each part, so that blocks of equal work can be drawn. */
const CHUNKS_PER_PART = 8
/** Less is not worth a choice of its own. */
const CHUNK_WORK_MIN = 2_000

/** The scores are new: choose the hot examples. Those that are leased come back with their lease. */
export function selectHot(state: SvmState): void {
  const { problem, alpha, score, leased, slots } = state
  const { classes, held, norm2, work, spec } = problem
  const { shrinking, priority } = spec.schedule
  const margin = (i: number): number => classes.sign[i]! * score[i]!
  const hot: number[] = []
  const edge = shrinking ? largestProjected(state, margin) : Infinity
  let hotWork = 0
  for (let i = 0; i < alpha.length; i++) {
    if (held[i] === 1 || norm2[i] === 0 || leased[i] === 1) continue
    const gradient = margin(i) - 1 + problem.diagonal * alpha[i]!
    if (alpha[i] === 0 ? gradient > edge : alpha[i] === problem.upper && gradient < -edge) continue
    hot.push(i)
    hotWork += work[i]!
  }
  const chunks = cut(problem, hot, Math.max(CHUNK_WORK_MIN, hotWork / (CHUNKS_PER_PART * slots)))
  const power = priority ? 1 : 0
  const pool = new Importance(chunks.length, { power, eta: 'adaptive', warmup: 0 })
  chunks.forEach(({ examples }, c) => {
    let gap = 0
    for (const i of examples) gap += gapOf(problem, alpha[i]!, margin(i))
    pool.putBack(c, gap)
  })
  state.hot = { chunks, pool, work: hotWork, count: hot.length }
}

function largestProjected({ problem, alpha }: SvmState, margin: (i: number) => number): number {
  let largest = 0
  for (let i = 0; i < alpha.length; i++)
    if (problem.held[i] === 0 && problem.norm2[i]! > 0)
      largest = Math.max(largest, Math.abs(projected(problem, alpha[i]!, margin(i))))
  return largest
}

/** Runs of hot examples within a shard, of about equal work. */
function cut(problem: Problem, hot: readonly number[], goal: number): Chunk[] {
  const chunks: Chunk[] = []
  for (let from = 0; from < hot.length; ) {
    const shard = shardOf(problem, hot[from]!)
    const end = problem.firstExample[shard + 1]!
    let [to, work] = [from, 0]
    while (to < hot.length && hot[to]! < end && work < goal) work += problem.work[hot[to++]!]!
    chunks.push({ shard, examples: Uint32Array.from(hot.slice(from, to)), work })
    from = to
  }
  return chunks
}

/** Chunks of about `quota` work, drawn by importance; of two that are drawn, one that is held. */
export function drawChunks({ pool, chunks }: Hot, quota: number, offer: Offer, random: Random) {
  const drawn: number[] = []
  let work = 0
  while (pool && pool.size > 0 && work < quota) {
    const first = pool.draw(random)!
    const second = pool.draw(random)
    let [mine, other] = [first, second]
    if (second && !offer.holds(chunks[first.j]!.shard) && offer.holds(chunks[second.j]!.shard))
      [mine, other] = [second, first]
    if (other) pool.putBack(other.j, other.weight)
    drawn.push(mine.j)
    work += chunks[mine.j]!.work
  }
  return drawn
}
