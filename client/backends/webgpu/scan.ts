/**
 * Gradients on the GPU: x_jᵀr of every column of a lease's shards (shared/linear/scan*.wgsl).
 *
 * A scan reads every byte of a shard once and computes little with it, so it is as fast as memory,
 * and a GPU's is some ten times a processor's. What stays with SIMD are the sweeps. Each step of
 * coordinate descent needs the residual that the last one left, so a GPU would have one column at a
 * time to work on: a dot product of 1814 genotypes takes SIMD 0.3 µs, a dispatch alone 5 to 10.
 * Steps taken at once (Jacobi) diverge here, because blocks are grown out of correlated columns so
 * that steps see each other (ARCHITECTURE.md). And a block's fit is checked to 1e-9, which is f64.
 *
 * f16 is not used where adapters have it: three digits of r would fail the server's check of
 * gradients, 1e-6, by a factor of hundreds.
 *
 * How exact: dense integers lose only what r loses as a whole number (digits.ts). Floats and sparse
 * columns are summed in f32, in blocks; the tests say how far that is from what the server allows.
 */
import type { Problem } from '../../../shared/apps/conformance.ts'
import { forEachEntry } from '../../../shared/columns.ts'
import { SCALARS } from '../../../shared/linear/buffers.ts'
import scanFloats from '../../../shared/linear/scanFloats.wgsl?raw'
import scanIntegers from '../../../shared/linear/scanIntegers.wgsl?raw'
import scanSparse from '../../../shared/linear/scanSparse.wgsl?raw'
import sumFloats from '../../../shared/linear/sumFloats.wgsl?raw'
import sumIntegers from '../../../shared/linear/sumIntegers.wgsl?raw'
import { openShard, type Shard } from '../../../shared/shard.ts'
import type { Arrays } from '../../../shared/wire.ts'
import { BITS, digitsOf, flipOf, type IntegerType, stepsOf } from './digits.ts'
import type { Dispatch, Gpu } from './gpu.ts'
import { grouped } from './grouped.ts'
import type { Device, Facts, GpuProgram, Held } from './program.ts'
import { scanRaces } from './races.ts'
import { interleaved, KINDS, quadsOf, sparseBytes } from './stage.ts'
import { scanTrials } from './trials.ts'

/** Shards that one kernel reads in one dispatch. */
type Family = IntegerType | 'floats' | 'sparse'

/** A shard in its turn: `first` is where its columns begin in the output. */
interface Turn extends Held {
  readonly first: number
}

const KIND_NAMES: Record<Family, string> = {
  u2: 'gradients of two-bit columns',
  u8: 'gradients of one-byte columns',
  i16: 'gradients of two-byte columns',
  floats: 'gradients of real columns',
  sparse: 'gradients of sparse columns',
}

const THREADS = 64
const TILES_WIDE = 65_535
/** Rows of a part at most: what an i32 sum holds; what keeps f32 sums short. */
const PART_ROWS: Record<Exclude<Family, 'sparse'>, number> = {
  ...{ u2: 32_768, u8: 32_768, i16: 32_768 },
  floats: 16_384,
}
const QUAD_ROWS: Record<Exclude<Family, 'sparse'>, number> = { u2: 64, u8: 16, i16: 8, floats: 4 }
/** Few columns of many rows are cut into parts, so that large GPUs (100 to 200 cores) have enough. */
const GROUPS_WANTED = 1024
/** … but no part is shorter than what workgroup memory takes at once. */
const PART_QUADS_MIN = 64

export const scan: GpuProgram = {
  rest: 'Steps stay with SIMD, because each needs the one before',
  plan(lease, shards) {
    if (lease.scalars![SCALARS.scan] !== 1) return 'a lease without gradients'
    const work = new Map<Family, number>()
    let all = 0
    for (const facts of shards) {
      const family = familyOf(facts)
      work.set(family, (work.get(family) ?? 0) + entriesOf(facts))
      all += entriesOf(facts)
    }
    if (all === 0) return 'an empty lease'
    // Columns of a data set are of one family, but for a few.
    const [family] = [...work].reduce((most, each) => (each[1] > most[1] ? each : most))
    return { kind: KIND_NAMES[family], work: all }
  },
  stage: (shard) => (shard.layout === 'sparse' ? sparseBytes(shard) : interleaved(shard)),
  remainder(lease) {
    const scalars = lease.scalars!.slice()
    scalars[SCALARS.scan] = 0
    return { ...lease, scalars }
  },
  run,
  sample(lease, shards, pick) {
    const slot = Math.floor(pick * shards.length)
    const before = shards.slice(0, slot).reduce((sum, { columns }) => sum + columns, 0)
    const none = { slot: new Uint32Array(0), column: new Uint32Array(0) }
    const empty = new Float64Array(0)
    return {
      lease: { ...lease, ...none, mean: empty, scale: empty, norm2: empty, beta: empty },
      slots: [slot],
      agrees: ({ gradient }, want) => near(gradient!.subarray(before), want.gradient!),
    }
  },
  tolerance,
  trials: () => scanTrials(),
  races: scanRaces,
}

/** Not whether they are as exact as they should be, which the server checks, but whether they are right. */
function near(got: ArrayLike<number>, want: ArrayLike<number>): boolean {
  const size = Array.from(want).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return Array.from(want).every((value, k) => Math.abs(got[k]! - value) <= 1e-3 * size)
}

function familyOf({ layout, valueType }: Facts): Family {
  if (layout === 'sparse') return 'sparse'
  return valueType === 'f32' || valueType === 'f64' ? 'floats' : valueType
}

const entriesOf = ({ layout, rows, columns, nonZeros }: Facts): number =>
  layout === 'sparse' ? nonZeros : rows * columns

async function run({ gpu, pace }: Device, lease: Arrays, shards: readonly Held[]): Promise<Arrays> {
  const residual = lease.residual as Float64Array
  const groups = grouped(shards, ({ facts, place }) => `${familyOf(facts)} ${place.number}`)
  const turns = new Map<Held, Turn>()
  let first = 0
  for (const held of [...groups.values()].flat()) {
    turns.set(held, { ...held, first })
    first += held.facts.columns
  }
  const totals = gpu.scratch('totals', 4 * first)
  const units = new Map<Family, number>()
  for (const group of groups.values()) {
    const family = familyOf(group[0]!.facts)
    const list = group.map((held) => turns.get(held)!)
    const open = family === 'sparse' ? openSparse : family === 'floats' ? openFloats : openIntegers
    const { unit, dispatch } = open(gpu, residual, list[0]!.facts, totals)
    units.set(family, unit)
    const work = ({ facts }: Turn): number => entriesOf(facts)
    await pace.each(list, work, async (slice) => gpu.compute(await dispatch(slice)))
  }
  const sums = new Float32Array(await gpu.read(totals, 4 * first))
  const gradient = new Float32Array(first)
  let at = 0
  for (const held of shards) {
    const unit = units.get(familyOf(held.facts))!
    const from = turns.get(held)!.first
    for (let j = 0; j < held.facts.columns; j++) gradient[at++] = unit * sums[from + j]!
  }
  return { gradient }
}

/** How a family is scanned: sums come in this unit, a slice of shards becomes dispatches. */
interface Scan {
  readonly unit: number
  readonly dispatch: (slice: readonly Turn[]) => Promise<Dispatch[]>
}

function openIntegers(gpu: Gpu, residual: Float64Array, facts: Facts, totals: GPUBuffer): Scan {
  const type = facts.valueType as IntegerType
  const { words, unit, sum } = digitsOf(residual, type, quadsOf(facts))
  const digits = gpu.put('digits', words)
  // What flipping took from every byte: 128 Σq.
  const offset = type === 'u2' ? 0n : BigInt.asUintN(64, 128n * sum)
  const dispatch = async (slice: readonly Turn[]): Promise<Dispatch[]> => {
    const constants = { STEPS: stepsOf(type), FLIP: flipOf(type) }
    const plan = denseSlice(gpu, type, slice)
    const parts = gpu.scratch('parts', 16 * plan.parts * plan.columns)
    const words = [Number(offset & 0xffffffffn), Number(offset >> 32n), slice[0]!.first, 0, 0, 0]
    const sums = gpu.uniform('sums', Uint32Array.of(plan.parts, plan.columns, ...words))
    return [
      {
        pipeline: await gpu.pipeline(scanIntegers, constants),
        bindings: [plan.uniform, slice[0]!.place.chunk, plan.shards, digits, parts],
        groups: plan.groups,
      },
      {
        pipeline: await gpu.pipeline(sumIntegers),
        bindings: [sums, parts, totals],
        groups: sumGroups(plan.columns),
      },
    ]
  }
  return { unit, dispatch }
}

function openFloats(gpu: Gpu, residual: Float64Array, facts: Facts, totals: GPUBuffer): Scan {
  const single = new Float32Array(4 * quadsOf(facts))
  single.set(residual)
  const r = gpu.put('r', single)
  const dispatch = async (slice: readonly Turn[]): Promise<Dispatch[]> => {
    const plan = denseSlice(gpu, 'floats', slice)
    const parts = gpu.scratch('parts', 4 * plan.parts * plan.columns)
    const words = [slice[0]!.first, 0, 0, 0, 0, 0]
    const sums = gpu.uniform('sums', Uint32Array.of(plan.parts, plan.columns, ...words))
    return [
      {
        pipeline: await gpu.pipeline(scanFloats),
        bindings: [plan.uniform, slice[0]!.place.chunk, plan.shards, r, parts],
        groups: plan.groups,
      },
      {
        pipeline: await gpu.pipeline(sumFloats),
        bindings: [sums, parts, totals],
        groups: sumGroups(plan.columns),
      },
    ]
  }
  return { unit: 1, dispatch }
}

const sumGroups = (columns: number): [number, number] => {
  const groups = Math.ceil(columns / THREADS)
  return [Math.min(groups, TILES_WIDE), Math.ceil(groups / TILES_WIDE)]
}

/** Tiles, parts and tables of a slice of dense shards. */
function denseSlice(gpu: Gpu, family: Exclude<Family, 'sparse'>, slice: readonly Turn[]) {
  const quads = quadsOf(slice[0]!.facts)
  const table = new Uint32Array(4 * slice.length)
  let tiles = 0
  let columns = 0
  slice.forEach(({ facts, place }, k) => {
    table.set([tiles, place.at / 16, facts.columns, columns], 4 * k)
    tiles += Math.ceil(facts.columns / THREADS)
    columns += facts.columns
  })
  const wanted = Math.min(Math.ceil(GROUPS_WANTED / tiles), Math.floor(quads / PART_QUADS_MIN))
  const needed = Math.ceil((quads * QUAD_ROWS[family]) / PART_ROWS[family])
  const quadsOfPart = Math.ceil(quads / Math.max(1, wanted, needed))
  const parts = Math.ceil(quads / quadsOfPart)
  return {
    ...{ parts, columns },
    uniform: gpu.uniform('scan', Uint32Array.of(quads, quadsOfPart, slice.length, columns)),
    shards: gpu.put('shards', table),
    groups: [Math.min(tiles, TILES_WIDE), parts, Math.ceil(tiles / TILES_WIDE)] as const,
  }
}

function openSparse(gpu: Gpu, residual: Float64Array, _facts: Facts, totals: GPUBuffer): Scan {
  const r = gpu.put('r', Float32Array.from(residual))
  const dispatch = async (slice: readonly Turn[]): Promise<Dispatch[]> => {
    const columns = slice.reduce((sum, { facts }) => sum + facts.columns, 0)
    const entries = slice.reduce((sum, { facts }) => sum + facts.nonZeros, 0)
    // About four entries to a lane.
    const lanes = [1, 4, 16].find((count) => entries <= 4 * count * columns) ?? 64
    const table = new Uint32Array(8 * slice.length)
    let tiles = 0
    slice.forEach(({ facts, place, first }, k) => {
      const word = (offset: number): number => (place.at + offset) / 4
      const { starts, rowIndex, values } = facts.at
      table.set([tiles, word(starts), word(rowIndex), word(values)], 8 * k)
      const indexBytes = facts.rows <= 65_536 ? 2 : 4
      table.set([facts.columns, first, indexBytes, KINDS[facts.valueType]], 8 * k + 4)
      tiles += Math.ceil((facts.columns * lanes) / THREADS)
    })
    const uniform = gpu.uniform('scanSparse', Uint32Array.of(slice.length, 0, 0, 0))
    return [
      {
        pipeline: await gpu.pipeline(scanSparse, { LANES: lanes }),
        bindings: [uniform, slice[0]!.place.chunk, gpu.put('shards', table), r, totals],
        groups: [Math.min(tiles, TILES_WIDE), 1, Math.ceil(tiles / TILES_WIDE)],
      },
    ]
  }
  return { unit: 1, dispatch }
}

/** Additions that a product meets, roundings of x, r, the product and the result: see the kernels. */
const F32_TERMS = 64 + 64 + 8

/** The reference's own tolerance, and what r as a whole number loses, or f32 in its sums. */
function tolerance(problem: Problem): Problem['tolerance'] {
  const residual = problem.lease.residual as Float64Array
  const largest = residual.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const bounds = problem.shards.flatMap((bytes) => boundsOf(openShard(bytes), residual, largest))
  const { gradient } = problem.tolerance
  return {
    ...problem.tolerance,
    gradient: (k, want) => gradient!(k, want) + bounds[k]! + 2 ** -22 * Math.abs(want),
  }
}

function boundsOf(shard: Shard, residual: Float64Array, largest: number): number[] {
  const family = familyOf(shard)
  const isInteger = family !== 'floats' && family !== 'sparse'
  return Array.from({ length: shard.columns }, (_, j) => {
    let values = 0
    let products = 0
    forEachEntry(shard, j, (i, x) => {
      values += Math.abs(x)
      products += Math.abs(x * residual[i]!)
    })
    if (!isInteger) return F32_TERMS * 2 ** -24 * products
    return values * largest * 2 ** -BITS[family]
  })
}
