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
import type { Problem } from '../../../shared/apps/conformance.ts'
import { type Lease, readLease } from '../../../shared/apps/mf/lease.ts'
import type { Arrays } from '../../../shared/wire.ts'
import {
  bufferOf,
  type Entry,
  entriesOf,
  memoryOf,
  openLease,
  partsOf,
  solveSlice,
  THREADS_MAX,
  type Turn,
  tilesOf,
} from './alsKernel.ts'
import { grouped } from './grouped.ts'
import type { Device, Facts, GpuProgram, Held } from './program.ts'
import { alsRaces } from './races.ts'
import { sparseForRows } from './stage.ts'
import { alsTrials } from './trials.ts'

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
      work += workOf(lease, length)
      parts += partsOf(length)
    }
    if (bufferOf(lease, parts) > maxStorageBufferBindingSize)
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
  const { rank, hasBias, slot } = lease
  const m = slot.length
  const width = rank + 2
  const turns = Array.from({ length: m }, (_, v): Turn => {
    const held = shards[slot[v]!]!
    return { held, v, length: lengthOf(lease, held.facts, v) }
  })
  turns.sort((a, b) => b.length - a.length || a.v - b.v)
  const { first, last, parts } = entriesOf(turns)
  const solved = gpu.scratch('solved', 4 * width * m)
  const open = await openLease(gpu, lease, parts)
  const solve = async (kernel: string, entries: Entry[], work: (entry: Entry) => number) => {
    for (const group of grouped(entries, ({ held }) => `${held.place.number}`).values())
      await paceOf(kernel).each(group, work, (slice) => solveSlice(gpu, lease, open, slice, solved))
  }
  await solve('rows', first, ({ length }) => workOf(lease, length))
  // Their products have been summed; what they leave of each rating is still to be found.
  await solve('rows of parts', last, ({ length }) => workOf(lease, partsOf(length)) + length * rank)
  const found = new Float32Array(await gpu.read(solved, 4 * width * m))
  const rows = new Float32Array(m * rank)
  const bias = new Float32Array(hasBias ? m : 0)
  const loss = new Float64Array(m)
  for (let v = 0; v < m; v++) {
    rows.set(found.subarray(v * width, v * width + rank), v * rank)
    if (hasBias) bias[v] = found[v * width + rank]!
    loss[v] = found[v * width + rank + 1]!
  }
  return { rows, bias, loss }
}
