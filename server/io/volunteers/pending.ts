/**
 * Deltas whose verdict is still to come, by volunteer and lease.
 *
 * A tab that sends a delta again while the first is being committed joins the first: the engine
 * sees it once, and the one verdict answers both.
 */
import type { Verdict } from '../../../shared/protocol.ts'

export type Answer = (verdict: Verdict) => void

interface Waiting {
  volunteer: string
  job: string
  bytes: number
  answers: Answer[]
}

export class Pending {
  readonly #waiting = new Map<string, Waiting>()
  readonly #bytes = new Map<string, number>()

  /** False: the delta is on its way already, and `answer` will be told with the first. */
  add(volunteer: string, lease: number, job: string, bytes: number, answer: Answer): boolean {
    const key = keyOf(volunteer, lease)
    const waiting = this.#waiting.get(key)
    if (waiting) {
      waiting.answers.push(answer)
      return false
    }
    this.#waiting.set(key, { volunteer, job, bytes, answers: [answer] })
    this.#bytes.set(volunteer, this.bytesOf(volunteer) + bytes)
    return true
  }

  /** Bytes of this volunteer's deltas that wait. */
  bytesOf(volunteer: string): number {
    return this.#bytes.get(volunteer) ?? 0
  }

  /** False when nobody waits for it. */
  answer(volunteer: string, lease: number, verdict: Verdict): boolean {
    return this.#settle(keyOf(volunteer, lease), verdict)
  }

  /** The job is gone and will answer no more; tells whom it left waiting. */
  answerAll(job: string, verdict: Verdict): string[] {
    const left = [...this.#waiting].filter(([, waiting]) => waiting.job === job)
    for (const [key] of left) this.#settle(key, verdict)
    return left.map(([, { volunteer }]) => volunteer)
  }

  #settle(key: string, verdict: Verdict): boolean {
    const waiting = this.#waiting.get(key)
    if (!waiting) return false
    const { volunteer, bytes, answers } = waiting
    this.#waiting.delete(key)
    const left = this.bytesOf(volunteer) - bytes
    if (left > 0) this.#bytes.set(volunteer, left)
    else this.#bytes.delete(volunteer)
    for (const answer of answers) answer(verdict)
    return true
  }
}

const keyOf = (volunteer: string, lease: number): string => `${volunteer}/${lease}`
