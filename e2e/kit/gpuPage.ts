/** What the WebGPU spec runs inside a page: bundled for it, without server and job. */

import { type Gpu, openGpu } from '../../client/backends/webgpu/gpu.ts'
import { Pace } from '../../client/backends/webgpu/pace.ts'
import { programs } from '../../client/backends/webgpu/programs.ts'
import { mistake } from '../../client/backends/webgpu/selfTest.ts'
import { GpuSide } from '../../client/backends/webgpu/side.ts'
import { kernels } from '../../shared/apps/kernels.ts'

export interface GpuPage {
  /** Name of the GPU. @throws GpuError when there is none */
  open(): Promise<string>
  /** Every trial of an app's program: how many there were, and a line for each mistake. */
  trials(app: string): Promise<{ count: number; wrong: string[] }>
  /** What a run says when the device is destroyed while it is under way. */
  destroyed(): Promise<string>
  /** What a run says when there is no memory for its shards. */
  full(): Promise<string>
}

let gpu: Gpu | undefined

const gpuPage: GpuPage = {
  async open() {
    gpu = await openGpu(navigator.gpu)
    return gpu.name
  },
  async trials(app) {
    const program = programs[app]!
    const wrong: string[] = []
    let count = 0
    for (const problem of program.trials()) {
      const found = await mistake(gpu!, kernels[app]!, program, problem)
      if (found !== null) wrong.push(`${problem.name}: ${found}`)
      count++
    }
    return { count, wrong }
  },
  async destroyed() {
    const lost = await openGpu(navigator.gpu)
    const run = lost.guard(() =>
      new Pace().each(
        1000,
        () => 1e9,
        () => lost.compute([]),
      ),
    )
    lost.device.destroy()
    return messageOf(run)
  },
  async full() {
    const small = await openGpu(navigator.gpu)
    const [problem] = programs.lasso!.trials()
    // More in one piece than SwiftShader has.
    const side = new GpuSide(small, programs.lasso!, 1 << 30)
    const hashes = problem!.shards.map((bytes, k) => {
      side.hold(`${k}`, bytes)
      return `${k}`
    })
    const message = await messageOf(side.run(problem!.lease, hashes))
    small.close()
    return message
  },
}

const messageOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'it went on',
    (error: Error) => error.message,
  )

Object.assign(globalThis, { gpuPage })
