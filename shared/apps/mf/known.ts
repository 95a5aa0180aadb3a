/**
 * What the server knows of each tab's memory (memory.ts): which version of which row is there.
 *
 * A tab has what it was sent, and what it has computed and the server has committed. Whenever a lease
 * ends otherwise (the tab is gone, gave it back, was too late or wrong) nothing is counted on any
 * more, and the next lease begins with "forget". A row that another tab solves is a version newer
 * from then on, and so is sent again when it is needed. Nothing here outlives the server or changes
 * the model.
 */
import type { Side } from './sides.ts'
import type { Known, MfState } from './state.ts'

/** Rows that a tab is made to remember, bytes: a phone can bear it. */
const TAB_BYTES_MAX = 64 << 20
/** The server's own account of all tabs, bytes. */
const ACCOUNT_BYTES_MAX = 256 << 20
/** Versions are kept in a byte: older accounts than this many sweeps could be mistaken for new. */
const SWEEPS_MAX = 200

/** The account of a tab's memory, opened anew when it has become too large or too old. */
export function knownBy(state: MfState, memory: string): Known {
  const { known, users, items, points, spec } = state
  const bytesMax = TAB_BYTES_MAX / (4 * (spec.rank + 1))
  const before = known.get(memory)
  known.delete(memory)
  const isUsable = before && before.rows <= bytesMax && points.length - before.since <= SWEEPS_MAX
  const account: Known = isUsable
    ? before
    : {
        ...{ memory, users: new Uint8Array(users.count), items: new Uint8Array(items.count) },
        ...{ since: points.length, rows: 0, isNew: true, gram: null },
      }
  // The one that asked last comes last, and the first goes when there are too many.
  known.set(memory, account)
  const accountsMax = Math.max(1, ACCOUNT_BYTES_MAX / (users.count + items.count + 1))
  for (const old of known.keys()) {
    if (known.size <= accountsMax) break
    known.delete(old)
  }
  return account
}

const markOf = (version: number): number => 1 + (version % 255)

export const has = (known: Known, side: Side, row: number): boolean =>
  known[side.name][row] === markOf(side.sweep[row]!)

/** The tab is sent the row as it is now, or has computed it as it will be (`newer`: 1). */
export function learn(known: Known, side: Side, row: number, newer = 0): void {
  const marks = known[side.name]
  if (marks[row] === 0) known.rows++
  marks[row] = markOf(side.sweep[row]! + newer)
}

export function isCurrent(state: MfState, known: Known): boolean {
  return state.known.get(known.memory) === known
}

export function forget(state: MfState, known: Known): void {
  if (isCurrent(state, known)) state.known.delete(known.memory)
}
