/** From a lease to dispatches of shared/apps/mf/push.wgsl: tables, parts of long rows, entries. */
import type { Lease } from '../../../shared/apps/mf/lease.ts'
import { positions } from '../../../shared/apps/mf/push.ts'
import code from '../../../shared/apps/mf/push.wgsl?raw'
import type { Gpu } from './gpu.ts'
import type { Held } from './program.ts'
import { KINDS } from './stage.ts'

/** What every device has; each thread keeps a tile of 32 sums, so that ranks end at 118. */
export const THREADS_MAX = 256
/** BATCH of push.wgsl. */
const BATCH = 16
/**
 * Ratings of a part: at K = 64 some 9 M multiply-adds, which a workgroup on the slowest devices
 * (about 1 a ns) does in 10 ms; enough for the 46 KiB of sums that a part leaves to be nothing.
 */
const PART_RATINGS = 4096
/** Entries side by side in a dispatch; 65 535 are allowed, few are tested more easily. */
const ENTRIES_WIDE = 1024
/** What to do with an entry (push.wgsl), besides a number of parts. */
const NOTHING = 0xffffffff
const PART = 0xfffffffe

/** A row to solve; `v` is its place in the lease. */
export interface Turn {
  readonly held: Held
  readonly v: number
  readonly length: number
}

/** A workgroup's work: a whole row, a part of one, or a row whose parts have been summed. */
export interface Entry extends Turn {
  /** First rating of the row that it is about. */
  readonly from: number
  readonly part: number
  readonly todo: number
}

/** Parts of a row of so many ratings; 0: it is not cut. */
export const partsOf = (length: number): number =>
  length <= PART_RATINGS ? 0 : Math.ceil(length / PART_RATINGS)

/** Whole rows and parts, and then the rows whose parts those were. */
export function entriesOf(turns: readonly Turn[]): {
  first: Entry[]
  last: Entry[]
  parts: number
} {
  const first: Entry[] = []
  const last: Entry[] = []
  let parts = 0
  for (const turn of turns) {
    const count = partsOf(turn.length)
    if (count === 0) {
      first.push({ ...turn, from: 0, part: 0, todo: 0 })
      continue
    }
    last.push({ ...turn, from: 0, part: parts, todo: count })
    for (let from = 0; from < turn.length; from += PART_RATINGS) {
      const length = Math.min(PART_RATINGS, turn.length - from)
      first.push({ ...turn, from, length, part: parts++, todo: PART })
    }
  }
  return { first, last, parts }
}

const bandsOf = ({ dimensions: D }: Lease): number => Math.ceil((D + 1) / 8)
export const tilesOf = (lease: Lease): number => bandsOf(lease) * (bandsOf(lease) + 1)
const threadsOf = (lease: Lease): number =>
  [64, 128].find((threads) => tilesOf(lease) <= threads) ?? THREADS_MAX

/** Bytes of workgroup memory: what push.wgsl declares. */
export function memoryOf(lease: Lease): number {
  const unknowns = 8 * bandsOf(lease)
  const triangle = (unknowns * (unknowns + 1)) / 2
  return 4 * (BATCH * unknowns + triangle + unknowns + threadsOf(lease))
}

/** Bytes of the largest buffer besides the shards; `parts` as entriesOf counts them. */
export function bufferOf(lease: Lease, parts: number): number {
  const { rank, others, slot, dimensions } = lease
  const starts = lease.passes > 0 ? dimensions * slot.length : 0
  return Math.max(
    16 * Math.ceil(rank / 4) * others.length,
    4 * (others.length + rank * rank + starts),
    4 * (rank + 2) * slot.length,
    128 * tilesOf(lease) * parts,
  )
}

/** What all slices of a lease share. */
export interface Open {
  readonly pipeline: GPUComputePipeline
  readonly plan: GPUBuffer
  /** Positions, factors, tables, partial sums. */
  readonly tables: readonly GPUBuffer[]
}

export async function openLease(gpu: Gpu, lease: Lease, parts: number): Promise<Open> {
  const { rank, offsets, gram, start } = lease
  const halves = lease.halves ? packed(lease) : null
  const tables = new Float32Array(offsets.length + gram.length + start.length)
  tables.set(offsets)
  tables.set(gram, offsets.length)
  tables.set(start, offsets.length + gram.length)
  const plan = new DataView(new ArrayBuffer(48))
  const reals = [lease.mean, lease.biasScale, lease.lambda]
  reals.forEach((value, k) => {
    plan.setFloat32(4 * k, value, true)
  })
  plan.setUint32(12, Number(lease.weighted), true)
  plan.setFloat32(16, lease.alpha, true)
  const counts = [rank, lease.dimensions, lease.passes, Number(halves !== null)]
  const rest = [Number(lease.halves), offsets.length, offsets.length + gram.length]
  for (const [k, value] of [...counts, ...rest].entries()) plan.setUint32(20 + 4 * k, value, true)
  return {
    pipeline: await gpu.pipeline(code, { BANDS: bandsOf(lease), THREADS: threadsOf(lease) }),
    plan: gpu.uniform('als', new Uint32Array(plan.buffer)),
    tables: [
      gpu.put('positions', positions(lease)),
      gpu.put('factors', halves ?? widened(lease)),
      gpu.put('tables', tables),
      gpu.scratch('partials', 128 * tilesOf(lease) * parts),
    ],
  }
}

/** (r, ⌈K/4⌉ · 4), zeros after K. */
function widened({ rank, others, factors }: Lease): Float32Array {
  const width = Math.ceil(rank / 4) * 4
  if (width === rank) return factors
  const wide = new Float32Array(width * others.length)
  for (let p = 0; p < others.length; p++)
    wide.set(factors.subarray(p * rank, (p + 1) * rank), p * width)
  return wide
}

/**
 * (r, ⌈K/8⌉ · 8) halves, zeros after K, in half the memory; null when a factor is none, or so small
 * (below 2^-14) that devices may take it for zero.
 */
function packed({ rank, others, factors }: Lease): Uint8Array | null {
  const width = Math.ceil(rank / 8) * 8
  const halves = new Uint16Array(width * others.length)
  const words = new Uint32Array(factors.buffer, factors.byteOffset, factors.length)
  for (let p = 0, k = 0; p < others.length; p++)
    for (let at = p * width; at < p * width + rank; at++, k++) {
      const word = words[k]!
      const size = word & 0x7fffffff
      const isHalf = (word & 0x1fff) === 0 && size >= 113 << 23 && size < 143 << 23
      if (!isHalf && size !== 0) return null
      halves[at] = size === 0 ? 0 : ((word >>> 16) & 0x8000) | ((size >>> 13) - (112 << 10))
    }
  return new Uint8Array(halves.buffer)
}

/** Milliseconds of a slice. */
export function solveSlice(
  gpu: Gpu,
  lease: Lease,
  { pipeline, plan, tables }: Open,
  slice: readonly Entry[],
  solved: GPUBuffer,
): Promise<number> {
  const high = Math.ceil(slice.length / ENTRIES_WIDE)
  const wide = Math.ceil(slice.length / high)
  const rows = new Uint32Array(8 * wide * high)
  for (let k = slice.length; k < wide * high; k++) rows[8 * k + 7] = NOTHING
  slice.forEach(({ held: { facts, place }, v, length, from, part, todo }, k) => {
    const rating = facts.starts[lease.column[v]!]! + from
    const indexBytes = facts.rows <= 65_536 ? 2 : 4
    const kind = KINDS[facts.valueType]
    const valueBytes = [0, 1, 2, 4][kind]!
    const firstIndex = (place.at + facts.at.rowIndex) / indexBytes + rating
    const firstValue = (place.at + facts.at.values) / valueBytes + rating
    rows.set([firstIndex, firstValue, length, v, indexBytes, kind, part, todo], 8 * k)
  })
  const { chunk } = slice[0]!.held.place
  const bindings = [plan, chunk, gpu.put('rows', rows), ...tables, solved]
  return gpu.compute([{ pipeline, bindings, groups: [wide, high] }])
}
