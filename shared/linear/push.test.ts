/** The mathematics of the reference push: what must hold whatever the data are. */
import { describe, expect, it } from 'vitest'
import { LeaseError } from '../apps/kernel.ts'
import { axpy } from '../columns.ts'
import { seededRandom } from '../random.ts'
import { encodeShard, openShard, type Shard } from '../shard.ts'
import type { Arrays } from '../wire.ts'
import { SCALARS } from './buffers.ts'
import { linearKernel } from './kernel.ts'
import { shrink } from './math.ts'
import { problem } from './problems.ts'
import { push } from './push.ts'

const kernel = linearKernel('lasso')

const KINDS = [
  { layout: 'dense', valueType: 'u2' },
  { layout: 'dense', valueType: 'f64' },
  { layout: 'sparse', valueType: 'i16' },
] as const

interface Options {
  weighted?: boolean
  centred?: boolean
  sweepsMax?: number
  ridge?: number
  bare?: boolean
  extrapolation?: number
}

function given(
  seed: number,
  { weighted = true, centred = true, sweepsMax = 1, ...more }: Options = {},
) {
  const options = { kinds: KINDS, n: 41, columnsPerShard: 5, scan: false, share: 0.8 }
  const { lease, shards } = problem(
    { ...options, ...more, weighted, centred, sweepsMax },
    seededRandom(seed),
  )
  return { lease: lease as Record<string, Float64Array>, shards: shards.map(openShard) }
}

/** x̃_k as a plain column, centred by the lease's weights. */
function standardised(lease: Arrays, shards: readonly Shard[], k: number): Float64Array {
  const x = new Float64Array(lease.residual!.length)
  axpy(shards[lease.slot![k]!]!, lease.column![k]!, 1, x)
  const mean = lease.scalars![SCALARS.centred] === 1 ? meanOf(lease, x) : 0
  return x.map((v) => (v - mean) / lease.scale![k]!)
}

const weightOf = (lease: Arrays, i: number): number =>
  lease.weights!.length > 0 ? lease.weights![i]! : 1

function meanOf(lease: Arrays, x: ArrayLike<number>): number {
  let [sum, total] = [0, 0]
  for (let i = 0; i < x.length; i++) {
    sum += weightOf(lease, i) * x[i]!
    total += weightOf(lease, i)
  }
  return sum / total
}

/** ½ Σ ρ_i²/w_i + T₁‖β‖₁ + ½T₂‖β‖² with ρ the weighted residual: P of the block. */
function objective(lease: Arrays, change: Arrays[string], fit: Arrays[string]): number {
  const centred = lease.scalars![SCALARS.centred] === 1
  const shift = centred && fit!.length > 0 ? meanOf(lease, fit!) : 0
  let sum = 0
  lease.residual!.forEach((rho, i) => {
    const w = weightOf(lease, i)
    const y = rho / w - (fit!.length > 0 ? fit![i]! - shift : 0)
    sum += 0.5 * w * y * y
  })
  for (let k = 0; k < change!.length; k++) {
    const b = lease.beta![k]! + change![k]!
    sum += lease.scalars![SCALARS.threshold]! * Math.abs(b)
    sum += 0.5 * lease.scalars![SCALARS.ridge]! * b * b
  }
  return sum
}

const CASES = [1, 2, 3, 4, 5, 6].flatMap((seed) => [
  { seed, ridge: 0, bare: false },
  { seed, ridge: 0.4, bare: false },
  { seed, ridge: 0, bare: true },
  { seed, ridge: 0.4, bare: false, extrapolation: 3 },
])

describe.each(CASES)('the reference push (%o)', ({ seed, ...model }) => {
  it.each([true, false])('never raises the objective (centred: %s)', (centred) => {
    let last = Number.POSITIVE_INFINITY
    for (let sweeps = 0; sweeps <= 12; sweeps++) {
      const { lease, shards } = given(seed, { ...model, centred, sweepsMax: sweeps })
      const { change, fit } = push(lease, shards)
      const now = objective(lease, change!, fit!)
      expect(now).toBeLessThanOrEqual(last * (1 + 1e-12))
      last = now
    }
  })

  it('returns the fit of its changes', () => {
    const { lease, shards } = given(seed, { ...model, sweepsMax: 7 })
    const { change, fit } = push(lease, shards)
    const want = new Float64Array(lease.residual!.length)
    let size = 0
    change!.forEach((c, k) => {
      const column = new Float64Array(want.length)
      axpy(shards[lease.slot![k]!]!, lease.column![k]!, 1 / lease.scale![k]!, column)
      column.forEach((x, i) => {
        want[i]! += c * x
        size = Math.max(size, Math.abs(c * x))
      })
    })
    want.forEach((f, i) => {
      expect(Math.abs(fit![i]! - f)).toBeLessThanOrEqual(1e-12 * size)
    })
  })

  it('satisfies the KKT conditions after many sweeps, where plain descent ends too', () => {
    const { lease, shards } = given(seed, { ...model, sweepsMax: 5000 })
    lease.scalars![SCALARS.tolerance] = 0
    const { change } = push(lease, shards)
    const threshold = lease.scalars![SCALARS.threshold]!
    const columns = Array.from(change!, (_, k) => standardised(lease, shards, k))
    const ridge = lease.scalars![SCALARS.ridge]!
    const rho = lease.residual!.slice()
    columns.forEach((x, k) => {
      x.forEach((v, i) => {
        rho[i]! -= weightOf(lease, i) * v * change![k]!
      })
    })
    columns.forEach((x, k) => {
      const b = lease.beta![k]! + change![k]!
      const g = x.reduce((sum, v, i) => sum + v * rho[i]!, 0) - ridge * b
      const violation =
        b === 0 ? Math.max(0, Math.abs(g) - threshold) : g - Math.sign(b) * threshold
      expect(Math.abs(violation)).toBeLessThanOrEqual(1e-8 * threshold)
    })
    const serial = plainDescent(lease, columns)
    serial.forEach((b, k) => {
      expect(lease.beta![k]! + change![k]!).toBeCloseTo(b, 6)
    })
  })

  it('reads a weight of 0 as a row that is not there', () => {
    const { lease, shards } = given(seed, {
      ...model,
      bare: false,
      centred: false,
      sweepsMax: 5000,
    })
    lease.scalars![SCALARS.tolerance] = 0
    const kept = [...lease.residual!.keys()].filter((i) => i % 3 !== 0)
    const weights = lease.residual!.map((_, i) => +(i % 3 !== 0))
    const zeroed = { ...lease, weights, residual: lease.residual!.map((v, i) => v * weights[i]!) }
    const dropped = {
      ...lease,
      weights: new Float64Array(0),
      residual: Float64Array.from(kept, (i) => lease.residual![i]!),
      slot: new Uint32Array(lease.beta!.length) as unknown as Float64Array,
      column: Uint32Array.from(lease.beta!.keys()) as unknown as Float64Array,
    }
    const columns = [...lease.beta!.keys()].map((k) => {
      const x = new Float64Array(lease.residual!.length)
      axpy(shards[lease.slot![k]!]!, lease.column![k]!, 1, x)
      return kept.map((i) => x[i]!)
    })
    const common = { layout: 'dense', valueType: 'f64', rows: kept.length, firstColumn: 0 } as const
    const few = openShard(encodeShard({ ...common, columns }))
    const a = push(zeroed, shards)
    const b = push(dropped, [few])
    a.change!.forEach((c, k) => {
      expect(c).toBeCloseTo(b.change![k]!, 10)
    })
    kept.forEach((i, row) => {
      expect(Math.abs((a.fit![i] ?? 0) - (b.fit![row] ?? 0))).toBeLessThan(1e-8)
    })
  })
})

/** Serial coordinate descent on plain columns, from the leased coefficients. */
function plainDescent(lease: Arrays, columns: Float64Array[]): Float64Array {
  const threshold = lease.scalars![SCALARS.threshold]!
  const ridge = lease.scalars![SCALARS.ridge]!
  const beta = Float64Array.from(lease.beta!)
  const rho = Float64Array.from(lease.residual!)
  for (let sweep = 0; sweep < 5000; sweep++)
    columns.forEach((x, k) => {
      const w = (i: number): number => weightOf(lease, i)
      const q = x.reduce((sum, v, i) => sum + w(i) * v * v, 0)
      const g = x.reduce((sum, v, i) => sum + v * rho[i]!, 0)
      const step = shrink(g + q * beta[k]!, threshold) / (q + ridge) - beta[k]!
      beta[k]! += step
      x.forEach((v, i) => {
        rho[i]! -= w(i) * v * step
      })
    })
  return beta
}

describe('a lease that no kernel may run', () => {
  const { lease, shards } = given(1)
  const m = lease.beta!.length
  it.each([
    ['a missing array', { mean: undefined }, /lacks the array "mean"/],
    ['a wrong type', { beta: new Float32Array(m) }, /"beta" is f32 instead of f64/],
    ['a short array', { norm2: new Float64Array(m - 1) }, /"norm2" has length/],
    ['weights of another length', { weights: new Float64Array(3) }, /"weights" has length 3/],
    ['a slot past the shards', { slot: new Uint32Array(m).fill(3) }, /slot 3 of 3/],
    ['a column past the shard', { column: new Uint32Array(m).fill(5) }, /column 5 of 5/],
    [
      'another number of rows',
      { residual: new Float64Array(9), weights: new Float64Array(0) },
      /rows/,
    ],
    ['a scale of 0', { scale: new Float64Array(m) }, /scale 0 instead of one above 0/],
    ['a norm that is no number', { norm2: new Float64Array(m).fill(Number.NaN) }, /norm2 NaN/],
    [
      'endless sweeps',
      { scalars: Float64Array.of(1, 1, Infinity, 0, 0, 0, 0, 0) },
      /sweepsMax is Infinity/,
    ],
  ])('has %s', (_, change, message) => {
    const bad = { ...lease, ...change } as unknown as Arrays
    expect(() => kernel.shape(bad, shards)).toThrow(message)
    expect(() => kernel.shape(bad, shards)).toThrow(LeaseError)
  })
})
