/** The tab's half of factorisation by SGD: the reference push, and what a lease must be before it may run. */
import type { Arrays } from '../../wire.ts'
import { checkLength, checkTypes, type Kernel, LeaseError, type ShardShape } from '../kernel.ts'
import * as buffers from './buffers.ts'
import { RANK_MAX, SCALARS, STATES, widthOf } from './buffers.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'

export const kernel: Kernel = {
  app: 'mfsgd',
  buffers: { lease: buffers.lease, delta: buffers.delta },
  push,
  shape,
  openMemory,
}

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  const { scalars, slot, column, columns } = lease
  const rank = scalars![SCALARS.rank]!
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= RANK_MAX))
    throw new LeaseError(`the lease has rank ${rank} instead of 1 … ${RANK_MAX}`)
  checkLength(lease, 'column', slot!.length)
  checkLength(lease, 'columns', slot!.length)
  const first = scalars![SCALARS.firstItem]!
  const n = Math.floor(lease.itemState!.length / STATES)
  let m = 0
  for (let run = 0; run < slot!.length; run++) {
    const shard = shards[slot![run]!]
    if (!shard) throw new LeaseError(`run ${run} is in slot ${slot![run]} of ${shards.length}`)
    const end = column![run]! + columns![run]!
    if (end > shard.columns)
      throw new LeaseError(`run ${run} ends at column ${end} of ${shard.columns}`)
    if (!(Number.isInteger(first) && first >= 0 && first + n <= shard.rows))
      throw new LeaseError(`items ${first} … +${n} are not within the shard's ${shard.rows} rows`)
    m += columns![run]!
  }
  const width = widthOf(rank)
  const lengths = {
    users: m * width,
    items: n * width,
    userState: m * STATES,
    itemState: n * STATES,
  }
  for (const [name, length] of Object.entries(lengths)) checkLength(lease, name, length)
  return [...Object.values(lengths), 2]
}
