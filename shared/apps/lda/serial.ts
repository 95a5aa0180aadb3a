/**
 * The plain serial collapsed Gibbs sampler, as in the textbook: what every claim about the rotation is
 * measured against. Dense, slow, obvious; for tests only.
 */
import type { Random } from '../../random.ts'
import type { LdaState } from './state.ts'

/** Sweep over the tokens of a fresh state's corpus, `sweeps` times; `onSweep` sees the counts. */
export function serialSampler(state: LdaState, random: Random, sweeps: number) {
  const { corpus, spec, alpha } = state
  const k = spec.topics
  const { starts, word, training, words } = corpus
  const z = state.model.z.slice()
  const d = new Uint32Array(corpus.documents * k)
  const b = new Uint32Array(words * k)
  const s = state.model.totals.slice()
  for (const doc of training)
    for (let t = starts[doc]!; t < starts[doc + 1]!; t++) {
      d[doc * k + z[t]!]!++
      b[word[t]! * k + z[t]!]!++
    }
  const p = new Float64Array(k)
  const { beta } = spec
  const betaSum = beta * words
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (const doc of training)
      for (let t = starts[doc]!; t < starts[doc + 1]!; t++) {
        const w = word[t]! * k
        const old = z[t]!
        d[doc * k + old]!--
        b[w + old]!--
        s[old]!--
        let sum = 0
        for (let i = 0; i < k; i++) {
          sum += ((b[w + i]! + beta) / (s[i]! + betaSum)) * (d[doc * k + i]! + alpha[i]!)
          p[i] = sum
        }
        const draw = random.next() * sum
        let next = 0
        while (next < k - 1 && p[next]! <= draw) next++
        z[t] = next
        d[doc * k + next]!++
        b[w + next]!++
        s[next]!++
      }
  return { z, d, b, s }
}
