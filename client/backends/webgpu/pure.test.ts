/** The parts of the GPU backend that need no GPU: digits, pace, who wins a race. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kernels } from '../../../shared/apps/kernels.ts'
import { encodeShard, openShard } from '../../../shared/shard.ts'
import { ReferenceBackend } from '../reference.ts'
import { openHybrid, verdict } from './admission.ts'
import { BITS, type ByteType, digitsOf, FLIPS, largestOf, STEPS } from './digits.ts'
import { Pace, SLICE_MS } from './pace.ts'
import { familyOf } from './scanKernels.ts'
import { denseForScan, quadsOf } from './stage.ts'

/** What scanDense.wgsl does with a column, in plain arithmetic. */
function scanned(column: Uint8Array, type: ByteType, words: Uint32Array): bigint {
  const digits = new Int8Array(words.buffer)
  const flip = new Uint8Array(Uint32Array.of(FLIPS[type]).buffer)
  const steps = STEPS[type] / 4
  let sum = 0n
  for (let w = 0; w < column.length / 4; w++)
    for (let step = 0; step < steps; step++)
      for (let k = 0; k < 4; k++)
        for (let b = 0; b < 4; b++) {
          const byte = column[4 * w + b]! ^ flip[b]!
          const value = type === 'u2' ? (byte >> (2 * step)) & 3 : (byte << 24) >> 24
          const digit = digits[16 * (w * steps + step) + 4 * k + b]!
          const weight = type === 'u2' ? k : 4 * step + k
          sum += BigInt(value * digit) * 256n ** BigInt(weight)
        }
  return sum
}

describe('digits', () => {
  const types = ['u2', 'u8', 'i16', 'f32'] as const
  it.each(types)('of %s columns give x·r but for what whole numbers lose', (valueType) => {
    const entry = { r: fc.double({ min: -1, max: 1, noNaN: true }), x: fc.nat(65_535) }
    const rows = fc.array(fc.record(entry), { minLength: 1, maxLength: 40 })
    const valueIn = {
      ...{ u2: (x: number) => x & 3, u8: (x: number) => x & 255 },
      ...{ i16: (x: number) => x - 32_768, f32: (x: number) => Math.fround(1 / (x - 3000.5)) },
    }[valueType]
    fc.assert(
      fc.property(rows, fc.integer({ min: -40, max: 40 }), (list, exponent) => {
        const r = Float64Array.from(list, (row) => row.r * 2 ** exponent)
        const x = list.map((row) => valueIn(row.x))
        const shape = { layout: 'dense', valueType, rows: x.length, firstColumn: 0 } as const
        const shard = openShard(encodeShard({ ...shape, columns: [x] }))
        const { bytes, units } = denseForScan(shard)
        const type = familyOf(shard) as ByteType
        const { words, unit, offset } = digitsOf(r, type, quadsOf(shard))
        const got = Number(scanned(bytes, type, words) + offset) * unit * (units[0] ?? 1)
        const want = x.reduce((total, value, i) => total + value * r[i]!, 0)
        const sizes = x.reduce((total, value) => total + Math.abs(value), 0)
        const rests = r.reduce((total, value) => total + Math.abs(value), 0)
        const relative = 2 ** -BITS + 50 * Number.EPSILON
        const lost = relative * (sizes * largestOf(r) + rests * largestOf(x)) + sizes * 2 ** -1000
        expect(Math.abs(got - want)).toBeLessThanOrEqual(lost)
      }),
    )
  })
})

describe('Pace', () => {
  /** A GPU of so many units a millisecond; how long each slice took. */
  async function drive(unitsPerMs: number, units: number, count: number): Promise<number[]> {
    const took: number[] = []
    await new Pace().each(
      count,
      () => units,
      async (from, to) => {
        const ms = 0.2 + ((to - from) * units) / unitsPerMs
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

describe('without a GPU', () => {
  const asked = { choice: 'auto', known: null, nowMs: () => 0 } as const
  const without = async (app: string, gpu: GPU | undefined) => {
    const simd = new ReferenceBackend(kernels[app]!, 'plain JavaScript')
    const { runner, decision } = await openHybrid({ ...asked, app, simd, gpu })
    expect(decision).toMatchObject({ use: 'simd', from: null })
    expect(runner.use.name).toBe('reference')
    return runner.use.reason
  }

  it('leaves everything to SIMD and says why', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU
    expect(await without('mf', none)).toMatch(/not WebGPU: this device has no GPU/)
    expect(await without('mf', undefined)).toMatch(/this browser has no WebGPU here/)
    expect(await without('lda', none)).toMatch(/not WebGPU: draws must be the same bit for bit/)
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
