/** Shards as the kernels read them: dense columns interleaved, sparse sections as they are. */
import type { Shard } from '../../../shared/shard.ts'
import { largestOf, lowDigit, unitOf } from './digits.ts'

/** A shard's bytes for the GPU. */
export interface Staged {
  readonly bytes: Uint8Array
  /** (columns) what a whole number of that column is worth, where values are real; else empty. */
  readonly units: Float64Array
  /** A column is too uneven for whole numbers: what is lost is 2^-30 of its largest value. */
  readonly isUneven: boolean
}

/**
 * Largest value over the mean size of those that are not 0. Normal values have 5 or so. Errors grow with
 * it: by 2^-31 of the largest in each of n rows, √n of that in their sum, where the server's check
 * allows 1e-9 of n mean ones. At 256 that is a third of it in a shard of a single column, which has
 * 131 000 rows; where columns are shorter a shard has more of them, and their errors cancel.
 */
const UNEVEN = 256

export function isUneven(values: ArrayLike<number>, from = 0, to = values.length): boolean {
  let sum = 0
  let count = 0
  for (let i = from; i < to; i++) {
    if (values[i] === 0) continue
    sum += Math.abs(values[i]!)
    count++
  }
  return largestOf(values, from, to) * count > UNEVEN * sum
}

const none = new Float64Array(0)

/** Kinds of values as the kernels number them: those of a shard's header, real ones being one kind. */
export const KINDS = { u2: 0, u8: 1, i16: 2, f32: 3, f64: 3 } as const

const isReal = ({ valueType }: Pick<Shard, 'valueType'>): boolean => KINDS[valueType] === 3

/** Quads (16 bytes) of a dense column for the GPU. */
export const quadsOf = (shard: Pick<Shard, 'valueType' | 'rows' | 'stride'>): number =>
  isReal(shard) ? Math.ceil(shard.rows / 4) : shard.stride / 16

/**
 * Dense columns: 16 bytes of every column in turn, so that neighbouring threads, which have
 * neighbouring columns, read neighbouring bytes.
 */
export function denseForScan(shard: Shard): Staged {
  const { columns, values } = shard
  const quads = quadsOf(shard)
  const whole = isReal(shard) ? wholeColumns(shard) : null
  const from =
    whole?.words ?? new Uint32Array(values.buffer, values.byteOffset, 4 * quads * columns)
  const to = new Uint32Array(4 * quads * columns)
  for (let j = 0; j < columns; j++)
    for (let q = 0; q < quads; q++) {
      const source = 4 * (j * quads + q)
      const target = 4 * (q * columns + j)
      for (let k = 0; k < 4; k++) to[target + k] = from[source + k]!
    }
  const { units, isUneven } = whole ?? { units: none, isUneven: false }
  return { bytes: new Uint8Array(to.buffer), units, isUneven }
}

/** Real columns as whole numbers, a column's largest value being 2^29 to 2^30: a word of digits each. */
function wholeColumns(shard: Shard) {
  const { rows, columns, stride, values } = shard
  const rounded = 4 * quadsOf(shard)
  const words = new Uint32Array(rounded * columns)
  const units = new Float64Array(columns)
  let isAnyUneven = false
  for (let j = 0; j < columns; j++) {
    const first = (j * stride) / values.BYTES_PER_ELEMENT
    const unit = unitOf(largestOf(values, first, first + rows))
    units[j] = unit
    isAnyUneven ||= isUneven(values, first, first + rows)
    for (let i = 0; i < rows; i++)
      words[j * rounded + i] = packed(Math.round(values[first + i]! / unit))
  }
  return { words, units, isUneven: isAnyUneven }
}

/** The digits of q in one word. */
function packed(q: number): number {
  let word = 0
  let rest = q
  for (let k = 0; k < 4; k++) {
    const digit = lowDigit(rest)
    word |= (digit & 0xff) << (8 * k)
    rest = (rest - digit) >> 8
  }
  return word
}

/** Sparse columns: real values as whole numbers, in the place where values begin. */
export function sparseForScan(shard: Shard): Staged {
  if (!isReal(shard)) return { bytes: shard.bytes, units: none, isUneven: false }
  const { columns, starts, values } = shard
  const whole = new Int32Array(values.length)
  const units = new Float64Array(columns)
  let isAnyUneven = false
  for (let j = 0; j < columns; j++) {
    const unit = unitOf(largestOf(values, starts[j]!, starts[j + 1]!))
    units[j] = unit
    isAnyUneven ||= isUneven(values, starts[j]!, starts[j + 1]!)
    for (let e = starts[j]!; e < starts[j + 1]!; e++) whole[e] = Math.round(values[e]! / unit)
  }
  return { bytes: withValues(shard, whole), units, isUneven: isAnyUneven }
}

/** Sparse columns with their values as f32. */
export function sparseForRows(shard: Shard): Staged {
  const common = { units: none, isUneven: false }
  if (shard.valueType !== 'f64') return { bytes: shard.bytes, ...common }
  return { bytes: withValues(shard, Float32Array.from(shard.values)), ...common }
}

function withValues(shard: Shard, values: Int32Array | Float32Array): Uint8Array {
  const bytes = new Uint8Array(shard.at.values + values.byteLength)
  bytes.set(shard.bytes.subarray(0, shard.at.values))
  bytes.set(new Uint8Array(values.buffer), shard.at.values)
  return bytes
}
