/** Pairs (topic, count ≤ 255) as leases carry them: written by the server, for every lease anew. */
import { topicBytes, writeTopic } from './buffers.ts'
import { type Counts, count } from './counts.ts'

const COUNT_MAX = 255

/** Grows as it is written; `clear` keeps the room for the next lease. */
export class PairWriter {
  readonly #bytes: 1 | 2
  #topics = new Uint8Array(2048)
  #counts = new Uint8Array(1024)
  length = 0

  constructor(topics: number) {
    this.#bytes = topicBytes(topics)
  }

  clear(): void {
    this.length = 0
  }

  push(topic: number, count: number): void {
    for (let rest = count; rest > 0; rest -= COUNT_MAX) {
      this.#reserve(1)
      writeTopic(this.#topics, this.length, this.#bytes, topic)
      this.#counts[this.length++] = Math.min(rest, COUNT_MAX)
    }
  }

  /** All topics of a row; returns the number of pairs. */
  pushRow(counts: Counts, row: number): number {
    const { list, tally } = counts
    const before = this.length
    const length = count(counts, row)
    this.#reserve(length)
    for (let i = 0; i < length; i++) {
      const k = list[i]!
      const tokens = tally[k]!
      tally[k] = 0
      this.#put(k, tokens)
    }
    return this.length - before
  }

  /** Where there is room for it, or for the first of several pairs. */
  #put(topic: number, count: number): void {
    if (count > COUNT_MAX) {
      this.push(topic, count)
      return
    }
    const at = this.length++
    if (this.#bytes === 1) this.#topics[at] = topic
    else {
      this.#topics[2 * at] = topic
      this.#topics[2 * at + 1] = topic >> 8
    }
    this.#counts[at] = count
  }

  #reserve(pairs: number): void {
    const size = this.#counts.length
    if (this.length + pairs <= size) return
    const next = Math.max(2 * size, this.length + pairs)
    const topics = new Uint8Array(2 * next)
    topics.set(this.#topics)
    this.#topics = topics
    const counts = new Uint8Array(next)
    counts.set(this.#counts)
    this.#counts = counts
  }

  topics(): Uint8Array {
    return this.#topics.slice(0, this.length * this.#bytes)
  }

  counts(): Uint8Array {
    return this.#counts.slice(0, this.length)
  }
}
