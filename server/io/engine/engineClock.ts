/** How long the engine takes for its events, and how much of that for checks: what only a clock tells. */
import type { AnyApp } from '../../../shared/app.ts'
import type { JobCounters } from '../../../shared/protocol.ts'

type Times = Pick<JobCounters, 'engineMs' | 'checkMs'>

export class EngineClock {
  readonly #nowMs: () => number
  #engineMs: number
  #checkMs: number
  #startMs = 0

  /** @param before what was counted before a restart; a record of an older version knows neither */
  constructor(before: Partial<Times>, nowMs: () => number) {
    this.#nowMs = nowMs
    this.#engineMs = before.engineMs ?? 0
    this.#checkMs = before.checkMs ?? 0
  }

  /** The app with its checks timed. */
  timed(app: AnyApp): AnyApp {
    return {
      ...app,
      check: (state, block, delta) => {
        const startMs = this.#nowMs()
        const complaint = app.check(state, block, delta)
        this.#checkMs += this.#nowMs() - startMs
        return complaint
      },
    }
  }

  /** An event begins; events do not nest. */
  start(): void {
    this.#startMs = this.#nowMs()
  }

  stop(): void {
    this.#engineMs += this.#nowMs() - this.#startMs
  }

  /** Milliseconds so far. */
  counters(): Times {
    return { engineMs: this.#engineMs, checkMs: this.#checkMs }
  }
}
