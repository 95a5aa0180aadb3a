/** From shards to dispatches of the scan kernels: tables, tiles, parts. */
import scanDense from '../../../shared/linear/scanDense.wgsl?raw'
import scanSparse from '../../../shared/linear/scanSparse.wgsl?raw'
import sumDense from '../../../shared/linear/sumDense.wgsl?raw'
import type { Shard } from '../../../shared/shard.ts'
import { type ByteType, digitsOf, FLIPS, largestOf, STEPS, unitOf } from './digits.ts'
import type { Dispatch, Gpu } from './gpu.ts'
import type { Facts, Held } from './program.ts'
import { KINDS, quadsOf } from './stage.ts'

/** Shards that one kernel reads in one dispatch. */
export type Family = ByteType | 'sparse'

/** A shard in its turn: `first` is the number of the output where those of its columns begin. */
export interface Turn extends Held {
  readonly first: number
}

/** How a family is scanned: sums come in this unit, a slice of shards becomes dispatches. */
export interface Scan {
  readonly unit: number
  readonly dispatch: (slice: readonly Turn[]) => Promise<Dispatch[]>
}

const THREADS = 64
const TILES_WIDE = 65_535
/**
 * Rows of a part at most, for an i32 to hold the sum of their products: of two signed bytes each, at
 * most 2^14, two of them to an i16 value and four to a real one.
 */
const PART_ROWS: Record<ByteType, number> = { u2: 65_536, u8: 65_536, i16: 32_768, real: 16_384 }
const QUAD_ROWS: Record<ByteType, number> = { u2: 64, u8: 16, i16: 8, real: 4 }
/** Few columns of many rows are cut into parts, so that large GPUs (100 to 200 cores) have enough. */
const GROUPS_WANTED = 1024
/** … but no part is shorter than this. */
const PART_QUADS_MIN = 64
/** What scanSparse.wgsl leaves off its products. */
const SPARSE_SHIFT = 20

/** Numbers that a column of the family has in the output; the second is worth 2^32. */
export const halvesOf = (family: Family): number =>
  family !== 'sparse' && STEPS[family] === 8 ? 2 : 1

export function familyOf({ layout, valueType }: Pick<Shard, 'layout' | 'valueType'>): Family {
  if (layout === 'sparse') return 'sparse'
  return valueType === 'f32' || valueType === 'f64' ? 'real' : valueType
}

export function openDense(gpu: Gpu, r: Float64Array, facts: Facts, totals: GPUBuffer): Scan {
  const type = familyOf(facts) as ByteType
  const { words, unit, offset } = digitsOf(r, type, quadsOf(facts))
  const digits = gpu.put('digits', words)
  const halves = halvesOf(type)
  const added = BigInt.asUintN(64, offset)
  const dispatch = async (slice: readonly Turn[]): Promise<Dispatch[]> => {
    const { first } = slice[0]!
    const { parts, columns, ...plan } = denseSlice(gpu, type, slice)
    const partial = gpu.scratch('parts', 16 * halves * parts * columns)
    const sums = [parts, columns, Number(added & 0xffffffffn), Number(added >> 32n), first, halves]
    return [
      {
        pipeline: await gpu.pipeline(scanDense, { STEPS: STEPS[type], FLIP: FLIPS[type] }),
        bindings: [plan.uniform, slice[0]!.place.chunk, plan.shards, digits, partial],
        groups: plan.groups,
      },
      {
        pipeline: await gpu.pipeline(sumDense),
        bindings: [gpu.uniform('sums', Uint32Array.of(...sums, 0, 0)), partial, totals],
        groups: rowsOfGroups(Math.ceil(columns / THREADS)),
      },
    ]
  }
  return { unit, dispatch }
}

/** Tiles, parts and tables of a slice of dense shards. */
function denseSlice(gpu: Gpu, type: ByteType, slice: readonly Turn[]) {
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
  const needed = Math.ceil((quads * QUAD_ROWS[type]) / PART_ROWS[type])
  const quadsOfPart = Math.ceil(quads / Math.max(1, wanted, needed))
  const parts = Math.ceil(quads / quadsOfPart)
  const [x, z] = rowsOfGroups(tiles)
  return {
    ...{ parts, columns },
    uniform: gpu.uniform('scan', Uint32Array.of(quads, quadsOfPart, slice.length, columns)),
    shards: gpu.put('shards', table),
    groups: [x, parts, z] as const,
  }
}

/** A dispatch has at most 65 535 groups in one direction: full rows of them. */
const rowsOfGroups = (count: number): [number, number] => [
  Math.min(count, TILES_WIDE),
  Math.ceil(count / TILES_WIDE),
]

export function openSparse(gpu: Gpu, r: Float64Array, _facts: Facts, totals: GPUBuffer): Scan {
  const unit = unitOf(largestOf(r))
  const whole = gpu.put(
    'r',
    Int32Array.from(r, (value) => Math.round(value / unit)),
  )
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
    const [x, z] = rowsOfGroups(tiles)
    return [
      {
        pipeline: await gpu.pipeline(scanSparse, { LANES: lanes }),
        bindings: [uniform, slice[0]!.place.chunk, gpu.put('shards', table), whole, totals],
        groups: [x, 1, z],
      },
    ]
  }
  return { unit: unit * 2 ** SPARSE_SHIFT, dispatch }
}
