/**
 * Rows of a matrix factorisation on the GPU: shared/apps/mf/push.wgsl, one workgroup to a row.
 *
 * The natural winner: D²/2 products a rating out of data that stays put, and thousands of small
 * systems that have nothing to do with each other. Rows are handed over longest first, because a long
 * one that starts last is what everyone waits for.
 *
 * Coordinate descent stays with SIMD: its passes run in f64 and in the order of the reference, for
 * the server repeats them to audit a row. So do factors in halves, because WGSL leaves open how a
 * number is rounded to one; and ranks whose triangle does not fit the memory that a workgroup has
 * (16 KiB are enough to K = 70, 32 KiB to K = 102). To compute in f16, where an adapter has it, is no
 * use: sums of products would be off by 1e-3, and audits allow 1e-5.
 */
import type { Problem } from '../../../shared/apps/conformance.ts'
import { type Lease, readLease } from '../../../shared/apps/mf/lease.ts'
import code from '../../../shared/apps/mf/push.wgsl?raw'
import type { Arrays } from '../../../shared/wire.ts'
import type { Gpu } from './gpu.ts'
import { grouped } from './grouped.ts'
import type { Device, Facts, GpuProgram, Held } from './program.ts'
import { alsRaces } from './races.ts'
import { KINDS, sparseForRows } from './stage.ts'
import { alsTrials } from './trials.ts'

const TILES_WIDE = 65_535
/** What every device has; each thread keeps a tile of 32 sums, so that ranks end at 118. */
const THREADS_MAX = 256
/** BATCH of push.wgsl. */
const BATCH = 16

export const als: GpuProgram = {
  rest: '',
  plan(arrays, shards, gpu) {
    const lease = readLease(arrays)
    if (lease.passes > 0) return 'coordinate descent, which is audited step by step, in f64'
    if (lease.halves) return 'factors in halves, which devices round differently'
    if (lease.slot.length === 0) return 'an empty lease'
    if (tilesOf(lease) > THREADS_MAX)
      return `rank ${lease.rank} has more sums than a workgroup holds`
    const needed = memoryOf(lease)
    const given = gpu.device.limits.maxComputeWorkgroupStorageSize
    if (needed > given)
      return `rank ${lease.rank} needs ${kib(needed)} KiB of workgroup memory, this GPU has ${kib(given)}`
    let work = 0
    for (let v = 0; v < lease.slot.length; v++)
      work += workOf(lease, lengthOf(lease, shards[lease.slot[v]!]!, v))
    return { kind: 'rows of factors', work }
  },
  stage: sparseForRows,
  remainder: () => null,
  run,
  sample(lease, _shards, pick) {
    const v = Math.floor(pick * lease.slot!.length)
    const slot = lease.slot![v]!
    const one = { slot: Uint32Array.of(0), column: lease.column!.slice(v, v + 1) }
    const rank = readLease(lease).rank
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
   * less than four times as many.
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

const bandsOf = ({ dimensions: D }: Lease): number => Math.ceil((D + 1) / 8)
const tilesOf = (lease: Lease): number => bandsOf(lease) * (bandsOf(lease) + 1)
const threadsOf = (lease: Lease): number =>
  [64, 128].find((threads) => tilesOf(lease) <= threads) ?? THREADS_MAX

/** Bytes of workgroup memory: what push.wgsl declares. */
function memoryOf(lease: Lease): number {
  const unknowns = 8 * bandsOf(lease)
  const triangle = (unknowns * (unknowns + 1)) / 2
  return 4 * (BATCH * unknowns + triangle + unknowns + threadsOf(lease))
}

function lengthOf(lease: Lease, { starts }: Facts, v: number): number {
  const column = lease.column[v]!
  return starts[column + 1]! - starts[column]!
}

/** Multiplications: the products of every rating, and the factorisation. */
const workOf = ({ dimensions: D }: Lease, n: number): number => (n * D * D) / 2 + D ** 3 / 6

/** A row to solve; `v` is its place in the lease. */
interface Turn extends Held {
  readonly v: number
  readonly length: number
}

async function run(
  { gpu, pace }: Device,
  arrays: Arrays,
  shards: readonly Held[],
): Promise<Arrays> {
  const lease = readLease(arrays)
  const { rank, hasBias, slot } = lease
  const m = slot.length
  const width = rank + 2
  const solved = gpu.scratch('solved', 4 * width * m)
  const open = await openLease(gpu, lease)
  const turns = Array.from({ length: m }, (_, v) => {
    const held = shards[slot[v]!]!
    return { ...held, v, length: lengthOf(lease, held.facts, v) }
  })
  turns.sort((a, b) => b.length - a.length || a.v - b.v)
  for (const group of grouped(turns, ({ place }) => `${place.number}`).values())
    await pace.each(
      group,
      ({ length }) => workOf(lease, length),
      (slice) => solveSlice(gpu, lease, open, slice, solved),
    )
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

/** What all slices of a lease share. */
interface Open {
  readonly pipeline: GPUComputePipeline
  readonly plan: GPUBuffer
  /** Positions, factors, offsets, the Gram matrix. */
  readonly tables: readonly GPUBuffer[]
}

async function openLease(gpu: Gpu, lease: Lease): Promise<Open> {
  const { rank, others, othersAll, factors, offsets, gram } = lease
  const positions = new Uint32Array(othersAll)
  for (let p = 0; p < others.length; p++) positions[others[p]!] = p
  const padded = Math.ceil(rank / 4) * 4
  let wide = factors
  if (padded !== rank) {
    wide = new Float32Array(padded * others.length)
    for (let p = 0; p < others.length; p++)
      wide.set(factors.subarray(p * rank, (p + 1) * rank), p * padded)
  }
  const plan = new DataView(new ArrayBuffer(32))
  plan.setFloat32(0, lease.mean, true)
  plan.setFloat32(4, lease.biasScale, true)
  plan.setFloat32(8, lease.lambda, true)
  plan.setUint32(12, Number(lease.weighted), true)
  plan.setFloat32(16, lease.alpha, true)
  plan.setUint32(20, rank, true)
  plan.setUint32(24, lease.dimensions, true)
  const constants = { BANDS: bandsOf(lease), THREADS: threadsOf(lease) }
  return {
    pipeline: await gpu.pipeline(code, constants),
    plan: gpu.uniform('als', new Uint32Array(plan.buffer)),
    tables: [
      gpu.put('positions', positions),
      gpu.put('factors', wide),
      gpu.put('offsets', offsets),
      gpu.put('gram', Float32Array.from(gram)),
    ],
  }
}

function solveSlice(
  gpu: Gpu,
  lease: Lease,
  { pipeline, plan, tables }: Open,
  slice: readonly Turn[],
  solved: GPUBuffer,
): Promise<number> {
  const rows = new Uint32Array(8 * slice.length)
  slice.forEach(({ v, length, place, facts }, k) => {
    const from = facts.starts[lease.column[v]!]!
    const indexBytes = facts.rows <= 65_536 ? 2 : 4
    const kind = KINDS[facts.valueType]
    const valueBytes = [0, 1, 2, 4][kind]!
    const firstIndex = (place.at + facts.at.rowIndex) / indexBytes + from
    const firstValue = (place.at + facts.at.values) / valueBytes + from
    rows.set([firstIndex, firstValue, length, v, indexBytes, kind, 0, 0], 8 * k)
  })
  const bindings = [plan, slice[0]!.place.chunk, gpu.put('rows', rows), ...tables, solved]
  const wide = Math.min(slice.length, TILES_WIDE)
  return gpu.compute([{ pipeline, bindings, groups: [wide, Math.ceil(slice.length / wide)] }])
}
