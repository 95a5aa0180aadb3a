/**
 * shoal demo: the whole story on real data in a few minutes. Which genes tell two kinds of
 * leukemia apart? Two browser tabs find out, and the server proves that their answer is right.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import type { OwnerApi } from './api.ts'
import { formatBytes, formatCount, formatNumber, formatSeconds, plural } from './format.ts'
import { progressLine } from './jobs.ts'
import { createOutput, type Output } from './output.ts'
import { type Observer, type Outcome, runPipeline } from './pipeline.ts'
import {
  addTabOptions,
  describeDataset,
  numbersOf,
  planOf,
  type RunOptions,
  report,
} from './run.ts'
import { aborted, stopRequest } from './signals.ts'

interface DemoOptions extends Omit<RunOptions, 'data'> {
  exit: boolean
}

/** Shipped with the project; see the NOTICE beside it. */
const data = fileURLToPath(new URL('../../public/data/leukemia', import.meta.url))
const purpose = 'Which genes tell two kinds of leukemia apart?'
const topGenes = 8

export function demoCommand(): Command {
  const command = new Command('demo')
    .description('Find the genes that tell two kinds of leukemia apart, in two browser tabs')
    .option('--out <dir>', 'folder for the results; created if need be')
    .option('--exit', 'end when the job has finished, also on a terminal', false)
    .option('--json', 'print one JSON object at the end', false)
    .addHelpText('after', '\nExamples:\n  npm run demo\n  npm run demo -- --exit --tabs 4')
    .action((options: DemoOptions) => runDemo(options))
  return addTabOptions(command)
}

async function runDemo(options: DemoOptions): Promise<void> {
  const output = createOutput(options.json)
  const stop = stopRequest()
  const startMs = performance.now()
  const files = {
    data: join(data, 'X.npy.gz'),
    target: join(data, 'y.csv'),
    datasetName: 'leukemia',
  }
  const job = { name: 'Leukemia genes', purpose }
  const plan = planOf('lasso', { ...options, ...files, ...job }, { lambdaRatio: 0.1 })
  const stays = process.stdin.isTTY === true && !options.exit && !options.json

  output.note('Shoal demo: 72 patients, the activity of 7,129 genes in each (Golub et al., 1999).')
  output.note(`${purpose} The lasso picks few genes out of many.\n`)
  await runPipeline(plan, storyteller(output, plan.tabs), stop, async (outcome) => {
    const seconds = (performance.now() - startMs) / 1000
    const genes = await topCoefficients(outcome.server.api, outcome.job.id)
    output.result(describe(outcome, genes, seconds), report(outcome, seconds))
    if (!stays) return
    output.note(
      `\nThe server is still there: ${outcome.server.dashboardUrl}\nCtrl-C ends the demo.`,
    )
    await aborted(stop)
  })
}

function storyteller(output: Output, tabs: number): Observer {
  return {
    note: output.note,
    ingesting: output.progress,
    ingested(manifest, seconds) {
      output.note(`1  Data    ${describeDataset(manifest, seconds)}`)
    },
    serving(server) {
      output.note(`2  Server  ${server.url}`)
      output.note(`           watch it: ${server.dashboardUrl}`)
    },
    computing(job) {
      output.note(`3  Tabs    ${plural(tabs, 'headless browser tab')} opened the server’s page`)
      output.note(`4  Job     ${job.title} at λ = 0.1 λmax: tabs compute, the server checks`)
    },
    progress: (job) => output.progress(`           ${progressLine(job)}`),
  }
}

interface Coefficient {
  name: string
  value: number
}

/** The largest coefficients; in the data's units, hence compared between genes with care. */
async function topCoefficients(api: OwnerApi, job: string): Promise<Coefficient[]> {
  const text = await api.result(job, 'coefficients.csv')
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([name = '', value = '']) => ({ name, value: Number(value) }))
    .filter(({ name, value }) => value !== 0 && /^x\d+$/.test(name))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, topGenes)
}

function describe(outcome: Outcome, genes: readonly Coefficient[], seconds: number): string {
  const { job, solveSeconds, files } = outcome
  const { objective, gap, nnz } = numbersOf(job)
  const { counters } = job
  const largest = genes.map(
    ({ name, value }) => `${name.replace('x', 'gene ')} (${formatNumber(value, 3)})`,
  )
  return [
    '',
    `5  Result  ${formatNumber(nnz)} of ${formatCount(job.dataset.columns)} genes are enough.`,
    `           objective ${formatNumber(objective, 10)}, duality gap ${formatNumber(gap, 3)}`,
    '           The server computes the gap from its own state: whoever did the work, no other',
    '           coefficients can lower the objective by more (the gap is relative to that of β = 0).',
    `           largest coefficients: ${largest.join(', ')}`,
    `           ${formatCount(counters.updates)} updates by ${plural(counters.volunteers, 'tab')} in ` +
      `${formatSeconds(solveSeconds)}, ${formatBytes(counters.bytesDown)} down, ` +
      `${formatBytes(counters.bytesUp)} up (${formatSeconds(seconds)} from start to end)`,
    ...files.map((file) => `           ${file}`),
  ].join('\n')
}
