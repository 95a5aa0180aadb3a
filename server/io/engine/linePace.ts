/** How often a run is shown, and how many of its lines are kept. */

/** Lines and views at most this often: what a person can follow. */
export const LINE_MS = 250

/**
 * A run of this many times the time between two lines keeps no more of them: 40 minutes are kept as they
 * are shown, a month as 80 000 lines (20 MB) instead of 10 million, which no result file would hold.
 */
const LINES_PER_AGE = 10_000

/** Running time from one kept line to the next, at least. */
export const keepEveryMs = (runningMs: number): number => runningMs / LINES_PER_AGE
