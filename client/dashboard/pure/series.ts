/**
 * The history of one run in bounded memory.
 *
 * A dashboard that keeps every line dies of its own history, and a plain ring forgets the start,
 * which is where an objective falls most. So the buffer decimates: when it is full it drops every
 * second line and from then on keeps one line of twice as many. The whole run stays visible, the
 * first line and the newest always exactly.
 */
import type { RunLine } from '../../../shared/protocol.ts'

/** Twice the pixels of a wide plot; more could not be seen. */
export const POINTS_MAX = 2000

export class RunHistory {
  #lines: RunLine[] = []
  /** One of `#stride` arriving lines is kept for good. */
  #stride = 1
  /** Lines since the last one kept for good. */
  #skipped = 0
  /** The newest line, when it has not been kept for good. */
  #newest: RunLine | null = null
  #total = 0
  readonly #pointsMax: number

  constructor(pointsMax: number = POINTS_MAX) {
    this.#pointsMax = Math.max(4, pointsMax)
  }

  /** How many lines the run has, shown or not. */
  get total(): number {
    return this.#total
  }

  /** What to draw, oldest first. */
  get lines(): readonly RunLine[] {
    return this.#newest === null ? this.#lines : [...this.#lines, this.#newest]
  }

  /**
   * Start from what the server kept. `total` is how many lines there are in all; what follows is
   * thinned as much as this was.
   */
  load(lines: readonly RunLine[], total: number): void {
    this.#lines = [...lines]
    this.#newest = null
    this.#skipped = 0
    this.#total = Math.max(total, lines.length)
    this.#stride = lines.length === 0 ? 1 : Math.max(1, Math.round(this.#total / lines.length))
    this.#decimate()
  }

  /** Append live lines; those at or before the newest have been seen already. */
  push(lines: readonly RunLine[]): void {
    for (const line of lines) {
      const last = this.#newest ?? this.#lines.at(-1)
      if (last !== undefined && line.atMs <= last.atMs) continue
      this.#total++
      this.#skipped++
      if (this.#skipped >= this.#stride || this.#lines.length === 0) {
        this.#lines.push(line)
        this.#newest = null
        this.#skipped = 0
        this.#decimate()
      } else {
        this.#newest = line
      }
    }
  }

  #decimate(): void {
    while (this.#lines.length >= this.#pointsMax) {
      const last = this.#lines.length - 1
      this.#newest = last % 2 === 1 ? (this.#lines[last] ?? null) : this.#newest
      this.#lines = this.#lines.filter((_, i) => i % 2 === 0)
      this.#stride *= 2
    }
  }
}

/** One named value over running time, as uPlot wants it: seconds, and null where there is none. */
export function column(
  lines: readonly RunLine[],
  pick: (values: Record<string, number>) => number | undefined,
): (number | null)[] {
  return lines.map((line) => {
    const value = pick(line.values)
    return value === undefined || !Number.isFinite(value) ? null : value
  })
}

/** What is measured now and then is told again in between; only what is new is a point. */
export function measured(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value, i) => (i > 0 && value === values[i - 1] ? null : value))
}

/** A logarithm has no place for zero and below. */
export function positive(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null))
}

/**
 * The current speed of a counter: its slope over the last `windowMs` of the same clock.
 * A counter that falls (another job, a restart) begins anew.
 */
export class Rate {
  #samples: { atMs: number; value: number }[] = []
  readonly #windowMs: number

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  push(atMs: number, value: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && (atMs < last.atMs || value < last.value)) this.#samples = []
    if (last !== undefined && atMs === last.atMs) this.#samples.pop()
    this.#samples.push({ atMs, value })
    // Keep one sample older than the window, so that the slope spans all of it.
    while (this.#samples.length > 2 && this.#samples[1]!.atMs <= atMs - this.#windowMs) {
      this.#samples.shift()
    }
  }

  /** Per second, or null before there are two samples. */
  get perSecond(): number | null {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null
    return (1000 * (last.value - first.value)) / (last.atMs - first.atMs)
  }
}
