/** The counts that the kernel samples from, unpacked from a lease and kept up to date token by token. */
import type { Arrays } from '../../wire.ts'
import { LeaseError } from '../kernel.ts'
import { readTopic, SCALARS, topicBytes } from './buffers.ts'

/** D: a list of (topic, count) for every document, with room for what its tokens may become. */
export interface Documents {
  readonly base: Uint32Array
  readonly length: Uint32Array
  readonly topic: Int32Array
  readonly count: Int32Array
  /** Running sums over the list at hand (K). */
  readonly sums: Float64Array
}

/** B of the word at hand, s, and what follows from them. */
export interface Topics {
  readonly alpha: Float64Array
  readonly beta: number
  readonly betaSum: number
  /** s_k. */
  readonly totals: Int32Array
  /** 1/(s_k + Vβ). */
  readonly inverse: Float64Array
  /** B_wk, and φ_k. */
  readonly count: Int32Array
  readonly phi: Float64Array
  /** Topics with B_wk > 0, and where in the list each stands. */
  readonly list: Int32Array
  readonly place: Int32Array
  length: number
  /** Σ α_k β/(s_k + Vβ). */
  smooth: number
  /** Σ α_k φ_k. */
  prior: number
}

export function openDocuments(lease: Arrays, docTokens: Uint32Array): Documents {
  const k = lease.scalars![SCALARS.topics]!
  const bytes = topicBytes(k)
  const m = docTokens.length
  const base = new Uint32Array(m)
  const length = new Uint32Array(m)
  const room = lease.docCounts!.length + lease.z!.length / bytes
  const topic = new Int32Array(room)
  const count = new Int32Array(room)
  let pair = 0
  let at = 0
  for (let i = 0; i < m; i++) {
    const pairs = lease.docPairs![i]!
    base[i] = at
    let n = 0
    for (let p = pair; p < pair + pairs; p++) {
      const id = readTopic(lease.docTopics!, p, bytes)
      if (n > 0 && topic[at + n - 1] === id) count[at + n - 1]! += lease.docCounts![p]!
      else {
        topic[at + n] = id
        count[at + n] = lease.docCounts![p]!
        n++
      }
    }
    length[i] = n
    pair += pairs
    at += pairs + docTokens[i]!
  }
  return { base, length, topic, count, sums: new Float64Array(room) }
}

export function openTopics(lease: Arrays): Topics {
  const alpha = lease.alpha as Float64Array
  const beta = lease.scalars![SCALARS.beta]!
  const betaSum = lease.scalars![SCALARS.betaSum]!
  const k = alpha.length
  const totals = Int32Array.from(lease.totals!)
  const inverse = new Float64Array(k)
  const phi = new Float64Array(k)
  let smooth = 0
  for (let id = 0; id < k; id++) {
    inverse[id] = 1 / (totals[id]! + betaSum)
    phi[id] = beta * inverse[id]!
    smooth += alpha[id]! * phi[id]!
  }
  const lists = {
    count: new Int32Array(k),
    list: new Int32Array(k),
    place: new Int32Array(k),
    length: 0,
  }
  return { alpha, beta, betaSum, totals, inverse, phi, ...lists, smooth, prior: smooth }
}

export function enterWord(
  topics: Topics,
  lease: Arrays,
  pair: number,
  pairs: number,
  bytes: 1 | 2,
): void {
  const { count, list, place, phi, inverse, alpha, beta } = topics
  topics.length = 0
  for (let p = pair; p < pair + pairs; p++) {
    const id = readTopic(lease.wordTopics!, p, bytes)
    if (count[id] === 0) {
      place[id] = topics.length
      list[topics.length++] = id
    }
    count[id]! += lease.wordCounts![p]!
  }
  topics.prior = topics.smooth
  for (let i = 0; i < topics.length; i++) {
    const id = list[i]!
    const next = (count[id]! + beta) * inverse[id]!
    topics.prior += alpha[id]! * (next - phi[id]!)
    phi[id] = next
  }
}

/** φ is what it is for a word without counts again. */
export function leaveWord({ count, list, length, phi, inverse, beta }: Topics): void {
  for (let i = 0; i < length; i++) {
    const id = list[i]!
    count[id] = 0
    phi[id] = beta * inverse[id]!
  }
}

/** A token of the word at hand joins (+1) or leaves (−1) a topic. */
export function move(topics: Topics, id: number, by: 1 | -1): void {
  const { totals, count, inverse, phi, alpha, beta, betaSum, list, place } = topics
  if (by === 1 && count[id] === 0) {
    place[id] = topics.length
    list[topics.length++] = id
  }
  totals[id]! += by
  count[id]! += by
  if (by === -1 && count[id] === 0) {
    const last = list[--topics.length]!
    list[place[id]!] = last
    place[last] = place[id]!
  }
  const nextInverse = 1 / (totals[id]! + betaSum)
  const nextPhi = (count[id]! + beta) * nextInverse
  topics.smooth += alpha[id]! * beta * (nextInverse - inverse[id]!)
  topics.prior += alpha[id]! * (nextPhi - phi[id]!)
  inverse[id] = nextInverse
  phi[id] = nextPhi
}

export function takeFromDocument(documents: Documents, doc: number, id: number): void {
  const { base, length, topic, count } = documents
  const from = base[doc]!
  const end = from + length[doc]!
  let e = from
  while (e < end && topic[e] !== id) e++
  if (e === end) throw new LeaseError(`document ${doc} has no token of topic ${id}, its z has`)
  if (--count[e]! > 0) return
  topic[e] = topic[end - 1]!
  count[e] = count[end - 1]!
  length[doc]!--
}

export function addToDocument(documents: Documents, doc: number, id: number): void {
  const { base, length, topic, count } = documents
  const from = base[doc]!
  const end = from + length[doc]!
  let e = from
  while (e < end && topic[e] !== id) e++
  if (e === end) {
    topic[e] = id
    count[e] = 0
    length[doc]!++
  }
  count[e]!++
}

/** Σ α_k φ_k, first the part of the word's own topics, then the part that every word has. */
export function drawFromPrior(topics: Topics, draw: number): number {
  const { alpha, beta, inverse, count, list, length } = topics
  let rest = draw
  for (let i = 0; i < length; i++) {
    const id = list[i]!
    rest -= alpha[id]! * count[id]! * inverse[id]!
    if (rest < 0) return id
  }
  const last = alpha.length - 1
  for (let id = 0; id < last; id++) {
    rest -= alpha[id]! * beta * inverse[id]!
    if (rest < 0) return id
  }
  return last
}
