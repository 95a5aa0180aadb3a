/** How far a scan in whole numbers may be from one in f64. */
import type { Problem } from '../../../shared/apps/problem.ts'
import { forEachEntry } from '../../../shared/columns.ts'
import { openShard, type Shard } from '../../../shared/shard.ts'
import { BITS, largestOf } from './digits.ts'
import { familyOf } from './scanKernels.ts'

/**
 * The reference's own tolerance; what r loses, 2^-BITS of its largest in every row; what real values
 * lose likewise; the unit to which scanSparse.wgsl rounds products; one rounding to f32.
 */
export function scanTolerance(problem: Problem): Problem['tolerance'] {
  const residual = problem.lease.residual as Float64Array
  const bounds = problem.shards.flatMap((bytes) => boundsOf(openShard(bytes), residual))
  const { gradient } = problem.tolerance
  return {
    ...problem.tolerance,
    gradient: (k, want) => gradient!(k, want) + bounds[k]! + 2 ** -23 * Math.abs(want),
  }
}

function boundsOf(shard: Shard, residual: Float64Array): number[] {
  const family = familyOf(shard)
  const isReal = shard.valueType === 'f32' || shard.valueType === 'f64'
  const largest = largestOf(residual)
  return Array.from({ length: shard.columns }, (_, j) => {
    let [values, rests, most, count] = [0, 0, 0, 0]
    forEachEntry(shard, j, (i, x) => {
      values += Math.abs(x)
      rests += Math.abs(residual[i]!)
      most = Math.max(most, Math.abs(x))
      count++
    })
    const cut = family === 'sparse' ? count * 2 ** (20 - 2 * BITS) : 0
    const range = isReal ? most : shard.valueType === 'u8' ? 2 ** 8 : 2 ** 15
    return 2 ** -BITS * (values * largest + (isReal ? most * rests : 0)) + 4 * cut * range * largest
  })
}
