/** The tab's half of every sparse linear model: the reference push, and what a lease must be before one may run. */

import {
  checkLength,
  checkTypes,
  type Kernel,
  LeaseError,
  type ShardShape,
} from '../apps/kernel.ts'
import type { Arrays } from '../wire.ts'
import * as buffers from './buffers.ts'
import { SCALARS } from './buffers.ts'
import { push } from './push.ts'

/** More than any honest job asks for; without a limit a tab could be kept busy for ever. */
const SWEEPS_MAX = 1_000_000

/** Every sweep to extrapolate from costs a copy of the residual; three to five are of use. */
const EXTRAPOLATION_MAX = 64

export const linearKernel = (app: string): Kernel => ({ app, buffers, push, shape })

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  const n = lease.residual!.length
  const m = lease.beta!.length
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  if (lease.weights!.length > 0) checkLength(lease, 'weights', n)
  for (const name of ['slot', 'column', 'scale']) checkLength(lease, name, m)
  // Moments come together, or are computed from weights.
  const given = lease.norm2!.length > 0 || lease.weights!.length < n
  for (const name of ['mean', 'norm2']) checkLength(lease, name, given ? m : 0)
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
    if (lease[name]!.length > 0 && !(lease[name]![k]! > 0))
      throw new LeaseError(`variable ${k} has ${name} ${lease[name]![k]} instead of one above 0`)
}
