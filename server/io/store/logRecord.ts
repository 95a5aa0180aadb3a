/** The records of a job's log as frames, and back; and the snapshot that stands for the first of them. */
import { decodeFrame, encodeFrame } from '../../../shared/wire.ts'
import type { LogRecord, Snapshot } from '../../core/events.ts'
import type { Store } from './store.ts'

/** `room` as in encodeFrame. */
export function recordFrame(
  record: LogRecord,
  room?: (length: number) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const { arrays, ...head } = record
  return encodeFrame(head, arrays, [], room)
}

/** The inverse of recordFrame. The bytes are our own: what they lack is a mistake of ours. */
export function readRecord(bytes: Uint8Array): LogRecord {
  const { head, arrays } = decodeFrame(bytes)
  return { ...(head as unknown as Omit<LogRecord, 'arrays'>), arrays }
}

/** Volunteers may be too many for a frame's head: their names travel as an array of the frame. */
export function snapshotFrame({ arrays, ...head }: Snapshot): Uint8Array<ArrayBuffer> {
  const { volunteers, ...counted } = head.counted
  const names = new TextEncoder().encode(volunteers.join('\n'))
  return encodeFrame({ ...head, counted }, { ...arrays, volunteers: names })
}

/** The inverse of snapshotFrame. */
export function readSnapshot(bytes: Uint8Array): Snapshot {
  const { head, arrays: all } = decodeFrame(bytes)
  const { volunteers, ...arrays } = all
  const names = new TextDecoder().decode(volunteers)
  const { counted, ...rest } = head as unknown as Omit<Snapshot, 'arrays'>
  const who = names === '' ? [] : names.split('\n')
  return { ...rest, counted: { ...counted, volunteers: who }, arrays }
}

/** What a job's engine opens from: the snapshot, if there is one, and the records behind it. */
export function readLog(
  store: Store,
  job: string,
): { snapshot: Snapshot | undefined; log: Iterable<LogRecord> } {
  const bytes = store.snapshot(job)
  const snapshot = bytes && readSnapshot(bytes)
  return { snapshot, log: records(store.log(job, snapshot?.seq)) }
}

/** One at a time, so that a long log never stands in memory at once. */
function* records(frames: Iterable<Uint8Array>): Generator<LogRecord> {
  for (const bytes of frames) yield readRecord(bytes)
}
