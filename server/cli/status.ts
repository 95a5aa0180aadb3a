/** shoal status: all jobs in a table, or one in detail; --watch stays until it has ended. */
import { Command } from 'commander'
import { apps } from '../../shared/apps/registry.ts'
import type { FleetView, JobView } from '../../shared/protocol.ts'
import type { OwnerApi } from './api.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { describeShape } from './datasetWords.ts'
import {
  formatBytes,
  formatCount,
  formatNumber,
  formatSeconds,
  formatTable,
  plural,
} from './format.ts'
import { checkFinished, progressLine } from './jobs.ts'
import { shortMeasures } from './measures.ts'
import { createOutput, type Output } from './output.ts'
import { sleep, stopRequest } from './signals.ts'

interface StatusOptions extends ConnectionOptions {
  watch: boolean
  json: boolean
}

const askEveryMs = 1000

export function statusCommand(): Command {
  const command = new Command('status')
    .description('Show all jobs and the fleet, or one job')
    .argument('[job]', 'id of a job')
    .option('--watch', 'stay until the job (or every job) has ended', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Examples:
  shoal status
  shoal status JOB --watch
With --watch, the exit code is 0 only if JOB has finished.`,
    )
    .action((id: string | undefined, options: StatusOptions) => runStatus(id, options))
  return addConnectionOptions(command)
}

async function runStatus(id: string | undefined, options: StatusOptions): Promise<void> {
  const api = connect(options)
  const output = createOutput(options.json)
  if (options.watch) await watch(api, id, output)
  if (id !== undefined) {
    const job = await api.job(id)
    output.result(describeJob(job), job)
    if (options.watch) checkFinished(job)
    return
  }
  const [jobs, fleet] = await Promise.all([api.jobs(), api.fleet()])
  output.result(describeAll(jobs, fleet), { jobs, fleet })
}

async function watch(api: OwnerApi, id: string | undefined, output: Output): Promise<void> {
  const stop = stopRequest()
  while (!stop.aborted) {
    const jobs = id === undefined ? await api.jobs() : [await api.job(id)]
    const open = jobs.filter(({ status }) => status === 'running' || status === 'paused')
    if (open.length === 0) return
    output.progress(open.map((job) => `${job.name}: ${progressLine(job)}`).join('  |  '))
    await sleep(askEveryMs, stop)
  }
  throw stop.reason
}

function describeAll(jobs: readonly JobView[], fleet: FleetView): string {
  const working = fleet.volunteers.filter(({ state }) => state === 'working').length
  const volunteers =
    fleet.total === 0
      ? 'No volunteers; open the page that `shoal serve` printed, or run `shoal volunteer`.'
      : `${plural(fleet.total, 'volunteer')}, ${formatCount(working)} working.`
  if (jobs.length === 0)
    return `No jobs yet; start one with \`shoal submit lasso --help\`.\n${volunteers}`
  const rows = jobs.map((job) => [
    job.id,
    job.name,
    job.app,
    job.status,
    job.phase,
    formatSeconds(job.runningMs / 1000),
    shortMeasures(job.values).join(' · '),
  ])
  return `${formatTable(['job', 'name', 'app', 'status', 'phase', 'time', 'numbers'], rows)}\n${volunteers}`
}

function describeJob(job: JobView): string {
  const { counters, dataset } = job
  const kind = Object.hasOwn(apps, job.app) ? apps[job.app]!.dataset : 'matrix'
  const lines: [string, string][] = [
    ['job', `${job.id} (${job.name}): ${job.title}`],
    ['dataset', `${dataset.name}, ${describeShape(kind, dataset.rows, dataset.columns)}`],
    ['status', job.error === null ? job.status : `${job.status}: ${job.error}`],
    ['phase', job.phase],
    ...Object.entries(job.values).map(([name, x]): [string, string] => [name, formatNumber(x, 10)]),
    ['time', formatSeconds(job.runningMs / 1000)],
    ['updates', `${formatCount(counters.updates)} in ${plural(counters.deltas, 'delta')}`],
    ['leases', `${formatCount(counters.leases)}, ${formatCount(counters.refused)} refused`],
    ['bytes', `${formatBytes(counters.bytesDown)} down, ${formatBytes(counters.bytesUp)} up`],
    ['volunteers', formatCount(counters.volunteers)],
  ]
  if (job.results.length > 0) lines.push(['results', job.results.join(', ')])
  const cells = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(cells)}  ${value}`).join('\n')
}
