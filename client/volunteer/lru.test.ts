import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lru } from './lru.ts'

describe('Lru', () => {
  test('drops the least recently used first, and as few as needed', () => {
    const lru = new Lru(10)
    expect(lru.add('a', 4)).toEqual([])
    expect(lru.add('b', 4)).toEqual([])
    lru.touch('a')
    expect(lru.add('c', 4)).toEqual(['b'])
    expect(lru.keys()).toEqual(['a', 'c'])
    expect(lru.bytes).toBe(8)
  })

  test('never drops what is pinned, nor what was just added', () => {
    const lru = new Lru(10)
    lru.add('a', 6)
    expect(lru.add('b', 20, (key) => key === 'a')).toEqual([])
    expect(lru.bytes).toBe(26)
    expect(lru.add('c', 1)).toEqual(['a', 'b'])
  })

  test('adding again replaces the size', () => {
    const lru = new Lru(10)
    lru.add('a', 4)
    lru.add('a', 5)
    expect(lru.bytes).toBe(5)
    expect(lru.touch('b')).toBe(false)
  })

  test('holds: bytes are the sum of the keys kept, at most the limit unless one key is larger', () => {
    const step = fc.tuple(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 1, max: 12 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lru = new Lru(20)
        const model = new Map<string, number>()
        for (const [key, bytes] of steps) {
          model.set(key, bytes)
          for (const out of lru.add(key, bytes)) model.delete(out)
          expect(lru.keys().sort()).toEqual([...model.keys()].sort())
          expect(lru.bytes).toBe([...model.values()].reduce((sum, x) => sum + x, 0))
          expect(lru.bytes).toBeLessThanOrEqual(20)
        }
      }),
    )
  })
})
