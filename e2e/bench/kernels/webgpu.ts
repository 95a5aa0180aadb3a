/**
 * What a GPU achieves, in Node through Dawn: gradients in GB/s and rows of factors in GFLOP/s, beside
 * what the device copies and multiplies at best, and beside SIMD on one core of this machine.
 *
 *   npm install --no-save webgpu
 *   node server/setup/runTs.mjs e2e/bench/kernels/webgpu.ts [--seconds 10]
 *
 * Sizes grow fourfold until a run takes longer than a second, a case has had its seconds, or memory is
 * out: on a GPU that is 463 × 509 000 two-bit genotypes and more, and 10⁸ ratings at K = 64, on
 * SwiftShader a fraction of a per mille of that. A run is what a lease costs the tab: upload of the
 * lease, dispatches, download of the answer. SIMD runs what one core does in a second and is scaled.
 * Operations are counted as in mf.ts.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { choose } from '../../../client/backends/load.ts'
import { als } from '../../../client/backends/webgpu/als.ts'
import { openGpu } from '../../../client/backends/webgpu/gpu.ts'
import type { GpuProgram } from '../../../client/backends/webgpu/program.ts'
import { scan } from '../../../client/backends/webgpu/scan.ts'
import { GpuSide } from '../../../client/backends/webgpu/side.ts'
import { openDawn } from '../../kit/dawn.ts'
import { type Case, ratingCase, scanCase } from './gpuCases.ts'
import { copyLimit, fmaLimitOf } from './gpuLimits.ts'

/** A run that takes longer is the last of its case. */
const RUN_MS_MAX = 1000
const RUNS = 5
/** One core is measured on at most so many shards; WASM memory ends at 4 GiB. */
const SIMD_SHARDS_MAX = 64

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } })

const dawn = await openDawn()
if (typeof dawn === 'string') throw new Error(`nothing to measure: ${dawn}`)
const gpu = await openGpu(dawn)
const limits = { gbPerSecond: await copyLimit(gpu), gflops: await fmaLimitOf(gpu) }
console.log(`${gpu.name}${gpu.isSoftware ? ' (software: figures say nothing about GPUs)' : ''}`)
console.log(`copies ${limits.gbPerSecond.toFixed(1)} GB/s, f32 ${limits.gflops.toFixed(1)} GFLOP/s`)
console.log(
  `${'case'.padEnd(34)}${'size'.padStart(10)}${'run ms'.padStart(10)}${'achieved'.padStart(16)}` +
    `${'of limit'.padStart(10)}${'× one core'.padStart(12)}`,
)
/** Of a shard: what jobs have, or what software can bear. */
const bytes = gpu.isSoftware ? 4096 : 1 << 20
const shapes: [GpuProgram, string, (shards: number) => Case][] = [
  [scan, 'lasso', (shards) => scanCase('u2', 463, bytes, shards)],
  [scan, 'lasso', (shards) => scanCase('u2', 1814, bytes, shards)],
  [scan, 'lasso', (shards) => scanCase('u8', 1814, bytes, shards)],
  [scan, 'lasso', (shards) => scanCase('f32', 1814, bytes, shards)],
  [scan, 'lasso', (shards) => scanCase('sparse', 11_314, bytes, shards)],
  [als, 'mf', (shards) => ratingCase(32, 100, bytes, shards)],
  [als, 'mf', (shards) => ratingCase(64, 100, bytes, shards)],
  [als, 'mf', (shards) => ratingCase(64, 1000, bytes, shards)],
]
for (const [program, app, make] of shapes) await grow(program, app, make)
gpu.close()
// Dawn keeps the process alive.
process.exit(0)

async function grow(
  program: GpuProgram,
  app: string,
  make: (shards: number) => Case,
): Promise<void> {
  const simdMs = await simdTime(app, make)
  const side = new GpuSide(gpu, program)
  let held = 0
  try {
    let limitMs = Number.POSITIVE_INFINITY
    for (let shards = 1; performance.now() < limitMs; shards *= 4) {
      const each = make(shards)
      for (; held < shards; held++) side.hold(`${held}`, each.shard)
      const ms = await best(() => side.run(each.lease, each.hashes))
      print(each, ms, simdMs(shards))
      // The first one has compiled.
      limitMs = Math.min(limitMs, performance.now() + 1000 * Number(values.seconds))
      if (ms > RUN_MS_MAX) break
    }
  } catch (error) {
    console.log(
      `${make(1).name.padEnd(34)} ends here: ${error instanceof Error ? error.message : error}`,
    )
  } finally {
    side.close()
  }
}

function print({ name, size, bytes, operations }: Case, ms: number, simdMs: number): void {
  const isBytes = operations === 0
  const rate = (isBytes ? bytes : operations) / ms / 1e6
  const limit = isBytes ? limits.gbPerSecond : limits.gflops
  console.log(
    `${name.padEnd(34)}${size.padStart(10)}${ms.toFixed(2).padStart(10)}` +
      `${`${rate.toPrecision(3)} ${isBytes ? 'GB/s' : 'GFLOP/s'}`.padStart(16)}` +
      `${`${((100 * rate) / limit).toPrecision(2)} %`.padStart(10)}${(simdMs / ms).toPrecision(2).padStart(12)}`,
  )
}

/** The best of some runs, after one that compiles and waits for the shards. */
async function best(run: () => unknown): Promise<number> {
  let most = Number.POSITIVE_INFINITY
  for (let k = 0; k <= RUNS; k++) {
    const fromMs = performance.now()
    await run()
    const ms = performance.now() - fromMs
    if (k === 0) continue
    most = Math.min(most, ms)
    if (ms > RUN_MS_MAX) break
  }
  return most
}

/** One core's time for so many shards: measured on as many as take a second, scaled beyond. */
async function simdTime(app: string, make: (shards: number) => Case) {
  const path = new URL(`../../../public/kernels/${app}.wasm`, import.meta.url)
  const simd = await choose(app, { module: readFileSync(path) })
  let measured = { shards: 1, ms: 0 }
  for (let shards = 1; shards <= SIMD_SHARDS_MAX; shards *= 4) {
    const each = make(shards)
    for (const hash of each.hashes) simd.hold(hash, each.shard)
    measured = { shards, ms: await best(() => simd.run(each.lease, each.hashes)) }
    if (measured.ms > RUN_MS_MAX / 4) break
  }
  return (shards: number): number => (measured.ms * shards) / measured.shards
}
