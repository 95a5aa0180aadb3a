/**
 * What a real device's failures cost: Dawn in Node, a device that is destroyed, runs out of memory,
 * computes something else than it should, or never did. No lease may be lost or wrong.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDawn } from '../../../e2e/kit/dawn.ts'
import { disagreement } from '../../../shared/apps/conformance.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import type { Problem } from '../../../shared/apps/problem.ts'
import { type Kind, problem } from '../../../shared/linear/problems.ts'
import { seededRandom } from '../../../shared/random.ts'
import { ReferenceBackend } from '../reference.ts'
import { openHybrid } from './admission.ts'
import { type Gpu, openGpu } from './gpu.ts'
import { HybridRunner } from './hybrid.ts'
import { scan } from './scan.ts'
import { GpuSide } from './side.ts'
import { scanTolerance } from './tolerance.ts'

const dawn = await openDawn()
const kernel = kernels.lasso!
const u8: Kind = { layout: 'dense', valueType: 'u8' }

/** Gradients of some shards; nothing for SIMD to do besides. */
function gradients(shards: number, n = 200): Problem {
  const kinds = Array.from({ length: shards }, () => u8)
  const shape = { n, columnsPerShard: 70, weighted: false, centred: true, scan: true }
  return problem({ ...shape, kinds, share: 0, sweepsMax: 0 }, seededRandom(3))
}

describe.skipIf(typeof dawn === 'string')('a GPU', () => {
  let gpu: Gpu
  let runner: HybridRunner
  beforeEach(async () => {
    gpu = await openGpu(dawn as GPU)
    runner = runnerOf()
  })
  afterEach(() => {
    vi.restoreAllMocks()
    gpu.close()
  })

  function runnerOf(chunkBytes?: number): HybridRunner {
    const simd = new ReferenceBackend(kernel, 'plain JavaScript')
    const side = new GpuSide(gpu, scan, chunkBytes)
    const decision = { use: 'webgpu', from: null, reason: 'on a GPU' } as const
    return new HybridRunner(kernel, simd, side, decision, () => 0.5)
  }

  function hold({ shards }: Problem, name = 'shard'): string[] {
    return shards.map((bytes, k) => {
      runner.hold(`${name} ${k}`, bytes)
      return `${name} ${k}`
    })
  }

  /** Who computed it; the delta itself is right. */
  async function run(given: Problem, hashes: readonly string[]): Promise<string> {
    const { delta, by } = await runner.run(given.lease, hashes)
    const tolerance = scanTolerance(given)
    expect(disagreement(kernel, { ...given, tolerance }, () => delta)).toBeNull()
    return by
  }

  it('that is destroyed in the middle of a run costs no lease', async () => {
    const given = gradients(4)
    const hashes = hold(given)
    expect(await run(given, hashes)).toBe('webgpu')
    const compute = vi.spyOn(gpu, 'computeAndRead').mockImplementationOnce((...args) => {
      compute.mockRestore()
      const running = gpu.computeAndRead(...args)
      gpu.device.destroy()
      return running
    })
    expect(await run(given, hashes)).toBe('reference')
    expect(runner.use.reason).toMatch(/^plain JavaScript; not WebGPU: the GPU is gone: /)
    expect(await run(gradients(4), hold(given, 'later'))).toBe('reference')
  })

  // SwiftShader has no gibibyte in one piece; a device that has more than it says cannot be made to.
  it('without room for shards costs no lease', async ({ skip }) => {
    skip(!gpu.isSoftware, `${gpu.name} has room`)
    runner = runnerOf(1 << 30)
    const given = gradients(1)
    expect(await run(given, hold(given))).toBe('reference')
    expect(runner.use.reason).toMatch(/not WebGPU: the GPU has no room for 1024 MiB more/)
  })

  it('without room for what a run needs costs no lease', async ({ skip }) => {
    skip(!gpu.isSoftware, `${gpu.name} has room`)
    const scratch = gpu.scratch.bind(gpu)
    vi.spyOn(gpu, 'scratch').mockImplementation((name) => scratch(name, 1 << 30))
    const given = gradients(1)
    expect(await run(given, hold(given))).toBe('reference')
    expect(runner.use.reason).toMatch(/not WebGPU: the GPU refused: .*OUT_OF_DEVICE_MEMORY/)
  })

  it('whose memory changes in mid-job is found out by a sample', async () => {
    const buffer = vi.spyOn(gpu, 'buffer')
    const given = gradients(2)
    const hashes = hold(given)
    expect(await run(given, hashes)).toBe('webgpu')
    const memory = await buffer.mock.results[0]!.value
    gpu.device.queue.writeBuffer(memory, 0, new Uint8Array(1 << 20).fill(7))
    let runs = 1
    while ((await runner.run(given.lease, hashes)).by === 'webgpu') runs++
    expect(runs).toBeLessThanOrEqual(16)
    expect(runner.use.reason).toContain(`not WebGPU: ${gpu.name} and SIMD disagree`)
    expect(await run(given, hashes)).toBe('reference')
  })

  it('takes shards while it computes', async () => {
    const [first, second] = [gradients(8), gradients(3, 90)]
    const running = run(first, hold(first, 'first'))
    const arrived = hold(second, 'second')
    expect(await running).toBe('webgpu')
    expect(await run(second, arrived)).toBe('webgpu')
  })

  it('that does not compute what its kernels say is not used at all', async () => {
    const adapter = await (dawn as GPU).requestAdapter()
    const device = await adapter!.requestDevice()
    const create = device.createShaderModule.bind(device)
    device.createShaderModule = ({ code }) => create({ code: code.replace('sums +=', 'sums -=') })
    const requestAdapter = async () => ({
      ...{ info: adapter!.info, limits: adapter!.limits },
      requestDevice: async () => device,
    })
    const { runner: opened, decision } = await openHybrid({
      ...{ app: 'lasso', choice: 'webgpu', known: null, nowMs: () => 0 },
      simd: new ReferenceBackend(kernel, 'plain JavaScript'),
      gpu: { requestAdapter } as unknown as GPU,
    })
    expect(decision).toMatchObject({ use: 'simd' })
    expect(opened.use.reason).toMatch(/not WebGPU: it failed its test: .*gradient/)
  })
})
