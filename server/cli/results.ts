/** shoal results: the files of a finished job. */
import { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { saveResults } from './jobs.ts'
import { createOutput } from './output.ts'

interface ResultsOptions extends ConnectionOptions {
  out: string
  json: boolean
}

export function resultsCommand(): Command {
  const command = new Command('results')
    .description('Download the result files of a job')
    .argument('<job>', 'id of the job')
    .requiredOption('--out <dir>', 'folder to write them to; created if need be')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExample:\n  shoal results JOB --out results/')
    .action((id: string, options: ResultsOptions) => runResults(id, options))
  return addConnectionOptions(command)
}

async function runResults(id: string, options: ResultsOptions): Promise<void> {
  const api = connect(options)
  const job = await api.job(id)
  const files = await saveResults(api, job, options.out)
  createOutput(options.json).result(files.join('\n'), { job: id, files, summary: job.summary })
}
