/** shoal ingest: files become datasets, in the data directory or on a server elsewhere. */
import { basename } from 'node:path'
import { Command } from 'commander'
import type { Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import type { IngestInput } from '../io/ingest/ingest.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { addDataOptions, type DataOptions, dataInput, ingestFiles } from './dataInput.ts'
import { createOutput, type Output } from './output.ts'
import { stopRequest, unlessAborted } from './signals.ts'

interface IngestOptions extends ConnectionOptions, DataOptions {
  name?: string
  json: boolean
}

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description('Read LIBSVM, CSV/TSV, MatrixMarket or .npy files, also gzipped, as datasets')
    .argument('<file...>', 'the files; each becomes one dataset')
    .option('--name <name>', 'name of the dataset (default: the file’s, without endings)')
    .option('--json', 'print one JSON object', false)
  addDataOptions(command)
  return addConnectionOptions(command)
    .addHelpText(
      'after',
      `
Without --url the files go into the data directory; a server that runs there sees them at once.

Examples:
  shoal ingest X.npy.gz --target y.csv --name leukemia
  shoal ingest houses.csv --target price --impute mean
  shoal ingest train.svm.gz --url https://shoal.example.org --token TOKEN`,
    )
    .action((files: string[], options: IngestOptions) => runIngest(files, options))
}

async function runIngest(files: readonly string[], options: IngestOptions): Promise<void> {
  if (files.length > 1 && options.name !== undefined)
    throw new UserError('--name is for one file; leave it out, or ingest the files one by one.')
  const output = createOutput(options.json)
  const inputs = files.map((file) => dataInput(file, options.name, options))
  const stop = stopRequest()
  const manifests: Manifest[] = []
  for (const input of inputs) manifests.push(await ingestOne(input, options, output, stop))
  const { formatSummary } = await import('../io/ingest/summary.ts')
  output.result(
    manifests.map(formatSummary).join('\n\n'),
    manifests.length === 1 ? manifests[0]! : { datasets: manifests },
  )
}

async function ingestOne(
  input: IngestInput,
  options: IngestOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Manifest> {
  if (options.url === undefined) return ingestFiles(input, options.dataDir, output.progress, signal)
  const api = connect(options)
  const { path, name, target, targetPath, impute } = input
  output.note(`sending ${basename(path)} to ${api.url}`)
  const y = targetPath === undefined ? null : await api.uploadTarget(targetPath)
  const { manifest } = await unlessAborted(
    signal,
    api.upload(path, {
      ...(name !== undefined && { name }),
      ...(target !== undefined && { target }),
      ...(impute !== undefined && { impute }),
      ...(y && { targetUpload: y.upload }),
    }),
  )
  return manifest
}
