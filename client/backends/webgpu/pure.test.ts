/** The parts of the GPU backend that need no GPU: digits, pace, who wins a race. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verdict } from './admission.ts'
import { BITS, digitsOf, flipOf, type IntegerType, stepsOf } from './digits.ts'
import { Pace, SLICE_MS } from './pace.ts'

/** What scanIntegers.wgsl does with a column, in plain arithmetic. */
function scanned(column: Uint8Array, type: IntegerType, words: Uint32Array): bigint {
  const digits = new Int8Array(words.buffer)
  const bytes = new Uint8Array(column.length)
  const flip = new Uint8Array(Uint32Array.of(flipOf(type)).buffer)
  column.forEach((byte, k) => {
    bytes[k] = byte ^ flip[k & 3]!
  })
  const shifts = stepsOf(type) / 4
  let sum = 0n
  for (let w = 0; w < column.length / 4; w++)
    for (let t = 0; t < shifts; t++)
      for (let k = 0; k < 4; k++)
        for (let b = 0; b < 4; b++) {
          const byte = bytes[4 * w + b]!
          const value = shifts === 4 ? (byte >> (2 * t)) & 3 : (byte << 24) >> 24
          const digit = digits[16 * (w * shifts + t) + 4 * k + b]!
          sum += BigInt(value * digit) * 256n ** BigInt(k)
        }
  return sum
}

describe('digits', () => {
  const types: IntegerType[] = ['u2', 'u8', 'i16']
  it.each(types)('of %s columns give x·r but for what r loses', (type) => {
    const rows = fc.array(
      fc.record({ r: fc.double({ min: -1, max: 1, noNaN: true }), x: fc.nat(65_535) }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(rows, fc.integer({ min: -40, max: 40 }), (list, exponent) => {
        const r = Float64Array.from(list, (row) => row.r * 2 ** exponent)
        const perQuad = { u2: 64, u8: 16, i16: 8 }[type]
        const quads = Math.ceil(list.length / perQuad)
        const bytes = new Uint8Array(16 * quads)
        const view = new DataView(bytes.buffer)
        const x = list.map((row, i) => {
          if (type === 'i16') {
            view.setInt16(2 * i, row.x - 32_768, true)
            return row.x - 32_768
          }
          if (type === 'u8') bytes[i] = row.x & 255
          else bytes[i >> 2]! |= (row.x & 3) << (2 * (i & 3))
          return type === 'u8' ? row.x & 255 : row.x & 3
        })
        const { words, unit, sum } = digitsOf(r, type, quads)
        const offset = type === 'u2' ? 0n : 128n * sum
        const got = Number(scanned(bytes, type, words) + offset) * unit
        const want = x.reduce((total, value, i) => total + value * r[i]!, 0)
        const largest = r.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        const sizes = x.reduce((total, value) => total + Math.abs(value), 0)
        const lost = sizes * (largest * (2 ** -BITS[type] + 50 * Number.EPSILON) + 2 ** -1000)
        expect(Math.abs(got - want)).toBeLessThanOrEqual(lost)
      }),
    )
  })
})

describe('Pace', () => {
  /** A GPU of so many units a millisecond; how long each slice took. */
  async function drive(unitsPerMs: number, units: number, count: number): Promise<number[]> {
    const took: number[] = []
    const items = Array.from({ length: count }, () => units)
    await new Pace().each(
      items,
      (item) => item,
      async (slice) => {
        const ms = 0.2 + (slice.length * units) / unitsPerMs
        took.push(ms)
        return ms
      },
    )
    return took
  }

  it.each([1e4, 1e5, 1e6, 1e8])('keeps slices under 100 ms at %d units/ms', async (unitsPerMs) => {
    const took = await drive(unitsPerMs, 1e5, 20_000)
    const slow = took.filter((ms) => ms > 100)
    // The first slice is cut before anything is known.
    expect(slow.length).toBeLessThanOrEqual(took[0]! > 100 ? 1 : 0)
  })

  it('comes to use a fast device in long slices', async () => {
    const took = await drive(1e8, 1e5, 1_000_000)
    expect(Math.max(...took)).toBeGreaterThan(SLICE_MS / 3)
  })

  it('hands over an item that is too large for any slice by itself', async () => {
    expect(await drive(1e4, 1e8, 2)).toHaveLength(2)
  })
})

describe('a race', () => {
  it('tells from which size on the GPU is faster', () => {
    // 1 ms and 1 unit/ms; SIMD has 1/5 unit/ms, a fifth of which is the margin.
    const small = { work: 1, gpuMs: 2, simdMs: 5 }
    const { from, ratio } = verdict(small, { work: 99, gpuMs: 100, simdMs: 495 })
    expect(from).toBeCloseTo(1 / 3)
    expect(ratio).toBeCloseTo(4.95)
  })

  it('is never won by who is slower on large leases', () => {
    const small = { work: 1, gpuMs: 1, simdMs: 1 }
    expect(verdict(small, { work: 100, gpuMs: 100, simdMs: 100 }).from).toBe(Infinity)
    expect(verdict(small, { work: 100, gpuMs: 90, simdMs: 100 }).from).toBe(Infinity)
  })
})
