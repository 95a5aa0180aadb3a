/** What can be said of a delta without knowing the app: its fields, their types, finite numbers. */
import type { BufferSpec } from '../../shared/app.ts'
import type { Refusal } from '../../shared/protocol.ts'
import type { Arrays, ArrayType, TypedArray } from '../../shared/wire.ts'

export interface Fault {
  reason: Refusal
  detail: string
}

const TAGS: Record<ArrayType, string> = {
  i8: 'Int8Array',
  u8: 'Uint8Array',
  u16: 'Uint16Array',
  u32: 'Uint32Array',
  i32: 'Int32Array',
  f32: 'Float32Array',
  f64: 'Float64Array',
}

/** Null when `arrays` has exactly the fields and types of `specs` and all its numbers are finite. */
export function inspect(specs: readonly BufferSpec[], arrays: Arrays): Fault | null {
  for (const name of Object.keys(arrays))
    if (!specs.some((spec) => spec.name === name)) return malformed(`unexpected array "${name}"`)
  for (const { name, type } of specs) {
    const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined
    if (!array) return malformed(`array "${name}" is missing`)
    if (array[Symbol.toStringTag] !== TAGS[type])
      return malformed(`array "${name}" is a ${array[Symbol.toStringTag]}, expected ${type}`)
    const at = type === 'f32' || type === 'f64' ? firstNotFinite(array) : -1
    if (at >= 0)
      return { reason: 'not-finite', detail: `array "${name}" holds ${array[at]} at ${at}` }
  }
  return null
}

/** An app's answer to `check`: null, or a reason; one that starts with "shape:" is about lengths. */
export function complaint(reason: string | null): Fault | null {
  if (reason === null) return null
  if (!reason.startsWith('shape:')) return { reason: 'wrong-values', detail: reason }
  return { reason: 'wrong-shape', detail: reason.slice('shape:'.length).trim() }
}

function malformed(detail: string): Fault {
  return { reason: 'malformed', detail }
}

function firstNotFinite(array: TypedArray): number {
  for (let i = 0; i < array.length; i++) if (!Number.isFinite(array[i]!)) return i
  return -1
}
