/**
 * What the workgroups of shared/apps/mf/push.wgsl do: a row each, or a part of a long one.
 *
 * A large GPU solves a row in less time than it takes to make an object, hence words.
 */
import type { Lease } from '../../../shared/apps/mf/lease.ts'
import type { Place } from './arena.ts'
import type { Held } from './program.ts'
import { KINDS } from './stage.ts'

/**
 * Ratings of a part: at K = 64 some 9 M multiply-adds, which a workgroup on the slowest devices
 * (about 1 a ns) does in 10 ms; enough for the 11 KiB of sums that a part leaves to be nothing.
 */
const PART_RATINGS = 4096
/** Of an entry. */
export const WORDS = 8
/** What to do with an entry (push.wgsl), besides a number of parts. */
const PART = 0xffffffff
/** By kind of value (stage.ts). */
const VALUE_BYTES = [0, 1, 2, 4]

/** Parts of a row of so many ratings; 0: it is not cut. */
export const partsOf = (length: number): number =>
  length <= PART_RATINGS ? 0 : Math.ceil(length / PART_RATINGS)

/** Where a shard's ratings lie: in indices and values from the beginning of its chunk. */
interface Shelf {
  readonly firstIndex: number
  readonly firstValue: number
  readonly indexBytes: number
  readonly kind: number
}

/** Work on one chunk of memory, in order, as push.wgsl reads it. */
export class Entries {
  readonly chunk: GPUBuffer
  words = new Uint32Array(64 * WORDS)
  count = 0

  constructor(chunk: GPUBuffer) {
    this.chunk = chunk
  }

  add(at: Shelf, rating: number, length: number, v: number, part: number, todo: number): void {
    let k = WORDS * this.count++
    if (k === this.words.length) {
      const wider = new Uint32Array(2 * k)
      wider.set(this.words)
      this.words = wider
    }
    const { words } = this
    words[k++] = at.firstIndex + rating
    words[k++] = at.firstValue + rating
    words[k++] = length
    words[k++] = v
    words[k++] = at.indexBytes
    words[k++] = at.kind
    words[k++] = part
    words[k] = todo
  }

  /** Ratings of entry k. */
  ratings(k: number): number {
    return this.words[WORDS * k + 2]!
  }
}

/** By chunk: whole rows and parts, longest first, and then the rows whose parts those were. */
export function entriesOf(lease: Lease, shards: readonly Held[], lengths: Uint32Array) {
  const first = new Map<number, Entries>()
  const last = new Map<number, Entries>()
  const shelves = shards.map(shelfOf)
  let parts = 0
  for (const v of longestFirst(lengths)) {
    const slot = lease.slot[v]!
    const { facts, place } = shards[slot]!
    const shelf = shelves[slot]!
    const rating = facts.starts[lease.column[v]!]!
    const length = lengths[v]!
    const count = partsOf(length)
    if (count === 0) {
      entriesIn(first, place).add(shelf, rating, length, v, 0, 0)
      continue
    }
    entriesIn(last, place).add(shelf, rating, length, v, parts, count)
    for (let from = 0; from < length; from += PART_RATINGS) {
      const ratings = Math.min(PART_RATINGS, length - from)
      entriesIn(first, place).add(shelf, rating + from, ratings, v, parts++, PART)
    }
  }
  return { first: [...first.values()], last: [...last.values()], parts }
}

function shelfOf({ facts, place }: Held): Shelf {
  const indexBytes = facts.rows <= 65_536 ? 2 : 4
  const kind = KINDS[facts.valueType]
  const firstIndex = (place.at + facts.at.rowIndex) / indexBytes
  const firstValue = (place.at + facts.at.values) / VALUE_BYTES[kind]!
  return { firstIndex, firstValue, indexBytes, kind }
}

function entriesIn(chunks: Map<number, Entries>, { number, chunk }: Place): Entries {
  let entries = chunks.get(number)
  if (!entries) {
    entries = new Entries(chunk)
    chunks.set(number, entries)
  }
  return entries
}

/** Rows by length within a factor of two: to sort them fully would take longer than it saves. */
function longestFirst(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(34)
  for (const length of lengths) starts[Math.clz32(length) + 1]!++
  for (let k = 1; k < starts.length; k++) starts[k]! += starts[k - 1]!
  const order = new Uint32Array(lengths.length)
  for (let v = 0; v < lengths.length; v++) order[starts[Math.clz32(lengths[v]!)]!++] = v
  return order
}
