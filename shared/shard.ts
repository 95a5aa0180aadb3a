/**
 * Shards: immutable, content-addressed pieces (about 1 MiB) of a matrix, each a run of whole columns.
 *
 * Values keep the narrowest type that holds them exactly: smaller to ship, and faster, because the
 * kernels are bound by memory. Standardisation never touches these bytes; it is done in the arithmetic.
 *
 *   offset 0   u32  magic 'SHRD'
 *   offset 4   u16  version
 *   offset 6   u8   layout: 0 dense, 1 sparse
 *   offset 7   u8   value type: 0 u2, 1 u8, 2 i16, 3 f32, 4 f64 (u2: four values a byte, lowest bits first)
 *   offset 8   u32  rows n
 *   offset 12  u32  columns m
 *   offset 16  u32  index of the first column in the dataset
 *   offset 20  u32  dense: bytes from one column to the next (a multiple of 16)
 *                   sparse: bytes of a row index (2 or 4)
 *   offset 24  u32  sparse: stored entries nnz (dense: n·m non-zeros counted at ingest)
 *   offset 28  u32  0
 *   offset 32  dense:  m columns, each padded with zeros to the stride
 *              sparse: u32 starts (m + 1); row indices (nnz); values (nnz, never u2); each section
 *                      padded to 16. Rows of a column ascend.
 *
 * All sections are 16-byte aligned, so that SIMD loads and typed-array views need no copy.
 */
import type { ArrayType, TypedArray } from './wire.ts'

export const SHARD_MAGIC = 0x44524853 // 'SHRD', little-endian
export const SHARD_VERSION = 1
export const SHARD_HEADER_BYTES = 32
export const SHARD_BYTES_TARGET = 1 << 20

/** The order is the code in the file: narrowest first. */
export const VALUE_TYPES = ['u2', 'u8', 'i16', 'f32', 'f64'] as const
export type ValueType = (typeof VALUE_TYPES)[number]
export const VALUE_BITS: Record<ValueType, number> = { u2: 2, u8: 8, i16: 16, f32: 32, f64: 64 }

export interface Shard {
  readonly bytes: Uint8Array
  readonly layout: 'dense' | 'sparse'
  readonly valueType: ValueType
  readonly rows: number
  readonly columns: number
  readonly firstColumn: number
  readonly nonZeros: number
  /** Dense: bytes from one column to the next. Sparse: 0. */
  readonly stride: number
  /** Dense: the values as one array (u2: the raw bytes), `stride / bytes per element` apart. Sparse: (nnz). */
  readonly values: Uint8Array | Int16Array | Float32Array | Float64Array
  /** Sparse: entries of column j are starts[j] … starts[j + 1] (m + 1). Dense: empty. */
  readonly starts: Uint32Array
  /** Sparse: row of every entry (nnz). Dense: empty. */
  readonly rowIndex: Uint16Array | Uint32Array
  /** Byte offsets of the sections within `bytes`, for kernels that address memory themselves. */
  readonly at: { values: number; starts: number; rowIndex: number }
}

export class ShardError extends Error {
  override name = 'ShardError'
}

export const pad16 = (bytes: number): number => Math.ceil(bytes / 16) * 16
const constructors = {
  u2: Uint8Array,
  u8: Uint8Array,
  i16: Int16Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

export interface DenseColumns {
  layout: 'dense'
  valueType: ValueType
  rows: number
  firstColumn: number
  /** One array of n values per column; every value must be exact in `valueType`. */
  columns: ArrayLike<number>[]
}

export interface SparseColumns {
  layout: 'sparse'
  valueType: Exclude<ValueType, 'u2'>
  rows: number
  firstColumn: number
  /** Rows ascending, values exact in `valueType`, no explicit zeros. */
  columns: { rows: ArrayLike<number>; values: ArrayLike<number> }[]
}

/** The same with all entries one after the other: those of column j begin at starts[j] − starts[0]. */
export interface SparseBlock extends Omit<SparseColumns, 'columns'> {
  /** (m + 1) */
  starts: Uint32Array | Float64Array
  /** (nnz) */
  rowIndex: Uint32Array
  /** (nnz) */
  values: ArrayLike<number>
}

/** Pack columns into a shard. The caller has chosen a type that holds every value exactly. */
export function encodeShard(
  input: DenseColumns | SparseColumns | SparseBlock,
): Uint8Array<ArrayBuffer> {
  if (input.layout === 'dense') return encodeDense(input)
  return 'starts' in input ? encodeBlock(input) : encodeSparse(input)
}

function header(
  bytes: Uint8Array,
  input: DenseColumns | SparseColumns | SparseBlock,
  columns: number,
  stride: number,
  nonZeros: number,
): void {
  const view = new DataView(bytes.buffer)
  view.setUint32(0, SHARD_MAGIC, true)
  view.setUint16(4, SHARD_VERSION, true)
  view.setUint8(6, input.layout === 'dense' ? 0 : 1)
  view.setUint8(7, VALUE_TYPES.indexOf(input.valueType))
  view.setUint32(8, input.rows, true)
  view.setUint32(12, columns, true)
  view.setUint32(16, input.firstColumn, true)
  view.setUint32(20, stride, true)
  view.setUint32(24, nonZeros, true)
}

function encodeDense(input: DenseColumns): Uint8Array<ArrayBuffer> {
  const { rows: n, columns, valueType } = input
  const stride = pad16(Math.ceil((n * VALUE_BITS[valueType]) / 8))
  const bytes = new Uint8Array(SHARD_HEADER_BYTES + stride * columns.length)
  let nonZeros = 0
  columns.forEach((column, j) => {
    const at = SHARD_HEADER_BYTES + j * stride
    const out = new constructors[valueType](
      bytes.buffer,
      at,
      stride / constructors[valueType].BYTES_PER_ELEMENT,
    )
    nonZeros += valueType === 'u2' ? packU2(column, n, out as Uint8Array) : store(column, n, out)
  })
  header(bytes, input, columns.length, stride, nonZeros)
  return bytes
}

/** Rows of a byte that are not zero, by the byte. */
const nonZerosU2 = Uint8Array.from({ length: 256 }, (_, byte) =>
  [0, 2, 4, 6].reduce((count, shift) => count + Number(((byte >> shift) & 3) !== 0), 0),
)

/** Four rows a byte; returns how many are not zero. */
function packU2(column: ArrayLike<number>, n: number, out: Uint8Array): number {
  let nonZeros = 0
  const whole = n >> 2
  for (let b = 0, i = 0; b < whole; b++, i += 4) {
    const byte = column[i]! | (column[i + 1]! << 2) | (column[i + 2]! << 4) | (column[i + 3]! << 6)
    out[b] = byte
    nonZeros += nonZerosU2[byte]!
  }
  for (let i = whole << 2; i < n; i++) {
    out[whole]! |= column[i]! << (2 * (i & 3))
    if (column[i] !== 0) nonZeros++
  }
  return nonZeros
}

function store(column: ArrayLike<number>, n: number, out: Shard['values']): number {
  let nonZeros = 0
  for (let i = 0; i < n; i++) {
    const x = column[i]!
    if (x !== 0) nonZeros++
    out[i] = x
  }
  return nonZeros
}

function encodeSparse(input: SparseColumns): Uint8Array<ArrayBuffer> {
  const { columns } = input
  const nnz = columns.reduce((sum, column) => sum + column.rows.length, 0)
  const { bytes, starts, rowIndex, values } = sparseRoom(input, columns.length, nnz)
  let k = 0
  columns.forEach((column, j) => {
    starts[j] = k
    rowIndex.set(column.rows, k)
    values.set(column.values, k)
    k += column.rows.length
  })
  starts[columns.length] = k
  return bytes
}

function encodeBlock(input: SparseBlock): Uint8Array<ArrayBuffer> {
  const columns = input.starts.length - 1
  const room = sparseRoom(input, columns, input.values.length)
  const first = input.starts[0]!
  for (let j = 0; j <= columns; j++) room.starts[j] = input.starts[j]! - first
  room.rowIndex.set(input.rowIndex)
  room.values.set(input.values)
  return room.bytes
}

/** A sparse shard with its header, and its sections to be filled. */
function sparseRoom(input: SparseColumns | SparseBlock, columns: number, nnz: number) {
  const { rows: n, valueType } = input
  const indexBytes = n <= 65536 ? 2 : 4
  const at = sparseSections(columns, nnz, indexBytes)
  const bytes = new Uint8Array(pad16(at.values + nnz * constructors[valueType].BYTES_PER_ELEMENT))
  header(bytes, input, columns, indexBytes, nnz)
  const Index = indexBytes === 2 ? Uint16Array : Uint32Array
  return {
    bytes,
    starts: new Uint32Array(bytes.buffer, at.starts, columns + 1),
    rowIndex: new Index(bytes.buffer, at.rowIndex, nnz),
    values: new constructors[valueType](bytes.buffer, at.values, nnz),
  }
}

function sparseSections(m: number, nnz: number, indexBytes: number): Shard['at'] {
  const starts = SHARD_HEADER_BYTES
  const rowIndex = starts + pad16(4 * (m + 1))
  return { starts, rowIndex, values: rowIndex + pad16(nnz * indexBytes) }
}

/** The inverse of encodeShard: views on the bytes, everything they claim checked first. */
export function openShard(input: Uint8Array): Shard {
  const shard = openTrustedShard(input)
  if (shard.layout === 'sparse') checkSparse(shard)
  return shard
}

/** The same for bytes that were checked when they were stored: the indices are not read through. */
export function openTrustedShard(input: Uint8Array): Shard {
  // Copied where it is not aligned (a Buffer's own slice() would be another view).
  const bytes = input.byteOffset % 16 === 0 ? input : new Uint8Array(input)
  if (bytes.byteLength < SHARD_HEADER_BYTES) throw new ShardError('shorter than a shard header')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== SHARD_MAGIC) throw new ShardError('not a shard (wrong magic)')
  const version = view.getUint16(4, true)
  if (version !== SHARD_VERSION)
    throw new ShardError(`got a v${version} shard when expected v${SHARD_VERSION}`)
  if (view.getUint8(6) > 1) throw new ShardError(`unknown layout ${view.getUint8(6)}`)
  const layout = view.getUint8(6) === 0 ? 'dense' : 'sparse'
  const valueType = VALUE_TYPES[view.getUint8(7)]
  if (!valueType) throw new ShardError(`unknown value type ${view.getUint8(7)}`)
  const rows = view.getUint32(8, true)
  const columns = view.getUint32(12, true)
  const word = view.getUint32(20, true)
  const common = { bytes, layout, valueType, rows, columns } as const
  const shape = { firstColumn: view.getUint32(16, true), nonZeros: view.getUint32(24, true) }
  const array = <T extends ArrayType>(type: T, at: number, length: number) =>
    section(bytes, type, at, length)
  if (layout === 'dense') {
    if (word % 16 !== 0 || word * 8 < rows * VALUE_BITS[valueType])
      throw new ShardError(`a stride of ${word} bytes does not hold ${rows} ${valueType} values`)
    const at = { values: SHARD_HEADER_BYTES, starts: 0, rowIndex: 0 }
    const size = constructors[valueType].BYTES_PER_ELEMENT
    const values = typedValues(bytes, valueType, at.values, (word / size) * columns)
    const none = { starts: new Uint32Array(0), rowIndex: new Uint16Array(0) }
    return { ...common, ...shape, ...none, stride: word, values, at }
  }
  if (valueType === 'u2') throw new ShardError('a sparse shard cannot have two-bit values')
  if (word !== 2 && word !== 4) throw new ShardError(`a row index of ${word} bytes is not 2 or 4`)
  const at = sparseSections(columns, shape.nonZeros, word)
  const starts = array('u32', at.starts, columns + 1) as Uint32Array
  const rowIndex = array(word === 2 ? 'u16' : 'u32', at.rowIndex, shape.nonZeros)
  const values = typedValues(bytes, valueType, at.values, shape.nonZeros)
  return { ...common, ...shape, stride: 0, values, starts, rowIndex: rowIndex as Uint16Array, at }
}

/** Kernels index with these numbers unchecked, so they are checked once, here. */
function checkSparse({ starts, rowIndex, rows, nonZeros: nnz }: Shard): void {
  for (let j = 1; j < starts.length; j++)
    if (starts[j]! < starts[j - 1]!) throw new ShardError(`column ${j - 1} has a negative length`)
  if (starts[0] !== 0 || starts.at(-1) !== nnz) throw new ShardError('columns do not cover entries')
  for (let j = 1; j < starts.length; j++) {
    let last = -1
    for (let k = starts[j - 1]!; k < starts[j]!; k++) {
      const row = rowIndex[k]!
      if (row >= rows) throw new ShardError(`entry ${k} has row ${row} of ${rows}`)
      if (row <= last) throw new ShardError(`column ${j - 1} has row ${row} after row ${last}`)
      last = row
    }
  }
}

function typedValues(bytes: Uint8Array, type: ValueType, at: number, length: number) {
  const Ctor = constructors[type]
  if (at + length * Ctor.BYTES_PER_ELEMENT > bytes.byteLength)
    throw new ShardError(`values end past the shard (${bytes.byteLength} bytes)`)
  return new Ctor(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length)
}

function section(bytes: Uint8Array, type: ArrayType, at: number, length: number): TypedArray {
  const Ctor = type === 'u16' ? Uint16Array : Uint32Array
  if (at + length * Ctor.BYTES_PER_ELEMENT > bytes.byteLength)
    throw new ShardError(`indices end past the shard (${bytes.byteLength} bytes)`)
  return new Ctor(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length)
}
