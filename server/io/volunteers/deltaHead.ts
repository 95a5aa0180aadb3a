/** What the main thread reads of a delta: whose lease it answers. Its arrays are the engine's business. */
import { type SettledHead, settledHeadSchema } from '../../../shared/protocol.ts'
import { decodeFrame, WireError } from '../../../shared/wire.ts'

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
