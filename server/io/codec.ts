/** Log records as frames and back; errors as messages. */
import { UserError } from '../../shared/errors.ts'
import { type SettledHead, settledHeadSchema } from '../../shared/protocol.ts'
import { decodeFrame, encodeFrame, WireError } from '../../shared/wire.ts'
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

/** The head of a delta frame, or what is wrong with the frame. */
export function readDeltaHead(frame: Uint8Array): SettledHead | string {
  try {
    const parsed = settledHeadSchema.safeParse(decodeFrame(frame).head)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    return `the frame's head is not right: ${issue?.path.join('.')}: ${issue?.message}`
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
}

/** What ends an engine, as its last message. */
export function explain(error: unknown): Extract<FromEngine, { type: 'crashed' }> {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  if (error instanceof UserError) return { type: 'crashed', error: message, mistake: true, stack }
  const text = `The job stopped on an error inside Shoal (${message}); the server's log has the details.`
  return { type: 'crashed', error: text, mistake: false, stack }
}
