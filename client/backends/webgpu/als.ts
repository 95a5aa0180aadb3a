/**
 * Rows of a matrix factorisation on the GPU: shared/apps/mf/push.wgsl, one workgroup to a row.
 *
 * The natural winner: D²/2 products a rating out of data that stays put, and thousands of small
 * systems that have nothing to do with each other. Rows are handed over longest first, because a long
 * one that starts last is what everyone waits for.
 *
 * What stays with SIMD are ranks whose triangle does not fit the memory that a workgroup has (16 KiB
 * are enough to K = 70, 32 KiB to K = 102). Halves lie in GPU memory as halves, but arithmetic is f32
 * also where an adapter has f16: sums of products would be off by 1e-3, and audits allow 1e-5.
 */

import { type Lease, readLease } from '../../../shared/apps/mf/lease.ts'
import type { Problem } from '../../../shared/apps/problem.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { entriesOf, partsOf } from './alsEntries.ts'
import {
  dispatchOf,
  largestBufferOf,
  memoryOf,
  openLease,
  THREADS_MAX,
  tilesOf,
} from './alsKernel.ts'
import type { Device, Facts, GpuProgram, Held } from './program.ts'
import { alsRaces } from './races.ts'
import { sparseForRows } from './stage.ts'
import { alsTrials } from './trials.ts'

/**
 * Of a row: its products are shared out, but what it leaves of each rating is found by one workgroup, K
 * products a rating. At K = 64 that is 64 M, 60 ms on the slowest devices (alsEntries.ts).
 */
const RATINGS_MAX = 2 ** 20

export const als: GpuProgram = {
  rest: '',
  plan(arrays, shards, gpu) {
    const lease = readLease(arrays)
    if (lease.slot.length === 0) return 'an empty lease'
    if (tilesOf(lease) > THREADS_MAX)
      return `rank ${lease.rank} has more sums than a workgroup holds`
    const { maxComputeWorkgroupStorageSize, maxStorageBufferBindingSize } = gpu.device.limits
    const needed = memoryOf(lease)
    if (needed > maxComputeWorkgroupStorageSize)
      return `rank ${lease.rank} needs ${kib(needed)} KiB of workgroup memory, this GPU has ${kib(maxComputeWorkgroupStorageSize)}`
    let work = 0
    let parts = 0
    for (let v = 0; v < lease.slot.length; v++) {
      const length = lengthOf(lease, shards[lease.slot[v]!]!, v)
      if (length > RATINGS_MAX) return `a row of ${length} ratings, which would take too long`
      work += workOf(lease, length)
      parts += partsOf(length)
    }
    if (largestBufferOf(lease, parts) > maxStorageBufferBindingSize)
      return 'a lease with more in it than this GPU binds at once'
    const kind = lease.passes > 0 ? 'rows by coordinates' : 'rows of factors'
    return { kind, work }
  },
  stage: sparseForRows,
  remainder: () => null,
  run,
  sample(lease, _shards, pick) {
    const v = Math.floor(pick * lease.slot!.length)
    const slot = lease.slot![v]!
    const { rank, dimensions: D, passes, start } = readLease(lease)
    const one = {
      slot: Uint32Array.of(0),
      column: lease.column!.slice(v, v + 1),
      start: passes > 0 ? start.slice(v * D, (v + 1) * D) : start,
    }
    return {
      lease: { ...lease, ...one },
      slots: [slot],
      agrees: ({ rows, loss }, want) =>
        near(rows!.subarray(v * rank, (v + 1) * rank), want.rows!) &&
        near(loss!.subarray(v, v + 1), want.loss!),
    }
  },
  /**
   * problems.ts has sums of at most 64 or D products in f32: 64 + D roundings. Here the sums of 64
   * are added in f32 too, the factorisation meets an entry D times, and a substitution D times more:
   * less than four times as many. Of descent each pass meets an equation D times.
   */
  tolerance: ({ tolerance }: Problem) => {
    const wider = Object.entries(tolerance).map(([name, of]) => [
      name,
      (k: number, want: number): number => 4 * of(k, want),
    ])
    return Object.fromEntries(wider) as Problem['tolerance']
  },
  trials: () => alsTrials(),
  races: alsRaces,
}

/** Not whether they are as exact as they should be, which the server audits, but whether they are right. */
function near(got: ArrayLike<number>, want: ArrayLike<number>): boolean {
  const size = Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
  return Array.from(want).every((value, k) => Math.abs(got[k]! - value) <= 1e-2 * size)
}

const kib = (bytes: number): string => (bytes / 1024).toFixed(0)

function lengthOf(lease: Lease, { starts }: Facts, v: number): number {
  const column = lease.column[v]!
  return starts[column + 1]! - starts[column]!
}

/** Multiplications: the products of every rating, and the factorisation, or passes over the equations. */
const workOf = ({ dimensions: D, passes }: Lease, n: number): number =>
  (n * D * D) / 2 + (passes > 0 ? passes * D * D : D ** 3 / 6)

async function run(
  { gpu, paceOf }: Device,
  arrays: Arrays,
  shards: readonly Held[],
): Promise<Arrays> {
  const lease = readLease(arrays)
  const { rank, dimensions: D, hasBias, slot } = lease
  const m = slot.length
  const lengths = Uint32Array.from(slot, (at, v) => lengthOf(lease, shards[at]!.facts, v))
  const { first, last, parts } = entriesOf(lease, shards, lengths)
  const open = await openLease(gpu, lease, parts)
  const ofRow = (n: number): number => workOf(lease, n)
  // Their products have been summed; what they leave of each rating is still to be found.
  const ofSummed = (n: number): number => ofRow(0) + partsOf(n) * D * D + n * rank
  const rounds = [
    ...first.map((entries) => ({ entries, kernel: 'rows', work: ofRow })),
    ...last.map((entries) => ({ entries, kernel: 'rows of parts', work: ofSummed })),
  ]
  let found = new ArrayBuffer(0)
  for (const round of rounds) {
    const { entries, kernel, work } = round
    const run = async (from: number, to: number): Promise<number> => {
      const dispatches = [dispatchOf(gpu, open, entries, from, to)]
      if (round !== rounds.at(-1) || to < entries.count) return gpu.compute(dispatches)
      const { ms, copy } = await gpu.computeAndRead(dispatches, open.wanted)
      found = copy
      return ms
    }
    await paceOf(kernel).each(entries.count, (k) => work(entries.ratings(k)), run)
  }
  return {
    rows: new Float32Array(found, 0, m * rank),
    bias: new Float32Array(found, 4 * m * rank, hasBias ? m : 0),
    loss: Float64Array.from(new Float32Array(found, 4 * m * (rank + 1), m)),
  }
}
