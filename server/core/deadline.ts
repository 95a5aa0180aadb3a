/**
 * How fast a volunteer is, and how long to wait for it: measured on the volunteer itself, because a
 * fixed timeout is wrong for every machine but one.
 *
 *   speed     Σ work done / Σ kernel time of its last leases; a lease may end before its last sweep
 *   deadline  rtt + work · (median + spread) of (elapsed / work) of its last leases,
 *             spread = k·MAD, so that a steady machine gets a tight deadline and a busy one a wide one
 *
 * Elapsed time runs from grant to delta: it contains the network, the queue in the tab and the duty
 * cycle, all of which a deadline must allow for. Kernel time does not, and sizes the next block.
 */

/** Entries per ms of a volunteer nobody has measured: a slow phone in the reference kernel. Its first
 * block is small rather than late; the second one is sized by measurement. Where the job's others are
 * slower yet, it is taken to be as they are: eight jobs on a hundred volunteers of 2000 entries a ms
 * each began with blocks fifty times too large (450 × 10⁵: 11.3 s, and 3.5 s so). */
const WORK_PER_MS_PRIOR = 100_000
/** What one lease's speed moves that of newcomers by, in the logarithm. */
const NEWCOMER_BLEND = 0.1
/** Leases remembered. Enough for a median, few enough to follow a machine that heats up. */
const HISTORY_MAX = 32
/** A report below this is the clock's resolution (0.1 ms without cross-origin isolation). */
const COMPUTE_MS_MIN = 0.1
/** No claim moves the measured speed further than this from the prior, either way. */
const SPEED_RATIO_MAX = 1_000

/** Not judged earlier: garbage collection, a busy main thread and a slow disk all take a second. */
const DEADLINE_MIN_MS = 4_000
/** Nor later than this, or ten times the kernel time where that is more. It is what a newcomer gets,
 * which has workers to start and kernels to compile; and one short lease that waited behind a stalled
 * worker must not buy the next one an hour. */
const DEADLINE_LATE_MS = 30_000
const KERNEL_TIMES_MAX = 10
/** Slow links with large shards may add up to this. */
const DEADLINE_MAX_MS = 600_000
/** 6 MAD are 4 standard deviations of a normal: one honest lease in 30 000 expires. */
const MADS = 6
/** Spread is at least this many medians: a history of equal samples says little about the next. */
const SPREAD_MIN = 2
/** Shards travel at 1 Mbit/s or better. */
const DOWNLOAD_BYTES_PER_MS = 125
/** Every expiry in a row doubles the usual time, up to this: a machine may have become slower. */
const PATIENCE_MAX = 4

interface Sample {
  /** As leased: what deadlines are made of. */
  work: number
  /** As read: what speed is made of. */
  workDone: number
  elapsedMs: number
  computeMs: number | null
}

export interface Settled {
  work: number
  /** The tab's word, where it may end early: no more than `work`. */
  workDone: number
  grantedMs: number
  nowMs: number
  /** Null when the delta came too late to count. */
  computeMs: number | null
}

/** Shards that a lease has sent a volunteer for. */
interface Download {
  grantedMs: number
  bytes: number
}

/** What the volunteers of a job share: entries per ms of one that has not been measured. */
interface Newcomer {
  workPerMs: number
}

export class History {
  readonly #samples: Sample[] = []
  readonly #newcomer: Newcomer
  #patience = 1
  /** Until when its downlink may be busy with shards that were leased to it. */
  #downloadsUntilMs = 0
  /** Leases whose shards may still be on their way, the oldest first. */
  #downloads: Download[] = []

  constructor(newcomer: Newcomer = { workPerMs: WORK_PER_MS_PRIOR }) {
    this.#newcomer = newcomer
  }

  /** A lease was settled, late or not. */
  settled({ work, workDone, grantedMs, nowMs, computeMs }: Settled): void {
    const elapsedMs = nowMs - grantedMs
    this.#samples.push({ work: Math.max(work, 1), workDone, elapsedMs, computeMs })
    if (this.#samples.length > HISTORY_MAX) this.#samples.shift()
    this.#patience = 1
    this.#arrived(grantedMs, nowMs)
    if (computeMs === null) return
    const before = this.#newcomer.workPerMs
    const moved = before * (this.workPerMs() / before) ** NEWCOMER_BLEND
    this.#newcomer.workPerMs = Math.min(moved, WORK_PER_MS_PRIOR)
  }

  expired(): void {
    this.#patience = Math.min(2 * this.#patience, PATIENCE_MAX)
  }

  workPerMs(): number {
    let work = 0
    let ms = 0
    for (const sample of this.#samples) {
      if (sample.computeMs === null) continue
      work += Math.min(sample.workDone, sample.work)
      ms += Math.max(sample.computeMs, COMPUTE_MS_MIN)
    }
    if (ms === 0) return this.#newcomer.workPerMs
    const [low, high] = [WORK_PER_MS_PRIOR / SPEED_RATIO_MAX, WORK_PER_MS_PRIOR * SPEED_RATIO_MAX]
    return Math.min(Math.max(work / ms, low), high)
  }

  /** What a lease takes without its round trip, as far as that is known. */
  usualMs(work: number, missingBytes: number): number {
    return work / this.workPerMs() + missingBytes / DOWNLOAD_BYTES_PER_MS
  }

  /** Time for a lease that starts now. `missingBytes`: shards of it that the volunteer must fetch. */
  deadlineMs(work: number, rttMs: number, missingBytes: number, nowMs: number): number {
    if (nowMs >= this.#downloadsUntilMs) this.#downloads = []
    if (missingBytes > 0) this.#downloads.push({ grantedMs: nowMs, bytes: missingBytes })
    this.#downloadsUntilMs =
      Math.max(this.#downloadsUntilMs, nowMs) + missingBytes / DOWNLOAD_BYTES_PER_MS
    const latestMs = Math.max(DEADLINE_LATE_MS, (KERNEL_TIMES_MAX * work) / this.workPerMs())
    const isNew = this.#samples.length === 0
    const usualMs = isNew ? latestMs : (rttMs + this.#elapsedBound(work)) * this.#patience
    const computeMs = Math.min(Math.max(usualMs, DEADLINE_MIN_MS), latestMs)
    return Math.min(computeMs + this.#downloadsUntilMs - nowMs, DEADLINE_MAX_MS)
  }

  /** Who has computed a lease has its shards, and those of every lease before it: one downlink. */
  #arrived(grantedMs: number, nowMs: number): void {
    this.#downloads = this.#downloads.filter((download) => download.grantedMs > grantedMs)
    const bytes = this.#downloads.reduce((sum, download) => sum + download.bytes, 0)
    const untilMs = nowMs + bytes / DOWNLOAD_BYTES_PER_MS
    this.#downloadsUntilMs = Math.min(this.#downloadsUntilMs, untilMs)
  }

  #elapsedBound(work: number): number {
    const ratios = this.#samples.map((sample) => sample.elapsedMs / sample.work)
    const center = median(ratios)
    const mad = median(ratios.map((ratio) => Math.abs(ratio - center)))
    return work * (center + Math.max(MADS * mad, SPREAD_MIN * center))
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Volunteers come and go with new names for ever; histories beyond this many are dropped. */
const HISTORIES_MAX = 10_000

/** The histories of all volunteers of a job, the least recently used dropped first. */
export class Histories {
  readonly #histories = new Map<string, History>()
  readonly #newcomer: Newcomer = { workPerMs: WORK_PER_MS_PRIOR }

  of(volunteer: string): History {
    const history = this.#histories.get(volunteer) ?? new History(this.#newcomer)
    this.#histories.delete(volunteer)
    this.#histories.set(volunteer, history)
    if (this.#histories.size > HISTORIES_MAX)
      this.#histories.delete(this.#histories.keys().next().value!)
    return history
  }
}
