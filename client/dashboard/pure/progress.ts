/** How far a job is, and the numbers that stand for it. */
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

/**
 * The numbers to show for a job. While it runs, those of what it does now; once it has finished,
 * those of the model it reports, which along a path is not the last one computed.
 */
export function numbersOf(
  job: Pick<JobView, 'status' | 'values' | 'summary'>,
): Record<string, number> {
  if (job.status !== 'finished' || job.summary === null) return job.values
  const numbers = Object.entries(job.summary).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return { ...job.values, ...Object.fromEntries(numbers) }
}
