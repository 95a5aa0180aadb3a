/**
 * npm run bench:kernels: what each kernel achieves beside the limit that the same WebAssembly engine
 * shows in a loop that does nothing else. Names of apps as arguments choose among them.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { formatTable } from '../../../server/cli/format.ts'
import { measureLda } from './lda.ts'
import { type Limits, measureLimits } from './limits.ts'
import { measureLinear } from './linear.ts'
import type { Row } from './measure.ts'
import { timeMf } from './mf.ts'

const benches: Record<string, (limits: Limits) => Promise<Row[]>> = {
  linear: measureLinear,
  mf: measureMf,
  lda: measureLda,
}

/** Factors are f32: so is the limit. */
async function measureMf({ mulAdd32 }: Limits): Promise<Row[]> {
  const module = readFileSync(new URL('../../../public/kernels/mf.wasm', import.meta.url))
  return (await timeMf(module)).map(({ name, ratingsPerSecond, gflops }) => {
    const note = `${(ratingsPerSecond / 1e6).toPrecision(3)} M ratings/s`
    return { kernel: name, achieved: gflops, unit: 'GFLOP/s', limit: mulAdd32, note }
  })
}

const chosen = process.argv.slice(2)
const unknown = chosen.find((name) => !Object.hasOwn(benches, name))
if (unknown !== undefined) {
  console.error(`${unknown}: expected some of ${Object.keys(benches).join(', ')}.`)
  process.exitCode = 2
} else {
  const limits = await measureLimits()
  const { readCache, readMemory, triad, mulAdd64, mulAdd32 } = limits
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(1)}
limits in WebAssembly: read ${gigas(readCache)} GB/s in cache, ${gigas(readMemory)} GB/s from memory; triad ${gigas(triad)} GB/s; multiply-add ${gigas(mulAdd64)} GFLOP/s (f64), ${gigas(mulAdd32)} (f32)\n`,
  )
  const rows: Row[] = []
  for (const [name, measure] of Object.entries(benches))
    if (chosen.length === 0 || chosen.includes(name)) rows.push(...(await measure(limits)))
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

function gigas(value: number): string {
  return value.toPrecision(3)
}
