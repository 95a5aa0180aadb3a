/** One case on one GPU, at growing sizes: what a lease takes, and what of it the GPU itself does. */
import type { Dispatch, Gpu } from '../../../client/backends/webgpu/gpu.ts'
import { GpuSide } from '../../../client/backends/webgpu/side.ts'
import type { Case } from './gpuCases.ts'
import { repeatedMs } from './gpuLimits.ts'

export interface Measured {
  readonly shards: number
  /** Columns, or ratings. */
  readonly size: number
  /** All leases of that size: upload, dispatches, download, and the processor's part. */
  readonly runMs: number
  /** Its dispatches alone, each many times in one submission. */
  readonly kernelMs: number
}

/** A lease has so many shards at most: so many seconds of SIMD are more than a server hands out. */
const LEASE_SHARDS = 64
/** A run that takes longer is the last of its case. */
const RUN_MS_MAX = 2000
const RUNS = 3

/**
 * Yields the sizes as they are done: a shard, eight times as many up to `target`, then four times (small:
 * four times each time), until a run takes too long, `deadlineMs` (performance.now()) has passed, or the shards take `bytesMax`.
 *
 * @throws GpuError when memory is out, or whatever else the GPU refuses
 */
export async function* measure(
  gpu: Gpu,
  each: Case,
  isSmall: boolean,
  bytesMax: number,
  deadlineMs: number,
): AsyncGenerator<Measured> {
  const side = new GpuSide(gpu, each.program)
  let held = 0
  try {
    for (const shards of sizes(each, isSmall)) {
      if (held > 0 && (shards * each.bytes > bytesMax || performance.now() > deadlineMs)) return
      for (; held < shards; held++) {
        side.hold(`${held}`, each.shard)
        // Copies start between two turns of the event loop; without that all would wait in memory.
        if (held % 16 === 0) await new Promise((resolve) => setTimeout(resolve))
        if (held === 0 || performance.now() < deadlineMs) continue
        // The last copy has been made when a run has needed it.
        await side.run(each.lease(1), [`${held}`])
        return
      }
      const leases = leasesOf(each, shards)
      const run = async (): Promise<number> => {
        const fromMs = performance.now()
        for (const { lease, hashes } of leases) await side.run(lease, hashes)
        return performance.now() - fromMs
      }
      await run() // compiles, and waits for the copies
      let runMs = await run()
      for (let k = 1; k < RUNS && runMs < RUN_MS_MAX && performance.now() < deadlineMs; k++)
        runMs = Math.min(runMs, await run())
      // All leases are alike, but for the last one, which may be shorter.
      const [first] = leases
      const kernelMs = await kernelTime(gpu, () => side.run(first!.lease, first!.hashes))
      const share = shards / first!.hashes.length
      yield { shards, size: shards * each.sizeOfShard, runMs, kernelMs: kernelMs * share }
      if (runMs > RUN_MS_MAX) return
    }
  } finally {
    side.close()
  }
}

function* sizes({ target, sizeOfShard }: Case, isSmall: boolean): Generator<number> {
  const wanted = Math.ceil(target / sizeOfShard)
  for (let shards = 1; isSmall || shards < wanted; shards *= isSmall ? 4 : 8) yield shards
  for (let shards = wanted; ; shards *= 4) yield shards
}

function leasesOf(each: Case, shards: number) {
  const leases = []
  const lease = each.lease(Math.min(shards, LEASE_SHARDS))
  for (let from = 0; from < shards; from += LEASE_SHARDS) {
    const count = Math.min(LEASE_SHARDS, shards - from)
    const hashes = Array.from({ length: count }, (_, k) => `${from + k}`)
    leases.push({ lease: count === LEASE_SHARDS || from === 0 ? lease : each.lease(count), hashes })
  }
  return leases
}

/** Milliseconds of all dispatches of a run. They may be repeated, for they only overwrite. */
async function kernelTime(gpu: Gpu, run: () => Promise<unknown>): Promise<number> {
  const { compute, computeAndRead } = gpu
  let ms = 0
  /** Before a run's own dispatches, which are timed for the pace alone, the same ones many times. */
  const timed = async <T>(dispatches: readonly Dispatch[], then: () => Promise<T>): Promise<T> => {
    gpu.compute = compute
    ms += await repeatedMs(gpu, dispatches)
    gpu.compute = timedCompute
    return then()
  }
  const timedCompute: Gpu['compute'] = (dispatches) =>
    timed(dispatches, () => compute.call(gpu, dispatches))
  gpu.compute = timedCompute
  gpu.computeAndRead = (dispatches, wanted) =>
    timed(dispatches, () => computeAndRead.call(gpu, dispatches, wanted))
  try {
    await run()
  } finally {
    Object.assign(gpu, { compute, computeAndRead })
  }
  return ms
}
