/**
 * Every WGSL kernel against the reference, on Dawn in Node (the browser spec runs them again), and how
 * far whole numbers and f32 are from what the server's checks allow: the figures that scan.ts and
 * push.wgsl rest on. SHOAL_FIGURES prints them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDawn } from '../../../e2e/kit/dawn.ts'
import { figure } from '../../../e2e/kit/world.ts'
import { problems } from '../../../shared/apps/conformance.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import { type Lease, readLease, readRow } from '../../../shared/apps/mf/lease.ts'
import { problem as mfProblem } from '../../../shared/apps/mf/problems.ts'
import { descend, positions, startOf } from '../../../shared/apps/mf/push.ts'
import { dot, forEachEntry } from '../../../shared/columns.ts'
import { type Kind, problem as scanProblem } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { openShard, type Shard } from '../../../shared/shard.ts'
import { ReferenceBackend } from '../reference.ts'
import { race } from './admission.ts'
import { als } from './als.ts'
import { type Gpu, openGpu } from './gpu.ts'
import type { Facts, Given, GpuProgram } from './program.ts'
import { scan } from './scan.ts'
import { mistake } from './selfTest.ts'
import { GpuSide } from './side.ts'

const dawn = await openDawn()
if (typeof dawn === 'string') console.warn(`WebGPU kernels are not tested in Node: ${dawn}`)

const KINDS: Kind[] = [
  ...(['u2', 'u8', 'i16', 'f32', 'f64'] as const).map((valueType) => {
    return { layout: 'dense', valueType } as const
  }),
  { layout: 'sparse', valueType: 'f32', density: 0.05 },
]

describe.skipIf(typeof dawn === 'string')('WGSL', () => {
  let gpu: Gpu
  beforeAll(async () => {
    gpu = await openGpu(dawn as GPU)
  })
  afterAll(() => gpu.close())

  const cases = [
    ['lasso', scan],
    ['mf', als],
  ] as const
  it.each(cases)(
    '%s gets every trial right',
    async (app, program) => {
      let count = 0
      const wrong: string[] = []
      for (const problem of program.trials()) {
        const found = await mistake(gpu, kernels[app]!, program, problem)
        count++
        if (found !== null) wrong.push(`${problem.name}: ${found}`)
      }
      expect(wrong).toEqual([])
      expect(count).toBeGreaterThanOrEqual(5)
    },
    180_000,
  )

  it.each(cases)(
    '%s conforms, where a lease is one for a GPU',
    async (app, program) => {
      const wrong: string[] = []
      let count = 0
      for (const problem of problems[app]!(seededRandom(1))) {
        const facts = problem.shards.map(
          (bytes): Facts => ({ ...openShard(bytes), units: new Float64Array(0), isUneven: false }),
        )
        if (typeof program.plan(problem.lease, facts, gpu) === 'string') continue
        // Each width of a row is a pipeline, and seconds to compile for SwiftShader.
        if (app === 'mf' && readLease(problem.lease).dimensions > 14) continue
        const found = await mistake(gpu, kernels[app]!, program, problem).catch(String)
        count++
        if (found !== null && !/too uneven/.test(found)) wrong.push(`${problem.name}: ${found}`)
      }
      expect(wrong).toEqual([])
      expect(count).toBeGreaterThan(10)
    },
    180_000,
  )

  it('races SIMD', async () => {
    const simd = new ReferenceBackend(kernels.mf!, '')
    const common = { rank: 7, biases: true, valueType: 'u8', othersAll: 300 } as const
    const given = (rows: number) => {
      const lengths = Array.from({ length: rows }, () => 50)
      return mfProblem({ ...common, lengths }, seededRandom(9))
    }
    const clock = () => performance.now()
    const { kind, ratio, from } = await race(gpu, als, simd, given(2), given(40), clock)
    expect(kind).toBe('rows of factors')
    expect(ratio).toBeGreaterThan(0)
    expect(from).toBeGreaterThanOrEqual(0)
    expect(simd.bytesHeld).toBe(0)
  })

  it('says which leases are none for a GPU', () => {
    const given = (options: object) => {
      const common = { rank: 3, biases: true, valueType: 'u8', othersAll: 9, lengths: [2] } as const
      return mfProblem({ ...common, ...options }, seededRandom(1))
    }
    const plan = (options: object, device: unknown = gpu.device) => {
      const { lease, shards } = given(options)
      return als.plan(lease, shards.map(openShard) as never[], { device } as Gpu)
    }
    expect(plan({})).toMatchObject({ kind: 'rows of factors' })
    expect(plan({ passes: 2 })).toMatchObject({ kind: 'rows by coordinates' })
    expect(plan({ lengths: [] })).toBe('an empty lease')
    const { lease } = given({})
    const long = [{ starts: Uint32Array.of(0, 2 ** 20 + 1) }] as Facts[]
    expect(als.plan(lease, long, gpu)).toMatch(/a row of 1048577 ratings/)
    expect(plan({ rank: 300 })).toMatch(/rank 300 has more sums than a workgroup holds/)
    const limits = { maxComputeWorkgroupStorageSize: 16_384, maxStorageBufferBindingSize: 31 }
    expect(plan({ rank: 116 }, { limits })).toBe(
      'rank 116 needs 37 KiB of workgroup memory, this GPU has 16',
    )
    expect(plan({}, { limits })).toBe('a lease with more in it than this GPU binds at once')
    const scalars = new Float64Array(8)
    expect(scan.plan({ scalars }, [], gpu)).toBe('a lease without gradients')
  })

  async function run(program: GpuProgram, { lease, shards }: Given) {
    const side = new GpuSide(gpu, program, 1 << 20)
    const hashes = shards.map((_, k) => `${k}`)
    hashes.forEach((hash, k) => {
      side.hold(hash, shards[k]!)
    })
    const delta = await side.run(lease, hashes)
    side.close()
    return delta
  }

  it.each(KINDS)(
    'has gradients of $layout $valueType columns well within the check',
    async (kind) => {
      const random = seededRandom(11)
      const shape = { kinds: [kind], n: 1814, weighted: false, centred: true, scan: true, share: 0 }
      const given = scanProblem({ ...shape, columnsPerShard: 32, sweepsMax: 0 }, random)
      const { gradient } = await run(scan, given)
      const shard = openShard(given.shards[0]!)
      const r = given.lease.residual as Float64Array
      // One column alone is the hardest check: errors of many cancel.
      const shares = [...gradient!.keys()].map((j) => checkShare(shard, j, gradient![j]!, r))
      const worst = Math.max(...shares)
      figure(`${kind.layout} ${kind.valueType}: ${(100 * worst).toFixed(2)} % of what is allowed`)
      expect(worst).toBeLessThan(0.5)
    },
  )

  it.each([
    { rank: 7, lengths: [3, 40, 2000] },
    { rank: 20, lengths: [40, 2000], alpha: 40, biases: false },
    { rank: 57, lengths: [40, 2000] },
    { rank: 57, lengths: [20_000] },
    { rank: 57, lengths: [40, 5000], passes: 1 },
    { rank: 57, lengths: [40, 5000], passes: 10, weighted: true },
  ])('solves rows well within the audit: %o', async (options) => {
    const common = { biases: true, valueType: 'u8', othersAll: 30_000 } as const
    const given = mfProblem({ ...common, ...options }, seededRandom(12))
    const { rows, bias } = await run(als, given)
    const lease = readLease(given.lease)
    const shard = openShard(given.shards[0]!)
    const shares = options.lengths.map((_, v) => {
      const x = [...rows!.subarray(v * lease.rank, (v + 1) * lease.rank)]
      if (lease.hasBias) x.push(bias![v]! / lease.biasScale)
      return lease.passes > 0 ? passesShare(lease, shard, v, x) : auditShare(lease, shard, v, x)
    })
    const worst = Math.max(...shares)
    const name = lease.passes > 0 ? `ccd of ${lease.passes}` : 'als'
    figure(`${name}, K=${options.rank}: ${(100 * worst).toFixed(2)} % of what is allowed`)
    expect(worst).toBeLessThan(0.25)
  })

  it('solves more rows than lie side by side in a dispatch', async () => {
    const lengths = Array.from({ length: 2050 }, () => 1)
    const common = { rank: 2, biases: false, valueType: 'u8', othersAll: 300 } as const
    const given = mfProblem({ ...common, lengths }, seededRandom(13))
    expect(await mistake(gpu, kernels.mf!, als, given)).toBeNull()
  })
})

/** |g − x·r| over what shared/linear/check.ts allows a shard of this one column. */
function checkShare(shard: Shard, j: number, got: number, r: Float64Array): number {
  let size = Math.abs(got)
  forEachEntry(shard, j, (i, x) => {
    size += 1e-3 * Math.abs(x * r[i]!)
  })
  return size === 0 ? 0 : Math.abs(got - dot(shard, j, r)) / (1e-6 * size)
}

const norm = (list: ArrayLike<number>): number => Math.hypot(...Array.from(list))
const unitOf = ({ dimensions: D }: Lease): number => 2 ** -23 * (64 + D)

/** How far x is from the passes asked for, over what shared/apps/mf/check.ts allows. */
function passesShare(lease: Lease, shard: Shard, v: number, x: readonly number[]): number {
  const row = readRow(lease, shard, lease.column[v]!, positions(lease))
  const want = descend(lease, row, startOf(lease, v))
  const away = norm(x.map((value, k) => value - want[k]!))
  return away / (unitOf(lease) * (norm(want) + norm(x) + norm(row.target) / Math.sqrt(row.ridge)))
}

/** The gradient at x over what shared/apps/mf/check.ts allows. */
function auditShare(lease: Lease, shard: Shard, v: number, x: readonly number[]): number {
  const { rank: K, dimensions: D, alpha, gram, factors, biasScale } = lease
  const row = readRow(lease, shard, lease.column[v]!, positions(lease))
  const g = x.map((value) => row.ridge * value)
  let squares = 0
  let targets = 0
  for (let k = 0; k < K && alpha > 0; k++) {
    squares += gram[k * K + k]!
    for (let l = 0; l < K; l++) g[k]! += gram[k * K + l]! * x[l]!
  }
  for (let e = 0; e < row.length; e++) {
    const z = [...factors.subarray(row.at[e]! * K, (row.at[e]! + 1) * K)]
    if (D > K) z.push(biasScale)
    const fit = z.reduce((sum, value, k) => sum + value * x[k]!, 0)
    const t = row.target[e]!
    const weight = alpha > 0 ? 1 + alpha * t : 1
    const pull = alpha === 0 ? fit - t : t > 0 ? alpha * t * fit - weight : 0
    for (let k = 0; k < D; k++) g[k]! += pull * z[k]!
    squares += weight * z.reduce((sum, value) => sum + value * value, 0)
    targets += alpha > 0 ? weight : t * t
  }
  const size = norm(x)
  return (
    norm(g) / (unitOf(lease) * (squares * size + Math.sqrt(squares * targets) + row.ridge * size))
  )
}
