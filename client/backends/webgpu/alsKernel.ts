/** From a lease to dispatches of shared/apps/mf/push.wgsl: what lies in memory, and what workgroups do. */
import type { Lease } from '../../../shared/apps/mf/lease.ts'
import { positions } from '../../../shared/apps/mf/push.ts'
import code from '../../../shared/apps/mf/push.wgsl?raw'
import { type Entries, WORDS } from './alsEntries.ts'
import type { Dispatch, Gpu, Wanted } from './gpu.ts'

/** What every device has; each thread keeps a tile of 32 sums, so that ranks end at 118. */
export const THREADS_MAX = 256
/** BATCH of push.wgsl. */
const BATCH = 16
/** Entries side by side in a dispatch; 65 535 are allowed, few are tested more easily. */
const ENTRIES_WIDE = 1024

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

/** Bytes of the largest buffer besides the shards. */
export function largestBufferOf(lease: Lease, parts: number): number {
  const { rank, others, slot, dimensions, passes } = lease
  const starts = passes > 0 ? dimensions * slot.length : 0
  return Math.max(
    16 * Math.ceil(rank / 4) * others.length,
    4 * (others.length + rank * rank + starts),
    4 * (rank + 2) * slot.length,
    4 * WORDS * (1 + slot.length + parts),
    128 * tilesOf(lease) * parts,
  )
}

/** What all slices of a lease share. */
export interface Open {
  readonly pipeline: GPUComputePipeline
  readonly plan: GPUBuffer
  /** Positions, factors, tables, partial sums, and what is found. */
  readonly buffers: readonly GPUBuffer[]
  /** What comes back: rows, biases, losses. */
  readonly wanted: Wanted
}

export async function openLease(gpu: Gpu, lease: Lease, parts: number): Promise<Open> {
  const { rank, offsets, gram, start, slot } = lease
  const halves = lease.halves ? packed(lease) : null
  const starts = offsets.length + gram.length
  const tables = new Float32Array(starts + start.length)
  tables.set(offsets)
  tables.set(gram, offsets.length)
  tables.set(start, starts)
  const plan = new DataView(new ArrayBuffer(64))
  plan.setFloat32(0, lease.mean, true)
  plan.setFloat32(4, lease.biasScale, true)
  plan.setFloat32(8, lease.lambda, true)
  plan.setFloat32(12, lease.lambdaEach, true)
  plan.setFloat32(16, lease.alpha, true)
  const sizes = [rank, lease.dimensions, lease.passes]
  const flags = [Number(halves !== null), Number(lease.halves)]
  const rest = [...sizes, ...flags, offsets.length, starts, slot.length]
  for (const [k, value] of rest.entries()) plan.setUint32(20 + 4 * k, value, true)
  const bytes = 4 * (rank + 2) * slot.length
  const solved = gpu.scratch('solved', bytes)
  return {
    pipeline: await gpu.pipeline(code, { BANDS: bandsOf(lease), THREADS: threadsOf(lease) }),
    plan: gpu.uniform('als', new Uint32Array(plan.buffer)),
    buffers: [
      gpu.put('positions', positions(lease)),
      gpu.put('factors', halves ?? widened(lease)),
      gpu.put('tables', tables),
      gpu.scratch('partials', 128 * tilesOf(lease) * parts),
      solved,
    ],
    wanted: { from: solved, bytes },
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

/** The dispatch for entries `from` … `to` − 1. */
export function dispatchOf(
  gpu: Gpu,
  { pipeline, plan, buffers }: Open,
  { words, chunk }: Entries,
  from: number,
  to: number,
): Dispatch {
  const count = to - from
  const rows = gpu.scratch('rows', 4 * WORDS * (1 + count))
  gpu.device.queue.writeBuffer(rows, 0, Uint32Array.of(count, 0, 0, 0, 0, 0, 0, 0))
  gpu.device.queue.writeBuffer(rows, 4 * WORDS, words, WORDS * from, WORDS * count)
  const wide = Math.min(count, ENTRIES_WIDE)
  const bindings = [plan, chunk, rows, ...buffers]
  return { pipeline, bindings, groups: [wide, Math.ceil(count / wide)] }
}
