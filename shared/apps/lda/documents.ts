/** D: a list of topics with counts for every document of a cell, with room for what its tokens may become. */
import type { Arrays } from '../../wire.ts'
import { LeaseError } from '../kernel.ts'
import { readTopic, SCALARS, topicBytes } from './buffers.ts'

/** Entries whose weights are summed up at once: `sums` has one number for each run of so many. */
const RUN = 4

export interface Documents {
  /** First entry of each document, and how many are used (m). Beyond them counts are 0. */
  readonly base: Uint32Array
  readonly length: Uint32Array
  readonly topic: Uint16Array
  readonly count: Uint32Array
  /** Running sums over the list at hand, run by run. */
  readonly sums: Float64Array
}

/** Pairs of the same topic, one after the other, become one entry. `docTokens` is (m). */
export function openDocuments(lease: Arrays, docTokens: Uint32Array): Documents {
  const bytes = topicBytes(lease.scalars![SCALARS.topics]!)
  const m = docTokens.length
  const base = new Uint32Array(m)
  const length = new Uint32Array(m)
  const room = lease.docCounts!.length + lease.z!.length / bytes + m * (RUN - 1)
  const topic = new Uint16Array(room)
  const count = new Uint32Array(room)
  let pair = 0
  let at = 0
  for (let i = 0; i < m; i++) {
    const end = pair + lease.docPairs![i]!
    base[i] = at
    let to = at
    for (; pair < end; pair++) {
      const id = readTopic(lease.docTopics!, pair, bytes)
      if (to > at && topic[to - 1] === id) count[to - 1]! += lease.docCounts![pair]!
      else {
        topic[to] = id
        count[to++] = lease.docCounts![pair]!
      }
    }
    length[i] = to - at
    at = to + docTokens[i]! + RUN - 1
  }
  return { base, length, topic, count, sums: new Float64Array(room) }
}

/** Where the topic stands in the list, or its end. */
export function find({ base, length, topic }: Documents, doc: number, id: number): number {
  const end = base[doc]! + length[doc]!
  let e = base[doc]!
  while (e < end && topic[e] !== id) e++
  return e
}

/** The token that is being drawn leaves its document; its entry stays, if need be with a count of 0. */
export function takeFromDocument(documents: Documents, doc: number, id: number): number {
  const e = find(documents, doc, id)
  if (e === documents.base[doc]! + documents.length[doc]!)
    throw new LeaseError(`document ${doc} has no token of topic ${id}, its z has`)
  documents.count[e]!--
  return e
}

/** One more token of a topic that the list may lack. */
export function addToDocument(documents: Documents, doc: number, id: number): void {
  const { base, length, topic, count } = documents
  const e = find(documents, doc, id)
  if (e === base[doc]! + length[doc]!) {
    topic[e] = id
    length[doc]!++
  }
  count[e]!++
}

/** The last entry takes the place of one whose count is 0. */
export function removeFromDocument(documents: Documents, doc: number, e: number): void {
  const { base, length, topic, count } = documents
  const last = base[doc]! + --length[doc]!
  topic[e] = topic[last]!
  count[e] = count[last]!
  count[last] = 0
}

/** Σ D_dk φ_k over a list, run by run, so that few additions wait for what came before. */
export function sumOver(documents: Documents, doc: number, phi: Float64Array): number {
  const { base, length, topic, count, sums } = documents
  const from = base[doc]!
  const end = from + length[doc]!
  const weight = (e: number): number => count[e]! * phi[topic[e]!]!
  let sum = 0
  let run = 0
  let e = from
  do {
    sum += weight(e) + weight(e + 2) + (weight(e + 1) + weight(e + 3))
    sums[run++] = sum
    e += RUN
  } while (e < end)
  return sum
}

/** The entry in which the sum passes `draw`, which is below the sum over all. */
export function entryAt(
  documents: Documents,
  doc: number,
  phi: Float64Array,
  draw: number,
): number {
  const { base, length, topic, count, sums } = documents
  let run = 0
  while (sums[run]! <= draw) run++
  const rest = run === 0 ? draw : draw - sums[run - 1]!
  const last = base[doc]! + length[doc]! - 1
  let e = base[doc]! + run * RUN
  const runEnd = Math.min(last, e + RUN - 1)
  let sum = count[e]! * phi[topic[e]!]!
  // Rounding may point beyond the list.
  while (e < runEnd && rest >= sum) {
    e++
    sum += count[e]! * phi[topic[e]!]!
  }
  return e
}

/** Topics of a document with their counts, topics ascending. */
export function pairsOfDocument(documents: Documents, doc: number): [id: number, count: number][] {
  const { base, length, topic, count } = documents
  const pairs: [number, number][] = []
  for (let e = base[doc]!; e < base[doc]! + length[doc]!; e++) pairs.push([topic[e]!, count[e]!])
  return pairs.sort(([a], [b]) => a - b)
}
