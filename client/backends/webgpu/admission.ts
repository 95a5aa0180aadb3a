/**
 * May the GPU compute an app's leases on this device, and which of them?
 *
 * First a self-test: a GPU that does not get every trial right within the tolerance of its arithmetic
 * is not asked again. Then a race against SIMD. A GPU's time is a fixed cost, for submission and for
 * getting the answer back, and a cost per unit of work; SIMD's is the latter alone. A small and a
 * large lease tell both, and so from which size on the GPU is faster; smaller leases stay with SIMD.
 */
import type { Kernel } from '../../../shared/apps/kernel.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import type { Backend } from '../backend.ts'
import { type Choice, type Decision, type Opened, SimdRunner } from '../runner.ts'
import { type Gpu, openGpu } from './gpu.ts'
import { HybridRunner } from './hybrid.ts'
import type { Given, GpuProgram } from './program.ts'
import { programs, withoutProgram } from './programs.ts'
import { mistake } from './selfTest.ts'
import { GpuSide } from './side.ts'

/** The best of so many runs counts: other programs use the machine too. */
const RUNS = 3
/**
 * So long, or so often, SIMD runs before its time counts: engines compile a kernel for speed only when it
 * has run for a while. Rows of factors took 0.6 ms in the second run and 0.2 from the sixth on.
 */
const WARM_MS = 50
const WARM_RUNS = 10
/** A small lease takes a GPU one to three milliseconds; what takes so long need not run a large one. */
const HOPELESS_MS = 100
/** SIMD is left for a GPU only if that is faster by so much. */
const MARGIN = 1.25

export interface Asked {
  readonly app: string
  readonly simd: Backend
  readonly choice: Choice
  /** What another worker has found out: no test, no race. */
  readonly known: Decision | null
  readonly gpu: GPU | undefined
  readonly nowMs: () => number
}

export async function openHybrid(asked: Asked): Promise<Opened> {
  const { app, simd, known } = asked
  const program = Object.hasOwn(programs, app) ? programs[app] : undefined
  if (!program) return refused(simd, withoutProgram[app] ?? `${app} has no kernel for GPUs`)
  let gpu: Gpu
  try {
    gpu = await openGpu(asked.gpu)
  } catch (error) {
    return refused(simd, messageOf(error))
  }
  let decision: Decision
  try {
    decision = known ?? (await decide(asked, kernels[app]!, program, gpu))
  } catch (error) {
    decision = { use: 'simd', from: null, reason: `it failed its test: ${messageOf(error)}` }
  }
  if (decision.use === 'simd') {
    gpu.close()
    return { runner: new SimdRunner(simd, decision.reason), decision }
  }
  const runner = new HybridRunner(kernels[app]!, simd, new GpuSide(gpu, program), decision)
  return { runner, decision }
}

function refused(simd: Backend, reason: string): Opened {
  const decision: Decision = { use: 'simd', from: null, reason }
  return { runner: new SimdRunner(simd, reason), decision }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)

/** @throws GpuError */
async function decide(
  { simd, choice, nowMs }: Asked,
  kernel: Kernel,
  program: GpuProgram,
  gpu: Gpu,
): Promise<Decision> {
  if (gpu.isSoftware && choice !== 'webgpu')
    return { use: 'simd', from: null, reason: `there is no GPU, only software (${gpu.name})` }
  for (const problem of program.trials()) {
    const wrong = await mistake(gpu, kernel, program, problem)
    if (wrong !== null) throw new Error(`${problem.name}: ${wrong}`)
  }
  const tail = program.rest === '' ? '' : `. ${program.rest}`
  if (choice === 'webgpu')
    return { use: 'webgpu', from: null, reason: `on ${gpu.name}, as was asked for${tail}` }
  const results: Result[] = []
  for (const { small, large } of program.races())
    results.push(await race(gpu, program, simd, small, large, nowMs))
  const won = results.filter(({ from }) => Number.isFinite(from))
  const best = results.reduce((most, each) => (each.ratio > most.ratio ? each : most))
  if (won.length === 0) {
    const times = (1 / best.ratio).toFixed(1)
    return {
      use: 'simd',
      from: null,
      reason: `${gpu.name} takes ${times} × as long (${best.kind})`,
    }
  }
  const list = won.map(({ kind, ratio }) => `${kind} ${ratio.toFixed(1)} × as fast as SIMD`)
  const from = Object.fromEntries(won.map(({ kind, from }) => [kind, from]))
  return { use: 'webgpu', from, reason: `on ${gpu.name}: ${list.join(', ')}${tail}` }
}

export interface Result {
  readonly kind: string
  /** SIMD's time over the GPU's, on the large lease. */
  readonly ratio: number
  /** Work from which the GPU is faster by the margin; Infinity: never. */
  readonly from: number
}

export async function race(
  gpu: Gpu,
  program: GpuProgram,
  simd: Backend,
  small: Given,
  large: Given,
  nowMs: () => number,
): Promise<Result> {
  const a = await timesOf(gpu, program, simd, small, nowMs)
  if (a.gpuMs > HOPELESS_MS)
    return { kind: a.kind, ratio: a.simdMs / a.gpuMs, from: Number.POSITIVE_INFINITY }
  const b = await timesOf(gpu, program, simd, large, nowMs)
  return { kind: b.kind, ...verdict(a, b) }
}

export interface Times {
  readonly work: number
  readonly gpuMs: number
  readonly simdMs: number
}

/** Straight lines through two points: time = fixed + perUnit · work. */
export function verdict(small: Times, large: Times): Pick<Result, 'ratio' | 'from'> {
  const span = large.work - small.work
  const perUnit = Math.max(0, (large.gpuMs - small.gpuMs) / span)
  const fixedMs = Math.max(0, small.gpuMs - perUnit * small.work)
  const simdPerUnit = large.simdMs / large.work / MARGIN
  const from = simdPerUnit > perUnit ? fixedMs / (simdPerUnit - perUnit) : Number.POSITIVE_INFINITY
  return { ratio: large.simdMs / large.gpuMs, from }
}

async function timesOf(
  gpu: Gpu,
  program: GpuProgram,
  simd: Backend,
  { lease, shards }: Given,
  nowMs: () => number,
): Promise<Times & { kind: string }> {
  const side = new GpuSide(gpu, program)
  const hashes = shards.map((_, k) => `race ${k}`)
  hashes.forEach((hash, k) => {
    simd.hold(hash, shards[k]!)
    side.hold(hash, shards[k]!)
  })
  try {
    const plan = side.plan(lease, side.facts(hashes)!)
    if (typeof plan === 'string') throw new Error(plan)
    const warmMs = nowMs() + WARM_MS
    for (let run = 0; run < WARM_RUNS && nowMs() < warmMs; run++) simd.run(lease, hashes)
    // The first run compiles, and waits for the copies.
    await side.run(lease, hashes)
    let [gpuMs, simdMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let run = 0; run < RUNS; run++) {
      const fromMs = nowMs()
      simd.run(lease, hashes)
      const betweenMs = nowMs()
      await side.run(lease, hashes)
      simdMs = Math.min(simdMs, betweenMs - fromMs)
      gpuMs = Math.min(gpuMs, nowMs() - betweenMs)
    }
    return { kind: plan.kind, work: plan.work, gpuMs, simdMs }
  } finally {
    for (const hash of hashes) simd.drop(hash)
    side.close()
  }
}
