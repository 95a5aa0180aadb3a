/** What is counted of a job, for its page, its report and the metrics. */

/** Counters of a job; all since submission, restarts included where they can be recovered. */
export interface JobCounters {
  leases: number
  /** Committed deltas. */
  deltas: number
  refused: number
  expired: number
  /** Variables updated by committed deltas. */
  updates: number
  /** Kernel time volunteers reported for committed deltas, milliseconds. */
  computeMs: number
  /** Time from grant to delta of the same leases, milliseconds … */
  elapsedMs: number
  /** … and how much of it they lay in the tab: waiting for shards or a worker, and computing. */
  heldMs: number
  /** Time the engine took to schedule, check and commit, milliseconds. */
  engineMs: number
  /** Of that, to check what volunteers sent. */
  checkMs: number
  bytesDown: number
  bytesUp: number
  /** Distinct volunteers that committed something. */
  volunteers: number
  leaseP50Ms: number | null
  leaseP95Ms: number | null
}
