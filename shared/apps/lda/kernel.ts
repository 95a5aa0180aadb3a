/** The tab's half of topic models: the reference push, and what a lease must be before a push may run. */
import type { Arrays } from '../../wire.ts'
import { checkLength, checkTypes, type Kernel, LeaseError, type ShardShape } from '../kernel.ts'
import * as buffers from './buffers.ts'
import { SCALARS, TOPICS_MAX, topicBytes } from './buffers.ts'
import { openMemory } from './memory.ts'
import { sampleCell } from './push.ts'

export const kernel: Kernel = {
  app: 'lda',
  buffers: { lease: buffers.lease, delta: [...buffers.delta, ...buffers.after] },
  push: sampleCell,
  shape,
  openMemory,
}

function shape(lease: Arrays, shards: readonly ShardShape[]): number[] {
  checkTypes(buffers.lease, lease)
  checkLength(lease, 'scalars', Object.keys(SCALARS).length)
  checkLength(lease, 'seed', 4)
  const k = lease.scalars![SCALARS.topics]!
  if (!(Number.isInteger(k) && k >= 1 && k <= TOPICS_MAX))
    throw new LeaseError(`the lease has ${k} topics instead of 1 … ${TOPICS_MAX}`)
  checkLength(lease, 'alpha', k)
  checkLength(lease, 'totals', k)
  checkLength(lease, 'wordPairs', lease.scalars![SCALARS.words]!)
  const m = lease.slot!.length
  checkLength(lease, 'column', m)
  checkLength(lease, 'docPairs', m)
  checkPairs(lease, 'doc', k)
  checkPairs(lease, 'word', k)
  checkTopics(lease, 'z', k)
  for (let i = 0; i < m; i++) checkDocument(lease, i, shards)
  const bytes = topicBytes(k)
  const tokens = lease.z!.length / bytes
  // Every token may bring its document and its word a topic more.
  const docPairs = lease.docCounts!.length + tokens
  const wordPairs = lease.wordCounts!.length + tokens
  return [
    ...[(tokens + 7) >> 3, tokens * bytes],
    ...[m, docPairs * bytes, docPairs],
    ...[lease.wordPairs!.length, wordPairs * bytes, wordPairs],
    tokens * bytes,
  ]
}

function checkDocument(lease: Arrays, i: number, shards: readonly ShardShape[]): void {
  const shard = shards[lease.slot![i]!]
  if (!shard) throw new LeaseError(`document ${i} is in slot ${lease.slot![i]} of ${shards.length}`)
  if (lease.column![i]! >= shard.columns)
    throw new LeaseError(`document ${i} is column ${lease.column![i]} of ${shard.columns}`)
  const from = lease.scalars![SCALARS.firstWord]!
  const words = lease.scalars![SCALARS.words]!
  if (!(Number.isInteger(from) && from >= 0 && from + words <= shard.rows))
    throw new LeaseError(`words ${from} … +${words} are not within the shard's ${shard.rows} rows`)
}

/** Pairs of topic and count, as many as the rows say. */
function checkPairs(lease: Arrays, of: 'doc' | 'word', k: number): void {
  const ofRows = lease[`${of}Pairs`]!
  let pairs = 0
  for (let i = 0; i < ofRows.length; i++) pairs += ofRows[i]!
  checkLength(lease, `${of}Counts`, pairs)
  checkLength(lease, `${of}Topics`, pairs * topicBytes(k))
  checkTopics(lease, `${of}Topics`, k)
  // A kernel lists a topic when its count becomes 1; pairs without a count would be listed twice.
  if (lease[`${of}Counts`]!.includes(0))
    throw new LeaseError(`"${of}Counts" has a pair whose count is 0`)
}

function checkTopics(lease: Arrays, name: string, k: number): void {
  const bytes = topicBytes(k)
  const array = lease[name]!
  if (array.length % bytes !== 0)
    throw new LeaseError(`the lease's array "${name}" ends within a topic`)
  if (k === 2 ** (8 * bytes)) return
  const length = array.length / bytes
  let largest = 0
  if (bytes === 1) for (let i = 0; i < length; i++) largest = Math.max(largest, array[i]!)
  else
    for (let i = 0; i < array.length; i += 2) {
      const id = array[i]! | (array[i + 1]! << 8)
      if (id > largest) largest = id
    }
  if (largest >= k) throw new LeaseError(`"${name}" has topic ${largest} of ${k}`)
}
