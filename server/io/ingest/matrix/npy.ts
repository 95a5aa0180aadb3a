/**
 * NumPy .npy: a magic string, a header that is a Python dictionary (type, order, shape), raw cells.
 */
import { UserError } from '../../../../shared/errors.ts'
import { checkShape, count, counted } from '../limits.ts'
import { quoteCell } from '../number.ts'
import type { Source } from '../source.ts'
import { type Cells, type CellType, cellTypes } from './cells.ts'
import { ColumnPieces, RowTiles } from './dense.ts'
import type { Matrix, ReadOptions } from './matrix.ts'
import { ColumnStats } from './stats.ts'

/** Types of cells by NumPy's name without its byte order; 64-bit integers become f64, checked. */
const TYPES: Record<string, { type: CellType; bytes: number }> = {
  b1: { type: 'u8', bytes: 1 },
  u1: { type: 'u8', bytes: 1 },
  i1: { type: 'i8', bytes: 1 },
  u2: { type: 'u16', bytes: 2 },
  i2: { type: 'i16', bytes: 2 },
  u4: { type: 'u32', bytes: 4 },
  i4: { type: 'i32', bytes: 4 },
  u8: { type: 'f64', bytes: 8 },
  i8: { type: 'f64', bytes: 8 },
  f4: { type: 'f32', bytes: 4 },
  f8: { type: 'f64', bytes: 8 },
}

interface Header {
  kind: string
  isBigEndian: boolean
  isFortran: boolean
  shape: number[]
  /** Where the cells begin. */
  bodyAt: number
}

export function parseHeader({ label, head }: Source): Header {
  const refuse = (what: string): never => {
    throw new UserError(
      `${label}: the header ${what}; write the file again with numpy.save(path, X).`,
    )
  }
  const isShort = head.length < 12
  const major = isShort ? 0 : head[6]!
  if (isShort || major < 1 || major > 3) refuse('is not that of .npy version 1, 2 or 3')
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8)
  const bodyAt = (major === 1 ? 10 : 12) + length
  if (bodyAt > head.length) refuse(`claims ${count(length)} bytes, more than the file has`)
  const text = head.toString('latin1', major === 1 ? 10 : 12, bodyAt)
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d+)'/.exec(text)
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\dL,\s]*)\)/.exec(text)?.[1]
  if (!order || shape === undefined) refuse('lacks fortran_order or shape')
  const kind = descr?.[2] ?? ''
  if (!Object.hasOwn(TYPES, kind))
    throw new UserError(
      `${label} holds cells of type ${quoteCell(/'descr'\s*:\s*([^}]{1,40}?),\s*'/.exec(text)?.[1] ?? '?')}; expected bool, integers or 32- or 64-bit floats, so save X.astype('f4') or X.toarray().`,
    )
  const sizes = shape!
    .split(',')
    .flatMap((part) => (part.trim() ? [Number.parseInt(part, 10)] : []))
  return {
    kind,
    isBigEndian: descr![1] === '>',
    isFortran: order === 'True',
    shape: sizes,
    bodyAt,
  }
}

function shapeOf({ shape }: Header, label: string, allowsVector: boolean): [number, number] {
  if (allowsVector && shape.length === 1) return [shape[0]!, 1]
  if (shape.length !== 2)
    throw new UserError(
      `${label} has the shape (${shape.join(', ')}); expected two dimensions, rows × columns${
        shape.length === 1 ? ', so save X.reshape(-1, 1) if it is one column' : ''
      }.`,
    )
  return [shape[0]!, shape[1]!]
}

/** A file that is too short (or, unpacked, must be) is refused before anything is allocated. */
function checkSize(
  source: Source,
  header: Header,
  cellBytes: number,
  rows: number,
  columns: number,
) {
  const { label, isGzip, sizeBytes } = source
  const claimed = header.bodyAt + rows * columns * cellBytes
  if (claimed > source.contentBytesMax)
    throw new UserError(
      `${label} claims ${count(rows)} × ${count(columns)} cells (${count(claimed)} bytes), but the file has ${count(sizeBytes)} bytes; it seems cut off, so copy it again.`,
    )
  if (!isGzip && claimed < sizeBytes) refuseTail(label)
}

function refuseTail(label: string): never {
  throw new UserError(`${label} goes on after its array; save one array in one file.`)
}

/** The cells of a chunk: aligned, little-endian, one number each. */
function decodeCells(bytes: Buffer, { kind, isBigEndian }: Header, label: string): Cells {
  const { type, bytes: size } = TYPES[kind]!
  const copy = Buffer.from(new Uint8Array(bytes).buffer)
  if (isBigEndian && size === 2) copy.swap16()
  if (isBigEndian && size === 4) copy.swap32()
  if (isBigEndian && size === 8) copy.swap64()
  if (kind === 'i8' || kind === 'u8') return wideIntegers(copy, kind === 'i8', label)
  const cells = new cellTypes[type](copy.buffer, 0, copy.length / size)
  if (kind === 'b1') for (let k = 0; k < cells.length; k++) if (cells[k] !== 0) cells[k] = 1
  return cells
}

/** 64-bit integers as f64: exact up to 2^53, refused beyond. */
function wideIntegers(bytes: Buffer, isSigned: boolean, label: string): Float64Array<ArrayBuffer> {
  const words = new Uint32Array(bytes.buffer, 0, bytes.length / 4)
  const cells = new Float64Array(words.length / 2)
  for (let k = 0; k < cells.length; k++) {
    const high = words[2 * k + 1]!
    const x = (isSigned ? high | 0 : high) * 2 ** 32 + words[2 * k]!
    if (!Number.isSafeInteger(x))
      throw new UserError(
        `${label} holds an integer near ${x}, beyond ±2^53, which a 64-bit float cannot hold exactly; rescale it or save X.astype('f8').`,
      )
    cells[k] = x
  }
  return cells
}

export async function readNpy(
  source: Source,
  options: ReadOptions,
  onRead: (fraction: number) => void,
): Promise<Matrix> {
  const { label } = source
  const header = parseHeader(source)
  const [rows, columns] = shapeOf(header, label, options.allowsVector)
  const { type, bytes: cellBytes } = TYPES[header.kind]!
  checkShape(label, rows, columns)
  checkSize(source, header, cellBytes, rows, columns)
  const stats = new ColumnStats(columns, options.imputes)
  const dense = { label, columns, type, stats, spill: options.spill }
  const cells = header.isFortran ? new ColumnPieces(dense, rows) : new RowTiles(dense)
  let skip = header.bodyAt
  let left = rows * columns
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source.chunks(onRead)) {
    const skipped = Math.min(skip, chunk.length)
    skip -= skipped
    const bytes = Buffer.concat([rest, chunk.subarray(skipped)])
    const whole = Math.floor(bytes.length / cellBytes)
    if (whole > left || (left === 0 && bytes.length > 0)) refuseTail(label)
    cells.append(decodeCells(bytes.subarray(0, whole * cellBytes), header, label), whole)
    left -= whole
    rest = bytes.subarray(whole * cellBytes)
  }
  if (left > 0)
    throw new UserError(
      `${label} ends ${counted(left, 'cell')} before the ${count(rows)} × ${count(columns)} that its header claims; copy the file again.`,
    )
  if (rest.length > 0) refuseTail(label)
  cells.finish()
  return {
    rows,
    columns,
    stats,
    constantColumns: stats.settle(rows, (j) => `${label}, column ${j + 1}`),
    reader: cells,
    names: null,
    target: null,
    format: `.npy ${header.kind}${header.isFortran ? ', Fortran order' : ''}`,
  }
}
