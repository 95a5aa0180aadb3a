/**
 * Word counts on their way from entries to shards: gathered in memory (12 bytes an entry), put in
 * order, thinned out.
 */
import { UserError } from '../../../../shared/errors.ts'
import { count } from '../limits.ts'

/** 1.6 GB here, and a model that no engine would hold beside it. */
const ENTRIES_MAX = 2 ** 27

/** Documents × words, words of a document ascending and distinct. */
export interface Bag {
  /** Names of the documents. */
  readonly ids: readonly string[]
  /** Names of the words; null: they have only numbers. */
  readonly words: readonly string[] | null
  readonly wordCount: number
  /** Entries of document d are starts[d] … starts[d + 1]. */
  readonly starts: Float64Array
  readonly word: Uint32Array
  readonly count: Uint32Array
}

export class BagBuilder {
  readonly #label: string
  #document = new Uint32Array(1024)
  #word = new Uint32Array(1024)
  #count = new Uint32Array(1024)
  #length = 0

  constructor(label: string) {
    this.#label = label
  }

  get length(): number {
    return this.#length
  }

  add(document: number, word: number, times: number): void {
    if (this.#length === this.#word.length) this.#grow()
    this.#document[this.#length] = document
    this.#word[this.#length] = word
    this.#count[this.#length++] = times
  }

  #grow(): void {
    if (this.#length >= ENTRIES_MAX)
      throw new UserError(
        `${this.#label} has more than ${count(ENTRIES_MAX)} word counts; take a sample of the documents.`,
      )
    const larger = (from: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
      const into = new Uint32Array(2 * from.length)
      into.set(from)
      return into
    }
    this.#document = larger(this.#document)
    this.#word = larger(this.#word)
    this.#count = larger(this.#count)
  }

  /**
   * A counting sort by document, then each document by word. Words are numbered from `base`, or
   * renumbered by `rank`.
   */
  finish(
    ids: readonly string[],
    words: readonly string[] | null,
    wordCount: number,
    base = 0,
    rank: Uint32Array | null = null,
  ): Bag {
    const n = this.#length
    const starts = new Float64Array(ids.length + 1)
    for (let e = 0; e < n; e++) starts[this.#document[e]! + 1]!++
    for (let d = 0; d < ids.length; d++) starts[d + 1]! += starts[d]!
    const next = starts.slice()
    const word = new Uint32Array(n)
    const times = new Uint32Array(n)
    for (let e = 0; e < n; e++) {
      const at = next[this.#document[e]!]!++
      word[at] = rank ? rank[this.#word[e]!]! : this.#word[e]! - base
      times[at] = this.#count[e]!
    }
    for (let d = 0; d < ids.length; d++)
      this.#sort(word.subarray(starts[d]!, starts[d + 1]!), times, starts[d]!, ids[d]!)
    return { ids, words, wordCount, starts, word, count: times }
  }

  #sort(word: Uint32Array, times: Uint32Array, from: number, id: string): void {
    let isSorted = true
    for (let i = 1; i < word.length; i++) if (word[i]! <= word[i - 1]!) isSorted = false
    if (isSorted) return
    const order = Uint32Array.from(word.keys()).sort((a, b) => word[a]! - word[b]!)
    const sortedWords = Uint32Array.from(order, (i) => word[i]!)
    times.set(
      Uint32Array.from(order, (i) => times[from + i]!),
      from,
    )
    word.set(sortedWords)
    for (let i = 1; i < word.length; i++)
      if (word[i] === word[i - 1])
        throw new UserError(
          `${this.#label} counts word ${count(word[i]! + 1)} of document ${id} twice; keep one count for each word of a document.`,
        )
  }
}

/** What was left out, for the dataset's facts. */
export interface Thinned {
  readonly bag: Bag
  readonly stopWords: number
  readonly stopWordTokens: number
  readonly rareWords: number
  readonly rareWordTokens: number
}

/**
 * Leave out stop words and words of fewer documents than `minDocuments`; the others keep their order.
 * With a minimum of 0 all words stay, those that occur nowhere included.
 */
export function thinOut(
  bag: Bag,
  minDocuments: number,
  isStopWord: (word: string) => boolean,
): Thinned {
  const documents = new Uint32Array(bag.wordCount)
  const tokens = new Float64Array(bag.wordCount)
  for (let e = 0; e < bag.word.length; e++) {
    documents[bag.word[e]!]!++
    tokens[bag.word[e]!]! += bag.count[e]!
  }
  const place = new Int32Array(bag.wordCount).fill(-1)
  const kept: number[] = []
  const out = { stopWords: 0, stopWordTokens: 0, rareWords: 0, rareWordTokens: 0 }
  for (let w = 0; w < bag.wordCount; w++) {
    if (bag.words && isStopWord(bag.words[w]!)) {
      out.stopWords++
      out.stopWordTokens += tokens[w]!
    } else if (documents[w]! < minDocuments) {
      out.rareWords++
      out.rareWordTokens += tokens[w]!
    } else {
      place[w] = kept.length
      kept.push(w)
    }
  }
  if (kept.length === bag.wordCount) return { bag, ...out }
  const starts = new Float64Array(bag.starts.length)
  const word = new Uint32Array(bag.word.length)
  const times = new Uint32Array(bag.word.length)
  let n = 0
  for (let d = 0; d + 1 < starts.length; d++) {
    for (let e = bag.starts[d]!; e < bag.starts[d + 1]!; e++) {
      const at = place[bag.word[e]!]!
      if (at < 0) continue
      word[n] = at
      times[n++] = bag.count[e]!
    }
    starts[d + 1] = n
  }
  const words = bag.words && kept.map((w) => bag.words![w]!)
  const entries = { starts, word: word.subarray(0, n), count: times.subarray(0, n) }
  return { bag: { ids: bag.ids, words, wordCount: kept.length, ...entries }, ...out }
}
