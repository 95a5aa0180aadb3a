/** A page's memories: leases made whole, deltas noted, and a fault where something is missing. */
import { expect, test } from 'vitest'
import { type Kernel, LeaseError, type Memory } from '../../shared/apps/kernel.ts'
import type { LeaseHead } from '../../shared/protocol.ts'
import { type Arrays, decodeFrame, encodeFrame } from '../../shared/wire.ts'
import { Memories } from './memories.ts'

/** Remembers the sum of what was computed; a lease that says another one is at fault. */
function openMemory(): Memory {
  let sum = 0
  return {
    recall({ given, counts }) {
      if (counts![0] !== sum) throw new LeaseError(`counts on ${counts![0]}, here is ${sum}`)
      return {
        lease: { whole: Float64Array.of(given![0]! + sum) },
        ...(given![0] === 2 && { halves: ['made'] }),
        keep({ made }) {
          sum += made![0]!
        },
      }
    },
  }
}
const plain = { buffers: { lease: [], delta: [] }, push: (a: Arrays) => a, shape: () => [] }
const kernels: Record<string, Kernel> = {
  with: { ...plain, app: 'with', openMemory },
  without: { ...plain, app: 'without' },
}

let leases = 0
function lease(job: string, app: string, given: number, counts: number) {
  const head: LeaseHead = { lease: ++leases, job, app, shards: [], deadlineMs: 1000 }
  const arrays = { given: Float64Array.of(given), counts: Float64Array.of(counts) }
  return { head, frame: encodeFrame({ ...head }, arrays).buffer }
}

const arraysOf = (frame: ArrayBuffer): Arrays => decodeFrame(new Uint8Array(frame)).arrays
const delta = (made: number): ArrayBuffer =>
  encodeFrame({ lease: leases }, { made: Float32Array.of(made) }).buffer

test('leases are whole, and later ones count on what was computed', () => {
  const memories = new Memories('page', kernels)
  const first = lease('a', 'with', 1, 0)
  expect(arraysOf(memories.receive(first.head, first.frame).whole)).toEqual({
    whole: Float64Array.of(1),
  })
  const sent = delta(10)
  expect(memories.computed(first.head.lease, sent)).toBe(sent)
  const next = lease('a', 'with', 2, 10)
  const { whole, fault } = memories.receive(next.head, next.frame)
  expect(fault).toBeNull()
  expect(arraysOf(whole)).toEqual({ whole: Float64Array.of(12) })
  expect(decodeFrame(new Uint8Array(whole)).head).toEqual(next.head)
  // This one may travel as halves, and arrives as what it was.
  const halves = memories.computed(next.head.lease, delta(0.1))
  expect(arraysOf(halves)).toEqual({ made: Float32Array.of(0.0999755859375) })
})

test('a lease that counts on what is not here is at fault; other jobs have memories of their own', () => {
  const memories = new Memories('page', kernels)
  const wrong = lease('a', 'with', 1, 7)
  expect(memories.receive(wrong.head, wrong.frame)).toEqual({
    whole: wrong.frame,
    fault: { reason: 'shard-unavailable', detail: 'counts on 7, here is 0' },
  })
  const one = lease('a', 'with', 1, 0)
  memories.receive(one.head, one.frame)
  memories.computed(one.head.lease, delta(5))
  const other = lease('b', 'with', 1, 0)
  expect(memories.receive(other.head, other.frame).fault).toBeNull()
})

test('apps without a memory, and deltas nobody knows of, pass as they are', () => {
  const memories = new Memories('page', kernels)
  const { head, frame } = lease('a', 'without', 1, 3)
  expect(memories.receive(head, frame)).toEqual({ whole: frame, fault: null })
  const sent = delta(1)
  expect(memories.computed(head.lease, sent)).toBe(sent)
})
