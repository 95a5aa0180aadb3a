/** Every WGSL kernel against the reference, on Dawn in Node; the browser spec runs them again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDawn } from '../../../e2e/kit/dawn.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import { problem } from '../../../shared/apps/mf/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { als } from './als.ts'
import { type Gpu, openGpu } from './gpu.ts'
import { scan } from './scan.ts'
import { mistake } from './selfTest.ts'

const dawn = await openDawn()
if (typeof dawn === 'string') console.warn(`WebGPU kernels are not tested in Node: ${dawn}`)

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
  it.each(cases)('%s agrees with the reference', async (app, program) => {
    let count = 0
    const wrong: string[] = []
    for (const problem of program.trials()) {
      const found = await mistake(gpu, kernels[app]!, program, problem)
      count++
      if (found !== null) wrong.push(`${problem.name}: ${found}`)
    }
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThanOrEqual(5)
  })

  it('solves rows of rank 64, with 128 threads', async () => {
    const options = { rank: 64, biases: true, valueType: 'u8', othersAll: 300 } as const
    const many = problem({ ...options, lengths: [3, 200, 130] }, seededRandom(8))
    expect(await mistake(gpu, kernels.mf!, als, many)).toBeNull()
  })

  it('says which leases are none for a GPU', () => {
    const shards: never[] = []
    const plan = (options: object) => {
      const common = { rank: 3, biases: true, valueType: 'u8', othersAll: 9, lengths: [2] } as const
      const { lease } = problem({ ...common, ...options }, seededRandom(1))
      return als.plan(lease, shards, gpu)
    }
    expect(plan({ passes: 2 })).toMatch(/coordinate descent/)
    expect(plan({ lengths: [] })).toBe('an empty lease')
    expect(plan({ rank: 300 })).toMatch(/rank 300 has more sums than a workgroup holds/)
    expect(plan({ rank: 116 })).toMatch(/rank 116 needs 37 KiB of workgroup memory, this GPU has/)
    const scalars = new Float64Array(8)
    expect(scan.plan({ scalars }, [], gpu)).toBe('a lease without gradients')
  })
})
