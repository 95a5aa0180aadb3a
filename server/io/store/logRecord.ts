/** The records of a job's log as frames, and back. */
import { decodeFrame, encodeFrame } from '../../../shared/wire.ts'
import type { LogRecord } from '../../core/events.ts'

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
