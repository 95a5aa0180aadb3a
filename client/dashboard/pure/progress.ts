/** How far a job is, where the server does not know. */
import type { JobView } from '../../../shared/protocol.ts'

/**
 * The server's fraction, or for a single λ an estimate. Coordinate descent shrinks the gap by about
 * the same factor in the same time, so progress is even in the gap's logarithm, from 1 to the
 * tolerance. Null when there is nothing to go by yet.
 */
export function progressOf(job: Pick<JobView, 'fraction' | 'spec' | 'values'>): number | null {
  if (job.fraction !== null) return job.fraction
  const { gap } = job.values
  const { tol, path } = job.spec
  if (path !== undefined || gap === undefined || !(gap > 0)) return null
  if (typeof tol !== 'number' || !(tol > 0 && tol < 1)) return null
  // Not quite 1: the gap of the last look is not yet the certificate.
  return Math.min(0.99, Math.max(0, Math.log(gap) / Math.log(tol)))
}
