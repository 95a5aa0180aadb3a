/** A set of bits against a sorted list. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SortedBits } from './sortedBits.ts'

it('answers as a sorted list does, at every size of the tree', () => {
  const cases = fc.constantFrom(1, 31, 32, 33, 1_000, 1_024, 40_000).chain((length) =>
    fc.record({
      length: fc.constant(length),
      steps: fc.array(fc.record({ value: fc.nat(length - 1), isAdded: fc.boolean() }), {
        maxLength: 60,
      }),
      asked: fc.array(fc.nat(length - 1), { minLength: 1, maxLength: 20 }),
    }),
  )
  fc.assert(
    fc.property(cases, ({ length, steps, asked }) => {
      const bits = new SortedBits(length)
      const held = new Set<number>()
      for (const { value, isAdded } of steps) {
        if (isAdded) held.add(value)
        else held.delete(value)
        if (isAdded) bits.add(value)
        else bits.remove(value)
      }
      const sorted = [...held].sort((a, b) => a - b)
      expect(bits.size).toBe(sorted.length)
      for (const value of [...asked, ...sorted, 0, length - 1]) {
        expect(bits.has(value)).toBe(held.has(value))
        expect(bits.next(value)).toBe(sorted.find((v) => v >= value) ?? -1)
        expect(bits.previous(value)).toBe(sorted.findLast((v) => v <= value) ?? -1)
      }
      expect(bits.next(length)).toBe(-1)
    }),
  )
})
