/**
 * Rows as bytes: factors in units of the row's largest one over 127, rounded to the nearest, ties to
 * even. All in f32, as the kernel does it.
 */
import { LEVELS, STATE_AT, STATES } from './buffers.ts'

const { fround, abs } = Math

/** Adding and taking it away leaves the nearest whole number, ties to even, of an f32 below 2^22. */
const WHOLE = 1.5 * 2 ** 23

/** (count, W) factors of (count, W) bytes; scales stand in the states (count, S). */
export function fromBytes(bytes: ArrayLike<number>, states: ArrayLike<number>): Float32Array {
  const rows = new Float32Array(bytes.length)
  const width = bytes.length / (states.length / STATES)
  let at = 0
  for (let state = STATE_AT.scale; state < states.length; state += STATES) {
    const scale = states[state]!
    for (const end = at + width; at < end; at++) rows[at] = bytes[at]! * scale
  }
  return rows
}

/** The inverse, as near as bytes are; writes the scales into `states`. */
export function toBytes(rows: Float32Array, states: Float32Array): Int8Array {
  const bytes = new Int8Array(rows.length)
  const width = rows.length / (states.length / STATES)
  for (
    let from = 0, state = STATE_AT.scale;
    state < states.length;
    from += width, state += STATES
  ) {
    let largest = 0
    for (let at = from; at < from + width; at++) largest = Math.max(largest, abs(rows[at]!))
    const scale = fround(largest * fround(1 / LEVELS))
    // So small a scale has no inverse: its row is zero.
    const units = scale < SCALE_MIN ? 0 : fround(1 / scale)
    states[state] = units === 0 ? 0 : scale
    for (let at = from; at < from + width; at++)
      bytes[at] = fround(fround(fround(rows[at]! * units) + WHOLE) - WHOLE)
  }
  return bytes
}

export const SCALE_MIN = 2 ** -100
