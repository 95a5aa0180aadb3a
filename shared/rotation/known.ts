/**
 * What the server knows of each tab's memory (memory.ts): which parts, blocks, … of the grid are there
 * as they are now.
 *
 * A tab has what it was sent, and what it has computed and the server has committed. Whenever a lease
 * ends otherwise (the tab is gone, gave it back, was too late or wrong) nothing is counted on any more,
 * and the next lease begins with "forget". What another tab changes is a version newer from then on, and
 * is sent again when it is needed. Nothing here outlives the server or changes the model.
 */
import type { Arrays } from '../wire.ts'
import type { Groups } from './memory.ts'

/** Tabs of which an account is kept. */
const ACCOUNTS_MAX = 2000

/** Of every group (parts, blocks, …) the number of commits that have changed each member. */
export type Versions = readonly Uint32Array[]

/** One member of every group: what a lease needs. */
export type Places = readonly number[]

export interface Known {
  readonly memory: string
  /** Those of the grid that is counted on. */
  readonly now: Versions
  /** 1 + the version that is there; 0: none. */
  readonly there: Versions
  bytes: number
  /** No lease has gone out on it: the first one says "forget". */
  isNew: boolean
}

/** By the names of the tabs' memories. */
export type Accounts = Map<string, Known>

/** The account of a tab's memory on the grid of today; a new one where there are more bytes than that. */
export function knownBy(
  accounts: Accounts,
  now: Versions,
  memory: string,
  bytesMax: number,
): Known {
  const before = accounts.get(memory)
  accounts.delete(memory)
  const isUsable = before?.now === now && before.bytes <= bytesMax
  const none = now.map((versions) => new Uint32Array(versions.length))
  const account = isUsable ? before : { memory, now, there: none, bytes: 0, isNew: true }
  // The one that asked last comes last, and the first goes when there are too many.
  accounts.set(memory, account)
  for (const old of accounts.keys()) {
    if (accounts.size <= ACCOUNTS_MAX) break
    accounts.delete(old)
  }
  return account
}

/** Which of them are there as they are now. */
export function remembers({ there, now }: Known, places: Places): boolean[] {
  return places.map((at, g) => there[g]![at] === 1 + now[g]![at]!)
}

/** Of each group, the bytes of those of its arrays that there are. */
export const bytesOf = (groups: Groups, arrays: Arrays): number[] =>
  groups.map((names) => names.reduce((sum, name) => sum + (arrays[name]?.byteLength ?? 0), 0))

/** The tab is sent what it lacks, `bytes` of each group: `place` of the lease (memory.ts). */
export function send(known: Known, places: Places, bytes: readonly number[]): Uint32Array {
  const isHere = remembers(known, places)
  places.forEach((at, g) => {
    // What replaces an older version takes its place.
    if (known.there[g]![at] === 0) known.bytes += bytes[g]!
  })
  note(known, places)
  const forgets = known.isNew
  known.isNew = false
  return Uint32Array.of(Number(forgets), ...places, ...isHere.map(Number))
}

function note({ there, now }: Known, places: Places): void {
  places.forEach((at, g) => {
    there[g]![at] = 1 + now[g]![at]!
  })
}

/** Its delta is committed: the tab has the places as they are now. To be called after the commit. */
export function learn(accounts: Accounts, known: Known, places: Places): void {
  if (accounts.get(known.memory) === known) note(known, places)
}

export function forget(accounts: Accounts, known: Known): void {
  if (accounts.get(known.memory) === known) accounts.delete(known.memory)
}
