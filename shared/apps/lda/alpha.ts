/**
 * An α for each topic, learnt from the counts by Minka's fixed point (2000, "Estimating a Dirichlet
 * distribution"):
 *
 *   α_k ← α_k · Σ_d [ψ(D_dk + α_k) − ψ(α_k)] / Σ_d [ψ(N_d + A) − ψ(A)],   A = Σ α_k
 *
 * Counts are whole, so ψ(n + a) − ψ(a) = Σ_{i<n} 1/(a + i), and documents are summed up by how many
 * of them have more than i tokens of a topic (Wallach 2008): the iterations cost nothing beside one
 * pass over the counts.
 */
import type { Corpus } from './corpus.ts'
import { type Counts, forEachTopic } from './counts.ts'

/** Sweeps before the counts say anything about α, and between two updates. */
const FIRST_SWEEP = 10
const EVERY_SWEEPS = 5
const ITERATIONS = 10
/** A topic that has died out keeps this much, so that it can come back. */
const ALPHA_MIN = 1e-4

export const alphaIsDue = (sweep: number): boolean =>
  sweep >= FIRST_SWEEP && sweep % EVERY_SWEEPS === 0

/** `documents` are counts of now. */
export function learnAlpha(corpus: Corpus, documents: Counts, alpha: Float64Array): Float64Array {
  const { training, starts } = corpus
  // exceed[k][i]: documents with more than i tokens of topic k; at first, with exactly i + 1.
  const exceed: number[][] = Array.from(alpha, () => [])
  const lengths: number[] = []
  const note = (list: number[], n: number): void => {
    while (list.length < n) list.push(0)
    list[n - 1]!++
  }
  for (const d of training) {
    if (starts[d + 1]! > starts[d]!) note(lengths, starts[d + 1]! - starts[d]!)
    forEachTopic(documents, d, (k, count) => note(exceed[k]!, count))
  }
  for (const list of [...exceed, lengths])
    for (let i = list.length - 2; i >= 0; i--) list[i]! += list[i + 1]!
  const sumOver = (list: number[], a: number): number =>
    list.reduce((sum, documents, i) => sum + documents / (a + i), 0)
  let next = alpha
  for (let round = 0; round < ITERATIONS; round++) {
    const rest = sumOver(
      lengths,
      next.reduce((a, b) => a + b, 0),
    )
    next = next.map((a, k) => Math.max(ALPHA_MIN, (a * sumOver(exceed[k]!, a)) / rest))
  }
  return next
}
