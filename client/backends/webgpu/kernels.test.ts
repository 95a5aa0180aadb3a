/** Every WGSL kernel against the reference, on Dawn in Node; the browser spec runs them again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDawn } from '../../../e2e/kit/dawn.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
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
})
