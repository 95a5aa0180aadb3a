/** A token bucket: `perSecond` on average, twice that at once. Time is an argument. */
export class TokenBucket {
  readonly #perSecond: number
  #tokens: number
  #atMs: number | null = null

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = 2 * perSecond
  }

  take(nowMs: number): boolean {
    const gained = ((nowMs - (this.#atMs ?? nowMs)) / 1000) * this.#perSecond
    this.#atMs = nowMs
    this.#tokens = Math.min(2 * this.#perSecond, this.#tokens + gained)
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }

  /** One more than the rate allows: a message that was asked for. */
  earn(): void {
    this.#tokens++
  }
}
