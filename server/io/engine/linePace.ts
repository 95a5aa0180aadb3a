/** How often a run is shown, and how many of its lines are kept. */
import type { RunLine } from '../../../shared/protocol.ts'

/** Lines and views at most this often: what a person can follow. */
export const LINE_MS = 250
/** The first line of another phase brings news – an epoch's errors, a certificate –, and waits no longer. */
const NEWS_MS = 20

/**
 * A run of this many times the time between two lines keeps no more of them: 40 minutes are kept as they
 * are shown, a month as 80 000 lines (20 MB) instead of 10 million, which no result file would hold.
 */
const LINES_PER_AGE = 10_000

/** Running time from one kept line to the next, at least. */
export const keepEveryMs = (runningMs: number): number => runningMs / LINES_PER_AGE

type Line = Pick<RunLine, 'phase' | 'atMs'>

export class LinePace {
  #shownMs = Number.NEGATIVE_INFINITY
  #phase: string | null = null
  /** Running time when the last line was kept. */
  #keptAtMs: number

  constructor(keptAtMs: number) {
    this.#keptAtMs = keptAtMs
  }

  /** Is it time for this line? Then it counts as shown. */
  isDue({ phase }: Line, nowMs: number): boolean {
    const waitMs = phase === this.#phase ? LINE_MS : NEWS_MS
    if (nowMs < this.#shownMs + waitMs) return false
    this.#shownMs = nowMs
    this.#phase = phase
    return true
  }

  /** Is it to be kept? Then it counts as kept. */
  keeps({ atMs }: Line): boolean {
    if (atMs < this.#keptAtMs + keepEveryMs(atMs)) return false
    this.#keptAtMs = atMs
    return true
  }
}
