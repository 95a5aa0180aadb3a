/** What a GPU does at best: bytes that it copies, multiply-adds in f32. Kernels are held against these. */
import type { Gpu } from '../../../client/backends/webgpu/gpu.ts'

const COPY_BYTES = 128 << 20
const COPIES = 8
const GROUPS = 4096
const ROUNDS = 1024
/** The best of so many. */
const RUNS = 3
/** Software is known by now to take seconds for what a GPU does in milliseconds. */
const SOFTWARE_SHARE = 1 / 128

/** GB/s, read and written. */
export async function copyLimit(gpu: Gpu): Promise<number> {
  const bytes = Math.floor(COPY_BYTES * (gpu.isSoftware ? SOFTWARE_SHARE : 1))
  const [from, to] = [gpu.scratch('copy from', bytes), gpu.scratch('copy to', bytes)]
  return bestRate(2 * bytes * COPIES, async () => {
    const encoder = gpu.device.createCommandEncoder()
    for (let k = 0; k < COPIES; k++) encoder.copyBufferToBuffer(from, 0, to, 0, bytes)
    gpu.device.queue.submit([encoder.finish()])
    await gpu.device.queue.onSubmittedWorkDone()
  })
}

/** Eight independent chains of four, so that neither latency nor the number of threads is the limit. */
const code = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = vec4<f32>(0.999, 0.998, 0.997, 0.996);
  var x = array<vec4<f32>, 8>();
  for (var round = 0u; round < ${ROUNDS}u; round++) {
    x[0] = fma(x[0], a, a); x[1] = fma(x[1], a, a); x[2] = fma(x[2], a, a); x[3] = fma(x[3], a, a);
    x[4] = fma(x[4], a, a); x[5] = fma(x[5], a, a); x[6] = fma(x[6], a, a); x[7] = fma(x[7], a, a);
  }
  out[id.x] = x[0] + x[1] + x[2] + x[3] + x[4] + x[5] + x[6] + x[7];
}
`

/** GFLOP/s, a multiply-add being two. */
export async function fmaLimitOf(gpu: Gpu): Promise<number> {
  const groups = Math.ceil(GROUPS * (gpu.isSoftware ? SOFTWARE_SHARE : 1))
  const out = gpu.scratch('fma', 16 * 256 * groups)
  const pipeline = await gpu.pipeline(code)
  return bestRate(2 * 32 * ROUNDS * 256 * groups, async () => {
    await gpu.compute([{ pipeline, bindings: [out], groups: [groups] }])
  })
}

/** Billions a second. */
async function bestRate(amount: number, run: () => Promise<void>): Promise<number> {
  await run()
  let best = 0
  for (let k = 0; k < RUNS; k++) {
    const fromMs = performance.now()
    await run()
    best = Math.max(best, amount / (performance.now() - fromMs) / 1e6)
  }
  return best
}
