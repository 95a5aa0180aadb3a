/**
 * A tab's memory of a topic model: parts of the documents, blocks of words and the topics of cells, each
 * as the tab was sent it or has left it behind.
 *
 * A tab that stays with its documents need not be sent them again: of a lease then remain the words that
 * others have sampled since, and of all words none where one tab does everything. The server knows what
 * is here (known.ts).
 *
 * A lease as it travels then has `place`, u32 (6): is all to be forgotten first?, part, block, and for
 * each of the three groups below 1 where it is here; the arrays of such a group are left out.
 */
import type { Arrays } from '../../wire.ts'
import { LeaseError, type Memory, type Recalled } from '../kernel.ts'
import { delta } from './buffers.ts'

/** What is remembered together: of a part, of a block, of a cell. */
export const GROUPS = [
  ['slot', 'column', 'docPairs', 'docTopics', 'docCounts'],
  ['wordPairs', 'wordTopics', 'wordCounts'],
  ['z'],
] as const

/** Parts and blocks: more would make numbers of cells that are none. */
const SIDES_MAX = 2 ** 26

/** Arrays of a delta that travel; the others were for this memory. */
const SENT = delta.map(({ name }) => name)

interface Entry {
  arrays: Arrays
}

export function openMemory(): Memory {
  const groups = GROUPS.map(() => new Map<number, Entry>())
  return {
    recall(given: Arrays): Recalled {
      // A server that keeps no account of this tab sends leases as kernels take them.
      if (!given.place) return { lease: given, sent: SENT, keep: () => undefined }
      const { place, ...lease } = given
      const [forgets, part, block, ...isHere] = place
      if (forgets === 1) for (const group of groups) group.clear()
      const keys = [part!, block!, part! * SIDES_MAX + block!]
      const entries = groups.map((group, g) => {
        const names = GROUPS[g]!
        const known = group.get(keys[g]!)
        if (isHere[g] === 1 && !known)
          throw new LeaseError(`the lease counts on "${names[0]}" of a cell that is not here`)
        const entry = { arrays: pick(isHere[g] === 1 ? known!.arrays : lease, names) }
        group.set(keys[g]!, entry)
        Object.assign(lease, entry.arrays)
        return entry
      })
      return {
        lease,
        sent: SENT,
        keep(after: Arrays) {
          entries.forEach((entry, g) => {
            // A lease that came later has the word: this one is an answer too late.
            if (groups[g]!.get(keys[g]!) === entry)
              Object.assign(entry.arrays, pick(after, GROUPS[g]!))
          })
        },
      }
    },
  }
}

/** Those of the named arrays that there are. */
function pick(from: Arrays, names: readonly string[]): Arrays {
  const picked: Arrays = {}
  for (const name of names) {
    const array = from[name]
    if (array) picked[name] = array
  }
  return picked
}
