/**
 * A tab's memory of a model whose cells rotate: parts, blocks, …, each as the tab was sent it or has left
 * it behind. Of a lease then remains what others have changed since; where one tab does everything,
 * nothing. The server knows what is here (known.ts).
 *
 * Arrays are remembered in groups, and a lease needs one member of each. As it travels it has `place`, u32
 * (1 + 2G): is all to be forgotten first?, of each group the member, and of each group 1 where it is
 * here; the arrays of such a group are left out.
 */
import { LeaseError, type Memory, type Recalled } from '../apps/kernel.ts'
import type { Arrays } from '../wire.ts'

/** Names of the arrays that are remembered together. */
export type Groups = readonly (readonly string[])[]

export interface RotationMemory {
  readonly groups: Groups
  /** Arrays of the delta that travel, where others are for the memory alone. */
  readonly sent?: readonly string[]
}

interface Entry {
  arrays: Arrays
}

export function openRotationMemory({ groups, sent }: RotationMemory): Memory {
  const members = groups.map(() => new Map<number, Entry>())
  const travels = sent ? { sent } : {}
  return {
    recall(given: Arrays): Recalled {
      // A server that keeps no account of this tab sends leases as kernels take them.
      if (!given.place) return { lease: given, ...travels, keep: () => undefined }
      const { place, ...lease } = given
      if (place[0] === 1) for (const each of members) each.clear()
      const entries = groups.map((names, g) => {
        const at = place[1 + g]!
        const isHere = place[1 + groups.length + g] === 1
        const known = members[g]!.get(at)
        if (isHere && !known)
          throw new LeaseError(`the lease counts on "${names[0]}" of a cell that is not here`)
        const entry = { arrays: pick(isHere ? known!.arrays : lease, names) }
        members[g]!.set(at, entry)
        Object.assign(lease, entry.arrays)
        return entry
      })
      return {
        lease,
        ...travels,
        keep(after: Arrays) {
          entries.forEach((entry, g) => {
            // A lease that came later has the word: this one is an answer too late.
            if (members[g]!.get(place[1 + g]!) === entry)
              Object.assign(entry.arrays, pick(after, groups[g]!))
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
