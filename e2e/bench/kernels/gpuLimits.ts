/**
 * What a GPU does at best: bytes that it copies and reads, multiply-adds in f32, products of packed
 * bytes. Kernels are held against these.
 */
import type { Dispatch, Gpu } from '../../../client/backends/webgpu/gpu.ts'

export interface GpuLimits {
  /** Milliseconds from handing over nothing until that is done: what a small lease cannot go below. */
  readonly submissionMs: number
  /** GB/s, read and written. */
  readonly copy: number
  /** GB/s, read by a kernel and added up. */
  readonly read: number
  /** GFLOP/s, a multiply-add being two. */
  readonly fma: number
  /** Billions of dot4I8Packed a second: four products each. */
  readonly dots: number
}

/** More than any cache of a GPU holds; software gets what a cache of a processor does. */
const BYTES = 512 << 20
const SOFTWARE_BYTES = 4 << 20
const GROUPS = 16_384
const SOFTWARE_GROUPS = 32
const THREADS = 256
const ROUNDS = 512
/** A measurement is repeated inside one submission until it takes so long: submission is nothing then. */
const MS_WANTED = 50
const REPEATS_MAX = 4096
/** The best of so many. */
const RUNS = 3

export async function gpuLimits(gpu: Gpu): Promise<GpuLimits> {
  const groups = gpu.isSoftware ? SOFTWARE_GROUPS : GROUPS
  const room = Math.min(BYTES, gpu.device.limits.maxStorageBufferBindingSize)
  const bytes = gpu.isSoftware ? SOFTWARE_BYTES : room
  const threads = THREADS * groups
  const out = gpu.scratch('limit out', 16 * threads)
  const matrix = gpu.scratch('limit from', bytes)
  const kernel = async (code: string, bindings: readonly GPUBuffer[]): Promise<Dispatch> => {
    return { pipeline: await gpu.pipeline(code), bindings, groups: [groups] }
  }
  return {
    submissionMs: await fastest(() => gpu.compute([])),
    copy: await copyLimit(gpu, matrix, bytes),
    read: await rate(gpu, bytes, await kernel(readCode, [matrix, out])),
    fma: await rate(gpu, 2 * 32 * ROUNDS * threads, await kernel(fmaCode, [out])),
    dots: await rate(gpu, 8 * ROUNDS * threads, await kernel(dotCode, [out])),
  }
}

async function copyLimit(gpu: Gpu, from: GPUBuffer, bytes: number): Promise<number> {
  const to = gpu.scratch('limit to', bytes)
  const copies = gpu.isSoftware ? 4 : 16
  const ms = await fastest(async () => {
    const encoder = gpu.device.createCommandEncoder()
    for (let k = 0; k < copies; k++) encoder.copyBufferToBuffer(from, 0, to, 0, bytes)
    const startedMs = performance.now()
    gpu.device.queue.submit([encoder.finish()])
    await gpu.device.queue.onSubmittedWorkDone()
    return performance.now() - startedMs
  })
  return (2 * bytes * copies) / ms / 1e6
}

/** Billions a second of what one dispatch has `amount` of. */
async function rate(gpu: Gpu, amount: number, dispatch: Dispatch): Promise<number> {
  return amount / (await repeatedMs(gpu, [dispatch])) / 1e6
}

/** Milliseconds of these dispatches, many times in one submission. */
export async function repeatedMs(gpu: Gpu, dispatches: readonly Dispatch[]): Promise<number> {
  const run = (repeats: number): Promise<number> =>
    gpu.compute(Array.from({ length: repeats }, () => dispatches).flat())
  let repeats = 1
  let ms = await run(1) // compiles
  for (ms = await run(1); ms < MS_WANTED && repeats < REPEATS_MAX; ms = await run(repeats))
    repeats = Math.min(REPEATS_MAX, repeats * Math.max(2, Math.floor(MS_WANTED / Math.max(ms, 1))))
  // What takes long by itself is hardly disturbed.
  if (ms > 4 * MS_WANTED) return ms / repeats
  return Math.min(ms, await fastest(() => run(repeats))) / repeats
}

async function fastest(run: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let k = 0; k < RUNS; k++) best = Math.min(best, await run())
  return best
}

const main = `@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>)`

/** Neighbouring threads read neighbouring vectors; what is summed is written, so that it is needed. */
const readCode = `
@group(0) @binding(0) var<storage, read> matrix: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<u32>>;
${main} {
  var sum = vec4<u32>();
  for (var k = id.x; k < arrayLength(&matrix); k += ${THREADS}u * groups.x) {
    sum += matrix[k];
  }
  out[id.x] = sum;
}`

/** Eight independent chains of four, so that neither latency nor the number of threads is the limit. */
const chains = (step: (k: number) => string): string =>
  Array.from({ length: 8 }, (_, k) => step(k)).join(' ')
const sumOf = Array.from({ length: 8 }, (_, k) => `x${k}`).join(' + ')

const fmaCode = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
${main} {
  let a = vec4<f32>(0.999, 0.998, 0.997, 0.996);
  ${chains((k) => `var x${k} = vec4<f32>(${k}.0);`)}
  for (var round = 0u; round < ${ROUNDS}u; round++) {
    ${chains((k) => `x${k} = fma(x${k}, a, a);`)}
  }
  out[id.x] = ${sumOf};
}`

const dotCode = `
@group(0) @binding(0) var<storage, read_write> out: array<vec4<i32>>;
${main} {
  ${chains((k) => `var x${k} = i32(id.x) + ${k};`)}
  for (var round = 0u; round < ${ROUNDS}u; round++) {
    ${chains((k) => `x${k} += dot4I8Packed(u32(x${k}), 0x01ff02fdu);`)}
  }
  out[id.x] = vec4<i32>(${sumOf});
}`
