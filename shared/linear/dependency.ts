/**
 * Correlations of standardised columns of any kind, and the filter that keeps blocks in flight apart.
 *
 * Checking against every variable in flight would cost |block|·|in flight|·n. What interferes most
 * is what lies next to a candidate, so it is checked against the nearest few variables in flight.
 */
import { productOf } from '../columns.ts'
import { type Filter, Nearest, NO_FILTER, remembered } from '../schedule/dependency.ts'
import { type Design, shardOf } from './design.ts'

/** In-flight variables a candidate is checked against: this many on each side of it. */
const NEAREST = 2

export function openFilter(design: Design, rho: number): Filter {
  if (rho >= 1) return NO_FILTER
  const scratch = new Float64Array(design.rows) // zeros between questions
  const correlation = remembered(design.columns, (j, k) => exactCorrelation(scratch, design, j, k))
  return new Nearest(correlation, rho, NEAREST)
}

/** |corr(x_j, x_k)| of the standardised columns; 0 for constant ones. */
export function exactCorrelation(
  scratch: Float64Array,
  design: Design,
  j: number,
  k: number,
): number {
  const { norm2, mean, scale, weights, weightSum, dataset, firstColumn } = design
  if (norm2[j] === 0 || norm2[k] === 0) return 0
  const [a, b] = [shardOf(design, j), shardOf(design, k)]
  const first = dataset.shard(a)
  const second = a === b ? first : dataset.shard(b)
  const product = productOf(
    first,
    j - firstColumn[a]!,
    second,
    k - firstColumn[b]!,
    weights,
    scratch,
  )
  const covariance = (product - weightSum * mean[j]! * mean[k]!) / (scale[j]! * scale[k]!)
  return Math.abs(covariance) / Math.sqrt(norm2[j]! * norm2[k]!)
}
