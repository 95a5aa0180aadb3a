/** The tab's half of the SVM: the reference push, and what a lease must be before a push may run. */
import type { Arrays } from '../../wire.ts'
import { checkLength, checkTypes, type Kernel, LeaseError, type ShardShape } from '../kernel.ts'
import * as buffers from './buffers.ts'
import { SCALARS } from './buffers.ts'
import { push } from './push.ts'

/** More than any honest job asks for; without a limit a tab could be kept busy for ever. */
const SWEEPS_MAX = 1_000_000

export const kernel: Kernel = { app: 'svm', buffers, push, shape }

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  const d = lease.w!.length
  const m = lease.alpha!.length
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  for (const name of ['slot', 'column', 'label', 'norm2']) checkLength(lease, name, m)
  const scalars = lease.scalars as Float64Array
  const visitsMax = scalars[SCALARS.visitsMax]!
  if (!(visitsMax >= 0 && visitsMax <= SWEEPS_MAX * Math.max(1, m)))
    throw new LeaseError(`visitsMax is ${visitsMax} instead of 0 … ${SWEEPS_MAX} sweeps`)
  const seed = scalars[SCALARS.seed]!
  if (!(Number.isInteger(seed) && seed > 0 && seed < 2 ** 32))
    throw new LeaseError(`seed is ${seed} instead of 1 … 2³² − 1`)
  shards.forEach((shard, k) => {
    if (shard.rows !== d)
      throw new LeaseError(`shard ${k} has ${shard.rows} features, the lease's w ${d}`)
  })
  for (let k = 0; k < m; k++) checkExample(lease, k, shards)
  const columns = shards.reduce((sum, shard) => sum + shard.columns, 0)
  return [m, d, scalars[SCALARS.scan] === 1 ? columns : 0, 2]
}

function checkExample(lease: Arrays, k: number, shards: readonly ShardShape[]): void {
  const shard = shards[lease.slot![k]!]
  if (!shard) throw new LeaseError(`example ${k} is in slot ${lease.slot![k]} of ${shards.length}`)
  if (lease.column![k]! >= shard.columns)
    throw new LeaseError(`example ${k} is column ${lease.column![k]} of ${shard.columns}`)
  if (!(lease.norm2![k]! > 0))
    throw new LeaseError(`example ${k} has norm2 ${lease.norm2![k]} instead of one above 0`)
}
