/**
 * Are two variables too correlated to be updated at once? Exact correlations of standardised columns,
 * computed when asked and kept.
 *
 * Checking against every variable in flight would cost |block|·|in flight|·n. What interferes most
 * is what lies next to a candidate, so it is checked against the nearest few variables in flight.
 */
import { productOf } from '../../columns.ts'
import { type Design, shardOf } from './design.ts'

export interface Dependency {
  /** Absolute correlations of pairs, by j·d + k with j < k; emptied when it is full. */
  readonly cache: Map<number, number>
  /** Zeros (n). */
  readonly scratch: Float64Array
}

const CACHE_PAIRS_MAX = 200_000
/** In-flight variables a candidate is checked against: this many on each side of it. */
const NEAREST = 2

export const openDependency = (rows: number): Dependency => ({
  cache: new Map(),
  scratch: new Float64Array(rows),
})

/** Does variable j correlate by ρ or more with one of `others` (ascending)? */
export function conflicts(
  dependency: Dependency,
  design: Design,
  j: number,
  others: readonly number[],
  rho: number,
): boolean {
  if (rho >= 1) return false
  let at = 0
  let end = others.length
  while (at < end) {
    const middle = (at + end) >> 1
    if (others[middle]! < j) at = middle + 1
    else end = middle
  }
  for (let k = Math.max(0, at - NEAREST); k < Math.min(others.length, at + NEAREST); k++)
    if (correlation(dependency, design, j, others[k]!) >= rho) return true
  return false
}

/** |corr(x_j, x_k)| of the standardised columns; 0 for constant ones. */
export function correlation(dependency: Dependency, design: Design, a: number, b: number): number {
  const [j, k] = a < b ? [a, b] : [b, a]
  const key = j * design.columns + k
  const known = dependency.cache.get(key)
  if (known !== undefined) return known
  if (dependency.cache.size >= CACHE_PAIRS_MAX) dependency.cache.clear()
  const value = j === k ? 1 : exactCorrelation(dependency, design, j, k)
  dependency.cache.set(key, value)
  return value
}

function exactCorrelation({ scratch }: Dependency, design: Design, j: number, k: number): number {
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
