/**
 * The joint log-likelihood of words and topics, and what else needs lnΓ. On the server only: Math.log
 * may differ in its last bit from one machine to another, which kernels must not.
 */
import type { Model } from './cell.ts'
import type { Corpus } from './corpus.ts'
import { type Counts, count } from './counts.ts'

/** Counts are mostly small: up to here ln(a(a+1)…(a+n−1)) is looked up. */
const TABLE_SIZE = 512

/** lnΓ(x) for x > 0: Stirling's series from 10 on, the recurrence below. */
export function lnGamma(x: number): number {
  let product = 1
  let y = x
  while (y < 10) product *= y++
  const inverse = 1 / (y * y)
  const series =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    y
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product)
}

/** n ↦ lnΓ(a + n) − lnΓ(a). */
export function lnRising(a: number): (n: number) => number {
  const table = new Float64Array(TABLE_SIZE)
  for (let n = 1; n < TABLE_SIZE; n++) table[n] = table[n - 1]! + Math.log(a + n - 1)
  const base = lnGamma(a)
  return (n) => (n < TABLE_SIZE ? table[n]! : lnGamma(a + n) - base)
}

/**
 * After which sweeps the likelihood is computed: to bring counts up to date and go through them costs the
 * server 20 ns a token, a sweep a tab 75 (newsgroups, K = 100).
 */
export const isLooked = (sweep: number, sweeps: number): boolean =>
  sweep <= LOOKED_FIRST || sweep % LOOKED_EVERY === 0 || sweep === sweeps

/** While it changes fast, after every sweep. */
const LOOKED_FIRST = 5
const LOOKED_EVERY = 10

/**
 * Σ_d [Σ_k ln Γ(D_dk+α_k)/Γ(α_k) − ln Γ(N_d+A)/Γ(A)] + Σ_k [−ln Γ(s_k+Vβ)/Γ(Vβ)]
 *   + Σ_{w,k} ln Γ(B_wk+β)/Γ(β),   A = Σ α_k, over the documents in training; their counts
 * are those of now (byDocument.ts).
 */
export function logLikelihood(
  corpus: Corpus,
  { byWord, totals }: Model,
  byDocument: Counts,
  alpha: Float64Array,
  beta: number,
): number {
  const { training, starts, words } = corpus
  const alphaSum = alpha.reduce((a, b) => a + b, 0)
  const isSymmetric = alpha.every((a) => a === alpha[0])
  const one = lnRising(alpha[0]!)
  const ofTopic = isSymmetric ? null : Array.from(alpha, lnRising)
  const ofDocument = lnRising(alphaSum)
  const ofTotal = lnRising(beta * words)
  let sum = 0
  for (const d of training) {
    const n = starts[d + 1]! - starts[d]!
    if (n > 0) sum += sumOfRow(byDocument, d, one, ofTopic) - ofDocument(n)
  }
  const ofWord = lnRising(beta)
  for (let w = 0; w < words; w++) sum += sumOfRow(byWord, w, ofWord, null)
  for (const total of totals) sum -= ofTotal(total)
  return sum
}

type Rising = (n: number) => number

/** Σ_k over the topics of a row; `ofTopic` where each has a function of its own. */
function sumOfRow(counts: Counts, row: number, one: Rising, ofTopic: Rising[] | null): number {
  const { list, tally } = counts
  const length = count(counts, row)
  let sum = 0
  for (let i = 0; i < length; i++) {
    const k = list[i]!
    sum += ofTopic ? ofTopic[k]!(tally[k]!) : one(tally[k]!)
    tally[k] = 0
  }
  return sum
}
