/** Pairs (topic, count ≤ 255) as leases carry them: written by the server, for every lease anew. */
import { topicBytes, writeTopic } from './buffers.ts'
import type { Counts } from './counts.ts'

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

  /**
   * All topics of a row; returns the number of pairs. Half of what the server does for a lease is
   * this loop, so it is written out: 3 ns a pair instead of 20 with a call for each.
   */
  pushRow({ starts, length, topic, count, topics }: Counts, row: number): number {
    const before = this.length
    const from = starts[row]!
    const isDense = starts[row + 1]! - from === topics
    const places = isDense ? topics : length[row]!
    this.#reserve(places)
    for (let i = 0; i < places; i++) {
      const tokens = count[from + i]!
      if (tokens === 0) continue
      const k = isDense ? i : topic[from + i]!
      if (tokens > COUNT_MAX) {
        this.push(k, tokens)
        this.#reserve(places - i)
        continue
      }
      const at = this.length++
      if (this.#bytes === 1) this.#topics[at] = k
      else {
        this.#topics[2 * at] = k
        this.#topics[2 * at + 1] = k >> 8
      }
      this.#counts[at] = tokens
    }
    return this.length - before
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
