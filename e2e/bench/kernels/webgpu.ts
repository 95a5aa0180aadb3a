/**
 * What a GPU achieves, in Node through Dawn: gradients beside what the device reads at best, rows of
 * factors beside what it multiplies at best, both beside SIMD on one core and on all of them.
 *
 *   node e2e/bench/kernels/webgpu.mjs [--seconds 240] [--json FILE] [--csv FILE] …   (--help)
 *
 * Two times to a size. *run*: what leases of that size cost a tab, from the arrays of a lease to those
 * of its delta, at most 64 shards (of 1 MiB) to a lease. *kernel*: their dispatches alone, repeated
 * within a submission until that takes 50 ms; what fits the GPU's cache is read from there then. A
 * share of a limit is the kernel's. Operations are counted as in mf.ts, bytes are those of the shards.
 * Every kernel must first get its trials right. A case that fails is reported, and the next one begins.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { type Gpu, openGpu } from '../../../client/backends/webgpu/gpu.ts'
import { mistake } from '../../../client/backends/webgpu/selfTest.ts'
import { kernels } from '../../../shared/apps/kernels.ts'
import { openDawn } from '../../kit/dawn.ts'
import { CASES, type Case, type CaseSpec, caseOf, nameOf } from './gpuCases.ts'
import { type GpuLimits, gpuLimits } from './gpuLimits.ts'
import { type Measured, measure } from './gpuMeasure.ts'
import { isThread, type SimdRates, serveTasks, simdRates } from './simdThreads.ts'

const HELP = `Options:
  --seconds N   for all cases together, about (240; 60 in software)
  --cases TEXT  only those with TEXT in their names
  --sizes gpu   the sizes for GPUs, although there is only software
  --gib N       of shards in the GPU's memory at most (8)
  --threads N   of SIMD (${availableParallelism()}, all cores)
  --json FILE   and --csv FILE: write what is printed, case by case`

export interface Line {
  readonly case: string
  readonly size: number
  readonly runMs: number
  readonly kernelMs: number
  /** GB/s or GFLOP/s of the kernel. */
  readonly achieved: number
  readonly unit: 'GB/s' | 'GFLOP/s'
  /** Of what the device does at best in that unit, 0 … 1, and of its products of packed bytes. */
  readonly ofLimit: number
  readonly ofDots: number | null
  /** SIMD's time over the run's. */
  readonly timesOneCore: number | null
  readonly timesAllCores: number | null
}

interface Report {
  readonly gpu: string
  readonly isSoftware: boolean
  /** Sizes that software can bear. */
  readonly isSmall: boolean
  readonly processor: string
  readonly threads: number
  readonly limits: GpuLimits
  readonly lines: Line[]
  readonly failures: string[]
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: {
      ...{
        seconds: text,
        cases: text,
        sizes: text,
        gib: text,
        threads: text,
        json: text,
        csv: text,
      },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(HELP)
  const dawn = await openDawn()
  if (typeof dawn === 'string') throw new Error(dawn)
  const gpu = await openGpu(dawn)
  const { name, isSoftware } = gpu
  const limits = await gpuLimits(gpu)
  const threads = Number(values.threads ?? availableParallelism())
  const processor = `${cpus()[0]?.model ?? 'unknown processor'}, load ${loadavg()[0]!.toFixed(1)}`
  const failures = await trials(gpu)
  const isSmall = isSoftware && values.sizes !== 'gpu'
  const found = { gpu: name, isSoftware, isSmall, processor, threads, limits }
  const report: Report = { ...found, lines: [], failures }
  gpu.close()
  printHead(report)
  const chosen = CASES.map((spec) => [spec, nameOf(spec)] as const).filter(([, title]) =>
    title.includes(values.cases ?? ''),
  )
  if (chosen.length === 0) throw new Error(`no case has "${values.cases}" in its name`)
  const secondsEach = Number(values.seconds ?? (isSoftware ? 60 : 240)) / chosen.length
  for (const [spec, title] of chosen) {
    const bytesMax = Number(values.gib ?? 8) * 2 ** 30
    await runCase(dawn, spec, report, secondsEach * 1000, bytesMax).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      report.failures.push(`${title}: ${why}`)
      console.log(`${title.padEnd(32)} ends here: ${why}`)
    })
    if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`)
    if (values.csv) writeFileSync(values.csv, toCsv(report.lines))
  }
  for (const failure of failures) console.log(`failed: ${failure}`)
  process.exitCode = failures.length > 0 ? 1 : 0
}

/** What the device gets wrong, a line for each. */
async function trials(gpu: Gpu): Promise<string[]> {
  const wrong: string[] = []
  for (const app of ['lasso', 'mf'] as const) {
    const { program } = caseOf(
      CASES.find(({ kind }) => (kind === 'rows') === (app === 'mf'))!,
      4096,
    )
    try {
      for (const problem of program.trials()) {
        const found = await mistake(gpu, kernels[app]!, program, problem)
        if (found !== null) wrong.push(`${app}, ${problem.name}: ${found}`)
      }
    } catch (error) {
      wrong.push(`${app}: ${error instanceof Error ? error.message : error}`)
    }
  }
  return wrong
}

/** On a device of its own: what one has refused says nothing about the next. */
async function runCase(
  dawn: GPU,
  spec: CaseSpec,
  report: Report,
  ms: number,
  bytesMax: number,
): Promise<void> {
  const fromMs = performance.now()
  // Of a shard: what jobs have, or what software can bear.
  const shardBytes = report.isSmall ? 4096 : 1 << 20
  const each = caseOf(spec, shardBytes)
  const rates = await simdRates(report.threads, spec, shardBytes, Math.min(1000, ms / 10)).catch(
    (error) => {
      report.failures.push(`${each.name}, SIMD: ${error instanceof Error ? error.message : error}`)
      return null
    },
  )
  const gpu = await openGpu(dawn)
  try {
    for await (const measured of measure(gpu, each, report.isSmall, bytesMax, fromMs + ms)) {
      const line = lineOf(each, measured, report.limits, rates)
      report.lines.push(line)
      printLine(line)
    }
  } finally {
    gpu.close()
  }
}

function lineOf(
  each: Case,
  { shards, size, runMs, kernelMs }: Measured,
  limits: GpuLimits,
  simd: SimdRates | null,
): Line {
  const unit = each.operations > 0 ? 'GFLOP/s' : 'GB/s'
  const achieved = ((each.operations || each.bytes) * shards) / kernelMs / 1e6
  const limit = each.operations > 0 ? limits.fma : limits.read
  const dots = (each.dots * shards) / kernelMs / 1e6
  const ratio = (rate: number): number => (1000 * shards) / rate / runMs
  return {
    ...{ case: each.name, size, runMs, kernelMs, achieved, unit, ofLimit: achieved / limit },
    ofDots: each.dots > 0 ? dots / limits.dots : null,
    timesOneCore: simd && ratio(simd.one),
    timesAllCores: simd && ratio(simd.all),
  }
}

function printHead({ gpu, isSoftware, processor, threads, limits, failures }: Report): void {
  const note = isSoftware ? ' – software: these figures say nothing about any GPU' : ''
  const { submissionMs, copy, read, fma, dots } = limits
  console.log(`${gpu}${note}\nSIMD on ${threads} cores of ${processor}`)
  console.log(
    `at best: copies ${copy.toFixed(1)} GB/s, reads ${read.toFixed(1)} GB/s, f32 ${fma.toFixed(1)} GFLOP/s, ` +
      `packed products ${dots.toFixed(1)} G/s, a submission takes ${submissionMs.toFixed(2)} ms`,
  )
  console.log(failures.length === 0 ? 'every trial is right\n' : `wrong: ${failures.join('; ')}\n`)
  const titles = [
    'size',
    'run ms',
    'kernel ms',
    'achieved',
    'of limit',
    'of dots',
    '× core',
    '× all',
  ]
  console.log('case'.padEnd(32) + titles.map((title, k) => title.padStart(widths[k]!)).join(''))
}

const widths = [10, 10, 11, 16, 10, 9, 9, 9]

function printLine(line: Line): void {
  const percent = (share: number | null): string =>
    share === null ? '–' : `${(100 * share).toPrecision(2)} %`
  const cells = [
    line.size.toPrecision(3).replace('e+', 'e'),
    line.runMs.toFixed(2),
    line.kernelMs.toFixed(3),
    `${line.achieved.toPrecision(3)} ${line.unit}`,
    percent(line.ofLimit),
    percent(line.ofDots),
    line.timesOneCore?.toPrecision(2) ?? '–',
    line.timesAllCores?.toPrecision(2) ?? '–',
  ]
  console.log(line.case.padEnd(32) + cells.map((cell, k) => cell.padStart(widths[k]!)).join(''))
}

function toCsv(lines: readonly Line[]): string {
  const [first] = lines
  if (!first) return ''
  const names = Object.keys(first) as (keyof Line)[]
  const rows = lines.map((line) => names.map((name) => JSON.stringify(line[name] ?? '')).join(','))
  return `${names.join(',')}\n${rows.join('\n')}\n`
}

if (isThread) serveTasks()
else {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
  // Dawn keeps the process alive.
  process.exit()
}
