/**
 * npm run bench:kernels: what each kernel achieves beside the limit that the same WebAssembly engine
 * shows in a loop that does nothing else; then GPU kernels beside what the device does at best, where
 * there is one (webgpu.ts, which has options of its own). Names as arguments choose among them:
 * linear, mf, mfsgd, lda, webgpu.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { openGpu } from '../../../client/backends/webgpu/gpu.ts'
import { formatTable } from '../../../server/cli/format.ts'
import { openDawn } from '../../kit/dawn.ts'
import { measureLda } from './lda.ts'
import { type Limits, measureLimits } from './limits.ts'
import { measureLinear } from './linear.ts'
import type { Row } from './measure.ts'
import { measureMf } from './mf.ts'
import { measureSgd } from './mfsgd.ts'

const benches: Record<string, (limits: Limits) => Promise<Row[]>> = {
  linear: measureLinear,
  mf: measureMf,
  mfsgd: measureSgd,
  lda: measureLda,
}
const names = [...Object.keys(benches), 'webgpu']
/** Of all GPU cases together; alone, webgpu.ts takes longer and is more exact. */
const GPU_SECONDS = 60

const chosen = process.argv.slice(2)
const unknown = chosen.find((name) => !names.includes(name))
const isChosen = (name: string): boolean => chosen.length === 0 || chosen.includes(name)
if (unknown !== undefined) {
  console.error(`${unknown}: expected some of ${names.join(', ')}.`)
  process.exitCode = 2
} else {
  const inWasm = Object.entries(benches).filter(([name]) => isChosen(name))
  if (inWasm.length > 0) await printWasm(inWasm.map(([, measure]) => measure))
  if (isChosen('webgpu')) await printGpu()
}
// Dawn keeps the process alive.
process.exit()

async function printWasm(measures: ((limits: Limits) => Promise<Row[]>)[]): Promise<void> {
  const limits = await measureLimits()
  const { readCache, readMemory, triad, mulAdd64, mulAdd32 } = limits
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(1)}
limits in WebAssembly: read ${gigas(readCache)} GB/s in cache, ${gigas(readMemory)} GB/s from memory; triad ${gigas(triad)} GB/s; multiply-add ${gigas(mulAdd64)} GFLOP/s (f64), ${gigas(mulAdd32)} (f32)\n`,
  )
  const rows: Row[] = []
  for (const measure of measures) rows.push(...(await measure(limits)))
  const head = ['kernel', 'achieved', 'limit', 'share', '']
  console.log(
    formatTable(
      head,
      rows.map(({ kernel, achieved, unit, limit, note }) => [
        kernel,
        `${gigas(achieved)} ${unit}`,
        limit === null ? '–' : gigas(limit),
        limit === null ? '–' : `${Math.round((100 * achieved) / limit)} %`,
        note,
      ]),
    ),
  )
}

/** A sentence; null where there is a GPU, or somebody wants to know what software does in its place. */
async function whyNoGpu(): Promise<string | null> {
  const dawn = await openDawn()
  if (typeof dawn === 'string') return dawn
  const gpu = await openGpu(dawn)
  gpu.close()
  if (!gpu.isSoftware || chosen.includes('webgpu')) return null
  return `${gpu.name} is software. \`npm run bench:kernels -- webgpu\` measures it all the same.`
}

/** In a process of its own, whose threads and devices end with it. */
async function printGpu(): Promise<void> {
  const why = await whyNoGpu()
  if (why !== null) {
    console.log(`\nKernels for GPUs were not measured: ${why}`)
    return
  }
  console.log('\nWebGPU, through Dawn:')
  const bench = fileURLToPath(new URL('./webgpu.mjs', import.meta.url))
  const flags = ['--seconds', String(GPU_SECONDS)]
  const { status } = spawnSync(process.execPath, [bench, ...flags], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}

function gigas(value: number): string {
  return value.toPrecision(3)
}
