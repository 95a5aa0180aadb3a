/** The tab's half of the lasso: the reference push, and what a lease must be before a push may run. */

import * as buffers from '../../linear/buffers.ts'
import { SCALARS } from '../../linear/buffers.ts'
import { push } from '../../linear/push.ts'
import type { Arrays } from '../../wire.ts'
import { checkLength, checkTypes, type Kernel, LeaseError, type ShardShape } from '../kernel.ts'

/** More than any honest job asks for; without a limit a tab could be kept busy for ever. */
const SWEEPS_MAX = 1_000_000

/** Every iterate to extrapolate from costs a copy of the residual; five to ten are of use. */
const EXTRAPOLATION_MAX = 64

export const kernel: Kernel = { app: 'lasso', buffers, push, shape }

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  const n = lease.residual!.length
  const m = lease.beta!.length
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  if (lease.weights!.length > 0) checkLength(lease, 'weights', n)
  for (const name of ['slot', 'column', 'mean', 'scale', 'norm2']) checkLength(lease, name, m)
  const sweepsMax = lease.scalars![SCALARS.sweepsMax]!
  if (!(sweepsMax >= 0 && sweepsMax <= SWEEPS_MAX))
    throw new LeaseError(`sweepsMax is ${sweepsMax} instead of 0 … ${SWEEPS_MAX}`)
  const depth = lease.scalars![SCALARS.extrapolation]!
  if (!(Number.isInteger(depth) && depth >= 0 && depth <= EXTRAPOLATION_MAX))
    throw new LeaseError(`extrapolation is ${depth} instead of 0 … ${EXTRAPOLATION_MAX}`)
  shards.forEach((shard, k) => {
    if (shard.rows !== n)
      throw new LeaseError(`shard ${k} has ${shard.rows} rows, the lease's residual ${n}`)
  })
  for (let k = 0; k < m; k++) checkVariable(lease, k, shards)
  const scanned = lease.scalars![SCALARS.scan] === 1
  return [m, n, scanned ? shards.reduce((sum, { columns }) => sum + columns, 0) : 0, 2]
}

function checkVariable(lease: Arrays, k: number, shards: readonly ShardShape[]): void {
  const shard = shards[lease.slot![k]!]
  if (!shard) throw new LeaseError(`variable ${k} is in slot ${lease.slot![k]} of ${shards.length}`)
  if (lease.column![k]! >= shard.columns)
    throw new LeaseError(`variable ${k} is column ${lease.column![k]} of ${shard.columns}`)
  for (const name of ['scale', 'norm2'])
    if (!(lease[name]![k]! > 0))
      throw new LeaseError(`variable ${k} has ${name} ${lease[name]![k]} instead of one above 0`)
}
