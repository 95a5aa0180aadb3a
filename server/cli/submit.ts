/** shoal submit: start a job on a dataset the server holds. */
import { Command } from 'commander'
import type { AnyApp } from '../../shared/app.ts'
import { apps } from '../../shared/apps/registry.ts'
import type { Submit } from '../../shared/protocol.ts'
import { addAppFlags, appSpec } from './appFlags.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { submitExamples } from './examples.ts'
import { parseInteger } from './numbers.ts'
import { createOutput } from './output.ts'

interface SubmitOptions extends ConnectionOptions, JobOptions {
  dataset: string
  json: boolean
}

export interface JobOptions {
  name?: string
  purpose?: string
  seed?: number
}

export function addJobOptions(command: Command): Command {
  return command
    .option('--name <name>', 'a name for the job')
    .option('--purpose <text>', 'what it is for; shown to volunteers')
    .option('--seed <n>', 'seed of all chance in the job', parseInteger(0, 0xffffffff))
}

/** The part of a submission that JobOptions give. */
export function jobFields({ name, purpose, seed }: JobOptions): Partial<Submit> {
  return {
    ...(name !== undefined && { name }),
    ...(purpose !== undefined && { purpose }),
    ...(seed !== undefined && { seed }),
  }
}

export function submitCommand(): Command {
  const command = new Command('submit')
    .description('Start a job on a dataset the server holds')
    .addHelpText(
      'after',
      `
Each app has flags of its own:
  shoal submit lasso --help
Example:
  shoal submit lasso --dataset NAME --lambda-ratio 0.1`,
    )
  for (const app of Object.values(apps)) command.addCommand(submitApp(app))
  return command
}

function submitApp(app: AnyApp): Command {
  const command = new Command(app.name)
    .description(`${app.title}: ${app.summaryLine}`)
    .requiredOption('--dataset <name>', 'name or id of a dataset (`shoal ingest` makes one)')
  addAppFlags(command, app)
  addJobOptions(command)
  return addConnectionOptions(command)
    .option('--json', 'print the job as one JSON object', false)
    .addHelpText('after', submitExamples(app.name))
    .action((options: SubmitOptions) => runSubmit(app.name, options, appSpec(command, app)))
}

async function runSubmit(
  app: string,
  options: SubmitOptions,
  spec: Record<string, unknown>,
): Promise<void> {
  const api = connect(options)
  const job = await api.submit({ app, dataset: options.dataset, ...jobFields(options), spec })
  createOutput(options.json).result(
    `Job ${job.id} is ${job.status}; follow it with \`shoal status ${job.id} --watch\`.`,
    job,
  )
}
