/**
 * How often JavaScript's collector runs in a server.
 *
 * Deltas pass through a server as buffers, megabytes each and soon garbage, and the collector goes by
 * their bytes: beside a heap of 20 MB it thinks every ten of them worth a full collection. Twelve epochs
 * of 10⁷ ratings (mfsgd, K = 32, 260 MB of deltas): 60 full collections, 570 of the young, and 4.8 s of
 * processor for the whole server; with these settings 4, 220, and 3.5 s. The most it held was the same
 * 665 MB.
 */
import { setFlagsFromString } from 'node:v8'

/** A full collection when there is five times what the last one left (by default 1.3 to 4 times). */
const GROWING_PERCENT = 400
/** Threads of engines begin with room for so much. */
const INITIAL_MB = 512

/** To be called first: threads take it over when they begin. */
export function collectSeldom(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`)
  setFlagsFromString(`--initial-heap-size=${INITIAL_MB}`)
}
