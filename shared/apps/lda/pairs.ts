/** Pairs (topic, count ≤ 255) as leases carry them: written by the server, so kept together. */
import { topicBytes, writeTopic } from './buffers.ts'

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
      if (this.length === this.#counts.length) this.#grow()
      writeTopic(this.#topics, this.length, this.#bytes, topic)
      this.#counts[this.length++] = Math.min(rest, COUNT_MAX)
    }
  }

  #grow(): void {
    const topics = new Uint8Array(2 * this.#topics.length)
    topics.set(this.#topics)
    this.#topics = topics
    const counts = new Uint8Array(2 * this.#counts.length)
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
