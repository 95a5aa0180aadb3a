/** Log records as frames and back, deltas against an app's table, errors as messages. */
import type { BufferSpec } from '../../shared/app.ts'
import { UserError } from '../../shared/errors.ts'
import { type Arrays, decodeFrame, encodeFrame } from '../../shared/wire.ts'
import type { LogRecord } from '../core/events.ts'
import type { FromEngine } from './engineMessages.ts'

export function recordFrame(record: LogRecord): Uint8Array<ArrayBuffer> {
  const { arrays, ...head } = record
  return encodeFrame(head, arrays)
}

/** The inverse of recordFrame. The bytes are our own: what they lack is a mistake of ours. */
export function readRecord(bytes: Uint8Array): LogRecord {
  const { head, arrays } = decodeFrame(bytes)
  return { ...(head as unknown as Omit<LogRecord, 'arrays'>), arrays }
}

/** Records one at a time, so that a long log never stands in memory at once. */
export function* readLog(frames: Iterable<Uint8Array>): Generator<LogRecord> {
  for (const bytes of frames) yield readRecord(bytes)
}

const constructors: Record<BufferSpec['type'], { new (n: number): unknown }> = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
}

/** Null, or how these arrays differ from the app's table of delta fields. */
export function deltaFault(arrays: Arrays, table: readonly BufferSpec[]): string | null {
  for (const { name, type } of table) {
    const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined
    if (!array) return `the field ${name} is missing`
    if (!(array instanceof constructors[type])) return `the field ${name} must be of type ${type}`
  }
  const extra = Object.keys(arrays).find((name) => !table.some((field) => field.name === name))
  return extra === undefined ? null : `the field ${extra} was not asked for`
}

/** What ends an engine, as its last message. */
export function explain(error: unknown): Extract<FromEngine, { type: 'crashed' }> {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  if (error instanceof UserError) return { type: 'crashed', error: message, mistake: true, stack }
  const text = `The job stopped on an error inside Shoal (${message}); the server's log has the details.`
  return { type: 'crashed', error: text, mistake: false, stack }
}
