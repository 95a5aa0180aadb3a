/** How good a finished model is: perplexity of held-out documents, coherence of topics. */
import { seededRandom } from '../../random.ts'
import type { Corpus } from './corpus.ts'
import { forEachTopic } from './counts.ts'
import { foldIn } from './infer.ts'
import type { LdaState } from './state.ts'

/** Words of a topic whose coherence is measured: what the literature takes. */
const COHERENCE_WORDS = 10

/** φ_w· of every topic (K). */
export function phiOf({ model, corpus, spec }: LdaState, w: number): Float64Array {
  const betaSum = spec.beta * corpus.words
  const row = Float64Array.from(model.totals, (total) => spec.beta / (total + betaSum))
  forEachTopic(model.byWord, w, (k, count) => {
    row[k]! += count / (model.totals[k]! + betaSum)
  })
  return row
}

/** θ of a held-out document from some of its tokens. */
export function foldInTokens(state: LdaState, tokens: Iterable<number>): Float64Array {
  const counts = new Map<number, number>()
  for (const t of tokens) {
    const w = state.corpus.word[t]!
    counts.set(w, (counts.get(w) ?? 0) + 1)
  }
  const phi = [...counts.keys()].map((w) => phiOf(state, w))
  return foldIn(phi, [...counts.values()], state.alpha)
}

/**
 * exp(−mean ln p(w)) over the second halves of the held-out documents, with θ from their first halves
 * (document completion). Which tokens are in which half is drawn. Null when nothing is held out.
 */
export function heldOutPerplexity(state: LdaState): number | null {
  const { corpus, seed } = state
  if (corpus.heldOut.length === 0) return null
  const random = seededRandom(seed)
  let sum = 0
  let count = 0
  for (const d of corpus.heldOut) {
    const first = corpus.starts[d]!
    const tokens = Uint32Array.from({ length: corpus.starts[d + 1]! - first }, (_, i) => first + i)
    for (let i = tokens.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const token = tokens[i]!
      tokens[i] = tokens[j]!
      tokens[j] = token
    }
    const half = tokens.length >> 1
    const theta = foldInTokens(state, tokens.subarray(0, half))
    for (const t of tokens.subarray(half)) {
      const phi = phiOf(state, corpus.word[t]!)
      let p = 0
      for (let k = 0; k < theta.length; k++) p += theta[k]! * phi[k]!
      sum -= Math.log(p)
      count++
    }
  }
  return Math.exp(sum / count)
}

/** The words of each topic by count, at most `size` each. */
export function topWords(
  { model, corpus }: LdaState,
  size: number,
): { word: number; count: number }[][] {
  const top: { word: number; count: number }[][] = Array.from(model.totals, () => [])
  for (let word = 0; word < corpus.words; word++)
    forEachTopic(model.byWord, word, (k, count) => {
      const list = top[k]!
      if (list.length === size && list.at(-1)!.count >= count) return
      let at = list.length
      while (at > 0 && list[at - 1]!.count < count) at--
      list.splice(at, 0, { word, count })
      if (list.length > size) list.pop()
    })
  return top
}

/**
 * NPMI of each topic: the mean over pairs of its top words of ln(p_ij/(p_i p_j)) / −ln p_ij, where p
 * are shares of the documents in training; −1 for words that never meet, 1 for words that always do.
 * NaN for a topic of fewer than two words.
 */
export function coherence(state: LdaState): Float64Array {
  const { corpus } = state
  const top = topWords(state, COHERENCE_WORDS)
  const documentsOf = documentsOfWords(
    corpus,
    top.flatMap((list) => list.map(({ word }) => word)),
  )
  const n = corpus.training.length
  const seen = new Uint16Array(corpus.documents)
  return Float64Array.from(top, (list) => {
    const lists = list.map(({ word }) => documentsOf.get(word)!)
    let sum = 0
    let pairs = 0
    meetings(lists, seen).forEach((row, j) => {
      row.forEach((both, i) => {
        pairs++
        if (both === 0) sum -= 1
        else if (both === n) sum += 1
        else
          sum += Math.log((both * n) / (lists[i]!.length * lists[j]!.length)) / -Math.log(both / n)
      })
    })
    return sum / pairs
  })
}

/** Documents in training in which each of some words occurs. */
function documentsOfWords(corpus: Corpus, words: readonly number[]): Map<number, number[]> {
  const lists = new Map<number, number[]>()
  const wanted = new Uint8Array(corpus.words)
  for (const word of words) {
    lists.set(word, [])
    wanted[word] = 1
  }
  for (const d of corpus.training) {
    let last = -1
    for (let t = corpus.starts[d]!; t < corpus.starts[d + 1]!; t++) {
      const w = corpus.word[t]!
      if (w === last) continue
      last = w
      if (wanted[w] === 1) lists.get(w)!.push(d)
    }
  }
  return lists
}

/**
 * Documents that each two of at most 16 lists share: row j has one number for each list before the j-th.
 * `seen` is scratch, 0 before and after: a bit for each list a document has been met in.
 */
function meetings(lists: readonly (readonly number[])[], seen: Uint16Array): Uint32Array[] {
  const rows = lists.map((list, j) => {
    const row = new Uint32Array(j)
    for (const d of list) {
      for (let rest = seen[d]!; rest > 0; rest &= rest - 1) row[31 - Math.clz32(rest & -rest)]!++
      seen[d]! |= 1 << j
    }
    return row
  })
  for (const list of lists) for (const d of list) seen[d] = 0
  return rows
}
