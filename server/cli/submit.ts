/** shoal submit: start a job on a dataset the server holds. */
import { Command } from 'commander'
import type { Submit } from '../../shared/protocol.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { addLassoFlags, lassoSpec } from './lassoFlags.ts'
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
  const lasso = new Command('lasso')
    .description('Lasso: minimise 1/(2n)‖y − β₀ − Xβ‖² + λ‖β‖₁')
    .requiredOption('--dataset <name>', 'name or id of a dataset (`shoal ingest` makes one)')
  addLassoFlags(lasso)
  addJobOptions(lasso)
  addConnectionOptions(lasso)
    .option('--json', 'print the job as one JSON object', false)
    .addHelpText(
      'after',
      `
Examples:
  shoal submit lasso --dataset leukemia --lambda-ratio 0.1
  shoal submit lasso --dataset leukemia --path 100 --cv 10`,
    )
    .action((options: SubmitOptions) => runSubmit('lasso', options, lassoSpec(lasso)))
  return new Command('submit').description('Start a job').addCommand(lasso)
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
