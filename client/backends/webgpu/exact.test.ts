/**
 * Gradients on the GPU are sums of whole numbers, to the last bit: the same on every device. Here against
 * sums in BigInt, also where every product and every count of rows is as large as it gets.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDawn } from '../../../e2e/kit/dawn.ts'
import { forEachEntry } from '../../../shared/columns.ts'
import { problem } from '../../../shared/linear/problems.ts'
import { type Random, seededRandom } from '../../../shared/random.ts'
import { encodeShard, openShard, type Shard, type ValueType } from '../../../shared/shard.ts'
import { largestOf, ROWS_MAX, unitOf, wideAt } from './digits.ts'
import { type Gpu, openGpu } from './gpu.ts'
import { scan } from './scan.ts'
import { GpuSide } from './side.ts'

const dawn = await openDawn()
const TYPES = ['u2', 'u8', 'i16', 'f32', 'f64'] as const

/** (n) residuals and (columns, n) values. */
interface Numbers {
  readonly r: Float64Array
  readonly x: readonly Float64Array[]
}

const HIGHEST = { u2: 3, u8: 255, i16: 32_767, f32: 1, f64: 1 } as const
const LOWEST = { u2: 0, u8: 0, i16: -32_768, f32: -1, f64: -1 } as const

function drawn(type: ValueType, n: number, random: Random): Numbers {
  const isReal = type === 'f32' || type === 'f64'
  const draw = () => {
    if (isReal) return type === 'f32' ? Math.fround(random.normal()) : random.normal()
    return LOWEST[type] + random.below(HIGHEST[type] - LOWEST[type] + 1)
  }
  return {
    r: Float64Array.from({ length: n }, () => random.normal()),
    x: [0, 1, 2].map(() => Float64Array.from({ length: n }, draw)),
  }
}

/** Every digit of r, and of real x, is −128 but for the first one: sums of parts as large as can be. */
function extreme(type: ValueType, n: number): Numbers {
  const q = -(((62 * 256 + 128) * 256 + 128) * 256 + 128)
  const isReal = type === 'f32' || type === 'f64'
  const values = isReal ? [q, -q] : [LOWEST[type], HIGHEST[type]]
  return { r: new Float64Array(n).fill(q), x: values.map((x) => new Float64Array(n).fill(x)) }
}

/** (columns) x_jᵀr as scanDense.wgsl and scanSparse.wgsl say: whole numbers times what they are worth. */
function summed(shard: Shard, r: Float64Array): Float32Array {
  const unit = unitOf(largestOf(r))
  return Float32Array.from({ length: shard.columns }, (_, j) => {
    const values: number[] = []
    const rests: number[] = []
    forEachEntry(shard, j, (i, x) => {
      values.push(x)
      rests.push(Math.round(r[i]! / unit))
    })
    const isReal = shard.valueType === 'f32' || shard.valueType === 'f64'
    const worth = isReal ? unitOf(largestOf(values)) : 1
    const isSparse = shard.layout === 'sparse'
    // Sparse whole numbers are moved up to 30 bits first.
    const shift = isSparse && !isReal ? (shard.valueType === 'u8' ? 22 : 15) : 0
    const of = isSparse ? cut : (a: bigint, b: bigint): bigint => a * b
    const sum = values.reduce(
      (total, x, k) =>
        total + of(BigInt(Math.round(x / worth)) << BigInt(shift), BigInt(rests[k]!)),
      0n,
    )
    return Number(sum) * unit * worth * 2 ** (isSparse ? 20 - shift : 0)
  })
}

/** a·b / 2^20, as scanSparse.wgsl rounds it. */
function cut(a: bigint, b: bigint): bigint {
  const [aHigh, bHigh] = [a >> 16n, b >> 16n]
  const [aLow, bLow] = [a & 0xffffn, b & 0xffffn]
  const crossed = aHigh * bLow + bHigh * aLow + ((aLow * bLow) >> 16n)
  if (crossed + 8n >= 2n ** 31n || crossed < -(2n ** 31n)) throw new Error('no i32 holds this')
  return ((aHigh * bHigh) << 12n) + ((crossed + 8n) >> 4n)
}

function leaseOf(r: Float64Array) {
  const none = { kinds: [], columnsPerShard: 0, weighted: false, centred: true, share: 0 }
  const shape = { ...none, n: r.length, scan: true, sweepsMax: 0 }
  return { ...problem(shape, seededRandom(1)).lease, residual: r }
}

const denseOf = (valueType: ValueType, { x }: Numbers): Uint8Array =>
  encodeShard({ layout: 'dense', valueType, rows: x[0]!.length, firstColumn: 0, columns: [...x] })

/** Every `step`th row is there. */
const sparseOf = (type: Exclude<ValueType, 'u2'>, { x, r }: Numbers, step: number): Uint8Array =>
  encodeShard({
    ...{ layout: 'sparse', valueType: type, rows: r.length, firstColumn: 0 },
    columns: x.map((column) => {
      const rows = [...column.keys()].filter((i) => i % step === 0)
      return { rows, values: rows.map((i) => column[i]!) }
    }),
  } as const)

it('holds two words as they are meant', () => {
  const words = Uint32Array.of(1, 0, 0xffffffff, 0xffffffff, 0, 0x80000000, 5, 0x3fffffff)
  const want = [1n, -1n, -(2n ** 63n), 5n + (0x3fffffffn << 32n)].map(Number)
  expect([0, 1, 2, 3].map((k) => wideAt(words, k))).toEqual(want)
})

it('is refused where 64 bits would not do', () => {
  const residual = new Float64Array(ROWS_MAX + 1).fill(1)
  const lease = { ...leaseOf(Float64Array.of(1)), residual }
  expect(scan.plan(lease, [], {} as Gpu)).toMatch(/more rows than 4194304/)
})

describe.skipIf(typeof dawn === 'string')('gradients on a GPU', () => {
  let gpu: Gpu
  beforeAll(async () => {
    gpu = await openGpu(dawn as GPU)
  })
  afterAll(() => gpu.close())

  async function exact(bytes: Uint8Array, { r }: Numbers): Promise<void> {
    const side = new GpuSide(gpu, scan, 4 << 20)
    side.hold('x', bytes)
    const { gradient } = await side.run(leaseOf(r), ['x'])
    side.close()
    expect(gradient).toEqual(summed(openShard(bytes), r))
  }

  it.each(TYPES)('are exact sums over dense %s columns', async (type) => {
    for (const n of [1, 65, 1000]) {
      const numbers = drawn(type, n, seededRandom(n))
      await exact(denseOf(type, numbers), numbers)
    }
    // More rows than a sum of i32 takes of any type: in parts.
    const largest = extreme(type, 66_000)
    await exact(denseOf(type, largest), largest)
  })

  it.each(['u8', 'i16', 'f32', 'f64'] as const)(
    'are exact sums over sparse %s columns',
    async (type) => {
      for (const n of [1, 65, 1000]) {
        const numbers = drawn(type, n, seededRandom(n))
        await exact(sparseOf(type, numbers, 3), numbers)
      }
      const largest = extreme(type, 66_000)
      await exact(sparseOf(type, largest, 1), largest)
    },
  )
})
