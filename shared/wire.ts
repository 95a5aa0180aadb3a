/**
 * Frames: one packed buffer per message, on the wire, in the log and in the cache.
 *
 *   offset 0   u32  magic 'SHOL'
 *   offset 4   u32  version
 *   offset 8   u32  bytes of the head
 *   offset 12  u32  total bytes of the frame
 *   offset 16  head: ASCII JSON, then padding to 8
 *   then       every array in the order the head lists them, each padded to 8
 *
 * The head is any JSON object; its field `arrays` is ours: [name, type, length] of each array. Arrays
 * of f32 may travel as f16 (halves.ts), and are f32 again on arrival. All
 * numbers are little-endian, which every machine with WebAssembly is. `decodeFrame` returns views
 * on the buffer, so that nothing is copied (the idea of flatbush).
 */
import { fromHalves, toHalves } from './halves.ts'

const MAGIC = 0x4c4f4853 // 'SHOL', little-endian
export const FRAME_VERSION = 1
const HEAD_BYTES_MAX = 1 << 20
const ARRAYS_MAX = 64

export const constructors = {
  i8: Int8Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

export type ArrayType = keyof typeof constructors
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
/** Named typed arrays: the payload of a lease, of a delta, of a log record. */
export type Arrays = Record<string, TypedArray>

export const bytesOf = (arrays: Arrays): number =>
  Object.values(arrays).reduce((sum, array) => sum + array.byteLength, 0)

export interface Frame {
  head: Record<string, unknown>
  arrays: Arrays
}

/** A frame that cannot be what it claims; the message says what was expected. */
export class WireError extends Error {
  override name = 'WireError'
}

const pad8 = (bytes: number): number => (bytes + 7) & ~7

export function typeOf(array: TypedArray): ArrayType {
  for (const type of Object.keys(constructors) as ArrayType[])
    if (array instanceof constructors[type]) return type
  throw new WireError('an array has a type that the wire does not carry')
}

/** JSON with every non-ASCII character escaped, so that characters are bytes. */
function toAscii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * `halves` names arrays of f32 that travel as f16: rounded, unless that is what they hold. `room` gives
 * the bytes to fill, aligned to 8 and of any content.
 */
export function encodeFrame(
  head: Record<string, unknown>,
  given: Arrays,
  halves: readonly string[] = [],
  room = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length),
): Uint8Array<ArrayBuffer> {
  const names = Object.keys(given)
  const arrays: Arrays = { ...given }
  for (const name of halves) arrays[name] = toHalves(given[name]!)
  const table = names.map((name) => {
    const type = halves.includes(name) ? 'f16' : typeOf(arrays[name]!)
    return [name, type, arrays[name]!.length]
  })
  const text = toAscii({ ...head, arrays: table })
  const bodyAt = 16 + pad8(text.length)
  const total = names.reduce((at, name) => at + pad8(arrays[name]!.byteLength), bodyAt)
  const bytes = room(total)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, FRAME_VERSION, true)
  view.setUint32(8, text.length, true)
  view.setUint32(12, total, true)
  for (let i = 0; i < text.length; i++) bytes[16 + i] = text.charCodeAt(i)
  bytes.fill(0, 16 + text.length, bodyAt)
  let at = bodyAt
  for (const name of names) {
    const array = arrays[name]!
    const end = at + array.byteLength
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at += pad8(array.byteLength)
    bytes.fill(0, end, at)
  }
  return bytes
}

/**
 * The inverse of encodeFrame. The bytes may come from a stranger: whatever they hold, the answer
 * is a frame whose arrays lie inside the buffer, or a WireError.
 */
export function decodeFrame(input: Uint8Array): Frame {
  // Views need 8-byte alignment; sockets hand out slices at any offset (a Buffer's own slice() is a view).
  const bytes = input.byteOffset % 8 === 0 ? input : new Uint8Array(input)
  const { buffer, byteOffset: base, byteLength: size } = bytes
  if (size < 16) throw new WireError(`a frame has at least 16 bytes, this one has ${size}`)
  const view = new DataView(buffer, base, size)
  if (view.getUint32(0, true) !== MAGIC) throw new WireError('not a Shoal frame (wrong magic)')
  const version = view.getUint32(4, true)
  if (version !== FRAME_VERSION)
    throw new WireError(`got a v${version} frame when expected v${FRAME_VERSION}`)
  const headBytes = view.getUint32(8, true)
  if (view.getUint32(12, true) !== size)
    throw new WireError(`the frame says ${view.getUint32(12, true)} bytes and has ${size}`)
  if (headBytes > HEAD_BYTES_MAX || 16 + headBytes > size)
    throw new WireError(`the frame's head of ${headBytes} bytes does not fit`)
  const head = parseHead(bytes.subarray(16, 16 + headBytes))
  const arrays: Arrays = {}
  let at = 16 + pad8(headBytes)
  for (const [name, type, length] of readTable(head.arrays)) {
    const made = constructors[type === 'f16' ? 'u16' : type]
    const byteLength = length * made.BYTES_PER_ELEMENT
    if (Object.hasOwn(arrays, name)) throw new WireError(`the frame has array ${name} twice`)
    if (at + byteLength > size)
      throw new WireError(`array ${name} of ${length} ${type} ends past the frame`)
    const array = new made(buffer as ArrayBuffer, base + at, length)
    arrays[name] = type === 'f16' ? fromHalves(array as Uint16Array) : array
    at += pad8(byteLength)
  }
  if (at !== size) throw new WireError(`${size - at} bytes are left after the last array`)
  delete head.arrays
  return { head, arrays }
}

function parseHead(bytes: Uint8Array): Record<string, unknown> {
  let text = ''
  for (let i = 0; i < bytes.length; i += 4096)
    text += String.fromCharCode(...bytes.subarray(i, i + 4096))
  let head: unknown
  try {
    head = JSON.parse(text)
  } catch {
    throw new WireError("the frame's head is not JSON")
  }
  if (typeof head !== 'object' || head === null || Array.isArray(head))
    throw new WireError("the frame's head is not an object")
  return head as Record<string, unknown>
}

function readTable(table: unknown): [string, ArrayType | 'f16', number][] {
  if (!Array.isArray(table) || table.length > ARRAYS_MAX)
    throw new WireError(`the head's field "arrays" must be a list of at most ${ARRAYS_MAX} arrays`)
  return table.map((row) => {
    const [name, type, length] = Array.isArray(row) ? row : []
    if (typeof name !== 'string' || !/^[a-zA-Z]\w{0,31}$/.test(name))
      throw new WireError('an array of the frame has no proper name')
    if (typeof type !== 'string' || !(type === 'f16' || Object.hasOwn(constructors, type)))
      throw new WireError(`array ${name} has the unknown type ${String(type)}`)
    if (!Number.isSafeInteger(length) || length < 0)
      throw new WireError(`array ${name} has no proper length`)
    return [name, type as ArrayType | 'f16', length]
  })
}
