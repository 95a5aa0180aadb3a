/** The tab's half of matrix factorisation: the reference push, and what must hold before a push may run. */
import type { Arrays } from '../../wire.ts'
import { checkLength, checkTypes, type Kernel, LeaseError, type ShardShape } from '../kernel.ts'
import * as buffers from './buffers.ts'
import { SCALARS } from './buffers.ts'
import { openMemory } from './memory.ts'
import { push } from './push.ts'
import { RANK_MAX } from './spec.ts'

/** More than any honest job asks for; without a limit a tab could be kept busy for ever. */
const PASSES_MAX = 1000

export const kernel: Kernel = { app: 'mf', buffers, push, shape, openMemory }

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  const scalar = (name: keyof typeof SCALARS): number => lease.scalars![SCALARS[name]]!
  const rank = scalar('rank')
  const biases = scalar('biases')
  between('rank', rank, 1, RANK_MAX)
  between('biases', biases, 0, 1)
  between('passes', scalar('passes'), 0, PASSES_MAX)
  for (const name of ['lambda', 'lambdaEach'] as const)
    if (!(scalar(name) >= 0)) throw new LeaseError(`${name} is ${scalar(name)}, below 0`)
  if (!(scalar('lambda') + scalar('lambdaEach') > 0)) throw new LeaseError('every λ is 0')
  if (!(scalar('biasScale') > 0))
    throw new LeaseError(`biasScale is ${scalar('biasScale')} instead of above 0`)
  if (!(scalar('alpha') >= 0)) throw new LeaseError(`alpha is ${scalar('alpha')}, below 0`)
  const isImplicit = scalar('alpha') > 0
  if (isImplicit && (biases === 1 || scalar('passes') > 0))
    throw new LeaseError('an implicit lease has neither biases nor passes')
  const m = lease.slot!.length
  const r = lease.others!.length
  checkLength(lease, 'column', m)
  checkLength(lease, 'factors', r * rank)
  checkLength(lease, 'offsets', biases * r)
  checkLength(lease, 'gram', isImplicit ? rank * rank : 0)
  checkLength(lease, 'start', scalar('passes') > 0 ? m * (rank + biases) : 0)
  const all = scalar('othersAll')
  shards.forEach((shard, k) => {
    if (shard.rows !== all)
      throw new LeaseError(`shard ${k} has ${shard.rows} rows, the lease says ${all}`)
  })
  for (const other of lease.others!)
    if (other >= all) throw new LeaseError(`row ${other} of the other side is not below ${all}`)
  for (let v = 0; v < m; v++) {
    const shard = shards[lease.slot![v]!]
    if (!shard) throw new LeaseError(`row ${v} is in slot ${lease.slot![v]} of ${shards.length}`)
    if (lease.column![v]! >= shard.columns)
      throw new LeaseError(`row ${v} is column ${lease.column![v]} of ${shard.columns}`)
  }
  if (m > 0 && r === 0) throw new LeaseError('the lease has rows to solve and nothing to solve for')
  return [m * rank, biases * m, m]
}

function between(name: string, value: number, low: number, high: number): void {
  if (!(Number.isInteger(value) && value >= low && value <= high))
    throw new LeaseError(`${name} is ${value} instead of ${low} … ${high}`)
}
