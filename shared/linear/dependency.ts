/**
 * Correlations of standardised columns of any kind, and the filter that keeps blocks in flight apart.
 *
 * Checking against every variable in flight would cost |block|·|in flight|·n. What interferes most
 * is what lies next to a candidate, so it is checked against the nearest few variables in flight.
 */
import type { ColumnOf } from '../columns/passes.ts'
import { dot, forEachEntry } from '../columns.ts'
import {
  type Correlation,
  type Filter,
  Nearest,
  NO_FILTER,
  remembered,
} from '../schedule/dependency.ts'
import { type Design, shardOf } from './design.ts'

/** In-flight variables a candidate is checked against: this many on each side of it. */
const NEAREST = 2

/** Where a column has more entries, its products are remembered; see schedule/dependency.ts. */
const ENTRIES_CHEAP = 100

export function openFilter(design: Design, rho: number): Filter {
  if (rho >= 1) return NO_FILTER
  const exact = correlationOf(design)
  const isCheap = design.totalWork <= ENTRIES_CHEAP * design.columns
  const correlation = isCheap ? exact : remembered(design.columns, exact)
  return new Nearest(design.columns, correlation, rho, NEAREST)
}

/**
 * |corr(x_j, x_k)| of the standardised columns; 0 for constant ones.
 *
 * No sketch goes first. Sixteen random projections answer in 0.1 µs where 25 non-zeros take 0.6 µs (and
 * 1814 genotypes 0.6 µs, by plain loops 1.8, once a pair: those are remembered). But they are wrong by
 * 1/√16 = 0.25, which is no help at ρ = 0.1 to 0.5, and take 64 bytes a variable; the schedule has 40.
 */
export function correlationOf(design: Design): Correlation {
  const { norm2, mean, scale, weights, weightSum, dataset, firstColumn } = design
  const { passes } = dataset
  const productOf = plainProducts(design)
  const columnOf = (j: number): ColumnOf => {
    const at = shardOf(design, j)
    return { shard: dataset.shard(at), j: j - firstColumn[at]! }
  }
  let first = -1
  let x: ColumnOf
  return (j, k) => {
    if (norm2[j] === 0 || norm2[k] === 0) return 0
    if (j !== first) x = columnOf(j)
    first = j
    const y = columnOf(k)
    const isDense = x.shard.layout === 'dense' && y.shard.layout === 'dense'
    const product = passes && isDense ? passes.pair(x, y, weights) : productOf(x, y)
    const covariance = (product - weightSum * mean[j]! * mean[k]!) / (scale[j]! * scale[k]!)
    return Math.abs(covariance) / Math.sqrt(norm2[j]! * norm2[k]!)
  }
}

/**
 * By plain loops, which are through with the few entries of sparse columns before a host's passes have
 * begun. The first column is spread over n zeros and stays there, because a candidate is compared with
 * several: half the time of merging rows (SAP on 450 × 200 000, the whole schedule: 10.6 → 6.9 µs a
 * variable).
 */
function plainProducts({ rows, weights }: Design): (x: ColumnOf, y: ColumnOf) => number {
  const scratch = new Float64Array(rows)
  let spread: ColumnOf | null = null
  return (x, y) => {
    if (spread?.shard !== x.shard || spread.j !== x.j) {
      if (spread) forEachEntry(spread.shard, spread.j, (i) => (scratch[i] = 0))
      forEachEntry(x.shard, x.j, (i, value) => {
        scratch[i] = weights ? weights[i]! * value : value
      })
      spread = x
    }
    return dot(y.shard, y.j, scratch)
  }
}
