/** B of the word at hand, s, and what follows from them: φ and the prior. */
import type { Arrays } from '../../wire.ts'
import { readTopic, SCALARS } from './buffers.ts'

/**
 * Topics whose share of the prior is kept as one sum. A draw that falls into the prior, every twentieth
 * at K = 100 and every fifth at K = 1000 (newsgroups), goes through the groups and one of them.
 */
const GROUP = 32

export interface Topics {
  readonly alpha: Float64Array
  readonly beta: number
  readonly betaSum: number
  /** s_k. */
  readonly totals: Int32Array
  /** 1/(s_k + Vβ). */
  readonly inverse: Float64Array
  /** B_wk, and φ_k = (B_wk + β)/(s_k + Vβ). */
  readonly count: Int32Array
  readonly phi: Float64Array
  /** Topics that the word has or had. */
  readonly touched: number[]
  /** Σ α_k φ_k, in all and by groups of topics. */
  prior: number
  readonly groups: Float64Array
  /** … of a word without counts: Σ α_k β/(s_k + Vβ). */
  smooth: number
  readonly smoothGroups: Float64Array
}

/** What a topic's counts become with one token of the word more or less. */
export interface Change {
  readonly by: 1 | -1
  readonly inverse: number
  readonly phi: number
  /** By how much the prior grows. */
  readonly prior: number
}

export function openTopics(lease: Arrays): Topics {
  const alpha = lease.alpha as Float64Array
  const beta = lease.scalars![SCALARS.beta]!
  const betaSum = lease.scalars![SCALARS.betaSum]!
  const k = alpha.length
  const totals = Int32Array.from(lease.totals!)
  const inverse = new Float64Array(k)
  const phi = new Float64Array(k)
  const smoothGroups = new Float64Array(Math.ceil(k / GROUP))
  let smooth = 0
  for (let id = 0; id < k; id++) {
    inverse[id] = 1 / (totals[id]! + betaSum)
    phi[id] = beta * inverse[id]!
    const part = alpha[id]! * phi[id]!
    smoothGroups[groupOf(id)]! += part
    smooth += part
  }
  return {
    ...{ alpha, beta, betaSum, totals, inverse, phi, smooth, smoothGroups },
    ...{ count: new Int32Array(k), touched: [] },
    ...{ prior: smooth, groups: smoothGroups.slice() },
  }
}

const groupOf = (id: number): number => Math.floor(id / GROUP)

export function enterWord(
  topics: Topics,
  lease: Arrays,
  pair: number,
  pairs: number,
  bytes: 1 | 2,
): void {
  const { count, phi, inverse, alpha, beta, touched, groups } = topics
  touched.length = 0
  for (let p = pair; p < pair + pairs; p++) {
    const id = readTopic(lease.wordTopics!, p, bytes)
    if (count[id] === 0) touched.push(id)
    count[id]! += lease.wordCounts![p]!
  }
  topics.prior = topics.smooth
  groups.set(topics.smoothGroups)
  for (const id of touched) {
    const next = (count[id]! + beta) * inverse[id]!
    const by = alpha[id]! * (next - phi[id]!)
    topics.prior += by
    groups[groupOf(id)]! += by
    phi[id] = next
  }
}

/** Topics of the word with their counts, topics ascending. */
export function pairsOfWord({ touched, count }: Topics): [id: number, count: number][] {
  const ids = [...new Set(touched)].filter((id) => count[id]! > 0)
  return ids.sort((a, b) => a - b).map((id) => [id, count[id]!])
}

/** φ is what it is for a word without counts again. */
export function leaveWord({ count, touched, phi, inverse, beta }: Topics): void {
  for (const id of touched) {
    count[id] = 0
    phi[id] = beta * inverse[id]!
  }
}

export function changeOf(topics: Topics, id: number, by: 1 | -1): Change {
  const { totals, count, phi, alpha, beta, betaSum } = topics
  const inverse = 1 / (totals[id]! + by + betaSum)
  const next = (count[id]! + by + beta) * inverse
  return { by, inverse, phi: next, prior: alpha[id]! * (next - phi[id]!) }
}

/** A token of the word at hand joins or leaves a topic. */
export function settle(topics: Topics, id: number, change: Change): void {
  const { totals, count, inverse, phi, alpha, beta, touched, groups, smoothGroups } = topics
  if (count[id] === 0) touched.push(id)
  count[id]! += change.by
  totals[id]! += change.by
  const smoother = alpha[id]! * beta * (change.inverse - inverse[id]!)
  topics.smooth += smoother
  smoothGroups[groupOf(id)]! += smoother
  topics.prior += change.prior
  groups[groupOf(id)]! += change.prior
  inverse[id] = change.inverse
  phi[id] = change.phi
}

/** The topic in which the prior's sum passes `draw`; the group of `old` is larger by `by`. */
export function drawFromPrior(topics: Topics, draw: number, old: number, by: number): number {
  const { alpha, phi, groups } = topics
  const own = groupOf(old)
  const sumOf = (g: number): number => (g === own ? groups[g]! + by : groups[g]!)
  const last = groups.length - 1
  let rest = draw
  let g = 0
  while (g < last && rest >= sumOf(g)) rest -= sumOf(g++)
  const end = Math.min((g + 1) * GROUP, alpha.length) - 1
  let id = g * GROUP
  while (id < end) {
    rest -= alpha[id]! * phi[id]!
    if (rest < 0) break
    id++
  }
  return id
}
