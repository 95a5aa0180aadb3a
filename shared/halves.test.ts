/** All 65 536 halves, and what lies between them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHalves, HALF_MAX, roundHalf, toHalves } from './halves.ts'

const all = Uint16Array.from({ length: 65_536 }, (_, k) => k)

test('every finite half comes back, and no other number stays', () => {
  const numbers = fromHalves(all)
  expect([numbers[0x3c00], numbers[0xc000], numbers[1], numbers[0x7bff]]).toEqual([
    ...[1, -2, 2 ** -24, HALF_MAX],
  ])
  expect([numbers[0x7c00], numbers[0xfc00]]).toEqual([Infinity, -Infinity])
  expect(numbers[0x7c01]).toBeNaN()
  const finite = all.filter((half) => (half & 0x7fff) < 0x7c00)
  expect(toHalves(fromHalves(finite))).toEqual(finite)
  for (const half of finite.filter((each) => each % 97 === 0))
    expect(roundHalf(numbers[half]!)).toBe(numbers[half])
})

test('others are rounded to the nearest, ties to even', () => {
  const sizes = fromHalves(all.subarray(0, 0x7c00))
  fc.assert(
    fc.property(fc.nat(0x7bfe), fc.double({ min: 0, max: 1, noNaN: true }), (k, share) => {
      const [low, high] = [sizes[k]!, sizes[k + 1]!]
      const x = Math.fround(low + share * (high - low))
      const middle = (low + high) / 2
      const want = x === middle ? (k % 2 === 0 ? low : high) : x < middle ? low : high
      expect(roundHalf(x)).toBe(want)
      expect(fromHalves(toHalves([-x]))[0]).toBe(-want)
    }),
  )
  expect([roundHalf(1e9), roundHalf(-70_000)]).toEqual([HALF_MAX, -HALF_MAX])
})
