/**
 * The plain serial collapsed Gibbs sampler, as in the textbook: what every claim about the rotation is
 * measured against. Dense, slow, obvious; for tests and checks only.
 */
import type { Random } from '../../random.ts'
import { documentsNow } from './byDocument.ts'
import { lnRising } from './likelihood.ts'
import type { LdaState } from './state.ts'

/** ln p per token after each of `marks` sweeps (ascending), from the topics of a fresh state on. */
export function serialLikelihoods(
  state: LdaState,
  random: Random,
  marks: readonly number[],
): number[] {
  const { corpus, spec, alpha } = state
  const k = spec.topics
  const { starts, word, training, words } = corpus
  const z = documentsNow(state).z.slice()
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

  const sweep = (): void => {
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
  }

  /** The formula of strads.md §3 over the dense tables. */
  const likelihood = (): number => {
    const ofTopic = lnRising(alpha[0]!)
    const ofDocument = lnRising(k * alpha[0]!)
    const ofWord = lnRising(beta)
    const ofTotal = lnRising(betaSum)
    let sum = 0
    for (const n of d) if (n > 0) sum += ofTopic(n)
    for (const n of b) if (n > 0) sum += ofWord(n)
    for (const doc of training) sum -= ofDocument(starts[doc + 1]! - starts[doc]!)
    for (const n of s) sum -= ofTotal(n)
    return sum / corpus.tokens
  }

  let done = 0
  return marks.map((mark) => {
    for (; done < mark; done++) sweep()
    return likelihood()
  })
}
