/** shoal run: from a file to a certified result, with a server and tabs of its own. */
import { Command } from 'commander'
import type { AnyApp } from '../../shared/app.ts'
import { apps } from '../../shared/apps/registry.ts'
import { addAppFlags, appSpec } from './appFlags.ts'
import { dataInput } from './dataInput.ts'
import { addDataOptions, type DataOptions } from './dataOptions.ts'
import { describeDataset } from './datasetWords.ts'
import { runExamples } from './examples.ts'
import { formatBytes, formatCount, formatSeconds, plural } from './format.ts'
import { createDirectory, progressLine } from './jobs.ts'
import { labelCells, measureLines, numbersOf, speedsOf } from './measures.ts'
import { parseInteger } from './numbers.ts'
import { createOutput, type Output } from './output.ts'
import { type Observer, type Outcome, type Plan, runPipeline } from './pipeline.ts'
import { stopRequest } from './signals.ts'
import { addJobOptions, type JobOptions } from './submit.ts'
import { backendOption, workersPerTab } from './volunteer.ts'

export interface RunOptions extends Omit<DataOptions, 'seed'>, JobOptions {
  data: string
  datasetName?: string
  tabs: number
  workers?: number
  duty: number
  backend?: 'wasm' | 'webgpu'
  dataDir?: string
  port: number
  host: string
  out?: string
  json: boolean
}

export function runCommand(): Command {
  const command = new Command('run')
    .description('Server, tabs, job and results in one go')
    .addHelpText(
      'after',
      `
Each app has flags of its own:
  shoal run lasso --help
Example:
  shoal run lasso --data X.npy.gz --target y.csv --lambda-ratio 0.1 --out results/`,
    )
  for (const app of Object.values(apps)) command.addCommand(runApp(app))
  return command
}

function runApp(app: AnyApp): Command {
  const command = new Command(app.name)
    .description(`${app.title}: ${app.summaryLine}`)
    .requiredOption('--data <file>', 'file with the data, also gzipped (see `shoal ingest --help`)')
    .option('--dataset-name <name>', 'name of the dataset (default: the file’s, without endings)')
  addDataOptions(command, app.dataset)
  addAppFlags(command, app)
  addJobOptions(command)
  return addTabOptions(command)
    .option('--out <dir>', 'folder for the results; created if need be')
    .option('--json', 'print one JSON object at the end', false)
    .addHelpText('after', runExamples(app.name))
    .action((options: RunOptions) => runRun(app, options, appSpec(command, app)))
}

export function addTabOptions(command: Command): Command {
  return command
    .option('--tabs <n>', 'headless tabs, each one volunteer', parseInteger(1, 256), 2)
    .option(
      '--workers <k>',
      'compute workers in each tab (default: cores / tabs)',
      parseInteger(1, 256),
    )
    .option('--duty <percent>', 'share of time a worker computes', parseInteger(1, 100), 100)
    .addOption(backendOption())
    .option('--data-dir <dir>', 'keep the server’s data here (default: a temporary folder)')
    .option('--port <port>', 'port of the server; 0: any free one', parseInteger(0, 65535), 0)
    .option('--host <address>', 'address the server listens on', '127.0.0.1')
}

export function planOf(app: AnyApp, options: RunOptions, spec: Record<string, unknown>): Plan {
  const { tabs, duty, backend, dataDir, port, host, out } = options
  const workers = options.workers ?? workersPerTab(tabs)
  const data = dataInput(app.dataset, options.data, options.datasetName, options)
  const server = { dataDir, port, host }
  return { app: app.name, spec, data, job: options, tabs, workers, duty, backend, ...server, out }
}

async function runRun(
  app: AnyApp,
  options: RunOptions,
  spec: Record<string, unknown>,
): Promise<void> {
  const output = createOutput(options.json)
  const stop = stopRequest()
  const startMs = performance.now()
  const plan = planOf(app, options, spec)
  if (plan.out !== undefined) createDirectory(plan.out)
  await runPipeline(plan, plainObserver(output), stop, async (outcome) => {
    const seconds = (performance.now() - startMs) / 1000
    output.result(describe(outcome, seconds), report(outcome, seconds))
  })
}

function plainObserver(output: Output): Observer {
  return {
    note: output.note,
    ingesting: output.progress,
    ingested: (manifest, seconds) => output.note(describeDataset(manifest, seconds)),
    serving: (server) => output.note(`serving at ${server.url}`),
    computing: (job) => output.note(`job ${job.id} on ${job.dataset.name}`),
    progress: (job) => output.progress(progressLine(job)),
  }
}

function describe({ job, solveSeconds, files }: Outcome, seconds: number): string {
  const { counters } = job
  const line = (label: string, text: string): string => `  ${label.padEnd(labelCells)}${text}`
  return [
    `${job.title}: finished in ${formatSeconds(solveSeconds)} (${formatSeconds(seconds)} with all the rest)`,
    ...measureLines({ ...numbersOf(job), ...speedsOf(job, solveSeconds) }),
    line(
      'work',
      `${formatCount(counters.updates)} updates in ${plural(counters.deltas, 'delta')} ` +
        `from ${plural(counters.volunteers, 'volunteer')}, ${formatCount(counters.refused)} refused`,
    ),
    line('bytes', `${formatBytes(counters.bytesDown)} down, ${formatBytes(counters.bytesUp)} up`),
    ...files.map((file) => `  ${file}`),
  ].join('\n')
}

/** The object of --json. */
export function report(outcome: Outcome, seconds: number): Record<string, unknown> {
  const { job, manifest, server, files, ingestSeconds, startSeconds, solveSeconds } = outcome
  return {
    ...numbersOf(job),
    ...speedsOf(job, solveSeconds),
    seconds,
    ...{ ingestSeconds, startSeconds, solveSeconds },
    ...job.counters,
    openSeconds: ((job.openedMs ?? job.createdMs) - job.createdMs) / 1000,
    serverRssBytesMax: server.rssBytesMax(),
    serverCpuSeconds: outcome.serverCpuSeconds,
    job: job.id,
    app: job.app,
    status: job.status,
    seed: job.seed,
    spec: job.spec,
    dataset: {
      name: manifest.name,
      id: manifest.id,
      kind: manifest.kind,
      rows: manifest.rows,
      columns: manifest.columns,
      nonZeros: manifest.nonZeros,
      bytes: manifest.bytes,
      ...(manifest.facts && { facts: manifest.facts }),
    },
    summary: job.summary,
    files,
  }
}
