/** A GPU against the reference: does this device compute what the kernels say? */
import { disagreement } from '../../../shared/apps/conformance.ts'
import type { Kernel } from '../../../shared/apps/kernel.ts'
import type { Problem } from '../../../shared/apps/problem.ts'
import { openShard } from '../../../shared/shard.ts'
import type { Gpu } from './gpu.ts'
import type { GpuProgram } from './program.ts'
import { GpuSide } from './side.ts'

/** Large enough for every trial. */
const CHUNK_BYTES = 4 << 20

/** What is wrong on a problem, or null. @throws GpuError; Error when it is no lease for the GPU */
export async function mistake(
  gpu: Gpu,
  kernel: Kernel,
  program: GpuProgram,
  problem: Problem,
): Promise<string | null> {
  const { lease, shards } = problem
  const side = new GpuSide(gpu, program, CHUNK_BYTES)
  const hashes = shards.map((_, k) => `trial ${k}`)
  hashes.forEach((hash, k) => {
    side.hold(hash, shards[k]!)
  })
  try {
    const plan = side.plan(lease, side.facts(hashes)!)
    if (typeof plan === 'string') throw new Error(plan)
    const part = await side.run(lease, hashes)
    const rest = program.remainder(lease)
    const others = rest ? kernel.push(rest, shards.map(openShard)) : {}
    const tolerance = program.tolerance(problem)
    return disagreement(kernel, { ...problem, tolerance }, () => ({ ...others, ...part }))
  } finally {
    side.close()
  }
}
