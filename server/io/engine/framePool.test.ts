import { expect, it } from 'vitest'
import { decodeFrame, encodeFrame } from '../../../shared/wire.ts'
import { FramePool } from './framePool.ts'

it('room that was given back is used again, and only then', () => {
  const pool = new FramePool()
  const first = pool.take(300_000)
  const second = pool.take(300_000)
  expect(second.buffer).not.toBe(first.buffer)
  pool.give(first)
  expect(pool.take(299_000).buffer).toBe(first.buffer)
  expect(pool.take(299_000).buffer).not.toBe(first.buffer)
})

it('room that is too small is left for others', () => {
  const pool = new FramePool()
  const small = pool.take(100_000)
  pool.give(small)
  expect(pool.take(1_000_000).byteLength).toBe(1_000_000)
  expect(pool.take(100_000).buffer).toBe(small.buffer)
})

it('no more than 64 MiB wait', () => {
  const pool = new FramePool()
  const large = [1, 2, 3].map(() => pool.take(30 << 20))
  for (const each of large) pool.give(each)
  const again = [1, 2, 3].map(() => pool.take(30 << 20).buffer)
  expect(again.slice(0, 2)).toEqual(large.slice(0, 2).map(({ buffer }) => buffer))
  expect(again[2]).not.toBe(large[2]!.buffer)
})

it('a frame in room with other content before is the frame in fresh room', () => {
  const pool = new FramePool()
  const arrays = { bytes: new Uint8Array(70_001).fill(7), odd: Float32Array.of(1, 2, 3) }
  const fresh = encodeFrame({ seq: 1 }, arrays)
  const used = pool.take(fresh.byteLength)
  new Uint8Array(used.buffer).fill(255)
  pool.give(used)
  const frame = encodeFrame({ seq: 1 }, arrays, [], (length) => pool.take(length))
  expect(frame.buffer).toBe(used.buffer)
  expect(frame).toEqual(fresh)
  expect(decodeFrame(frame).arrays).toEqual(arrays)
})
