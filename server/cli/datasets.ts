/** shoal datasets, remove: what data a server holds, and how to be rid of some. */
import { Command } from 'commander'
import type { DatasetView } from '../../shared/protocol.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts'
import { describeShape } from './datasetWords.ts'
import { formatBytes, formatTable } from './format.ts'
import { createOutput } from './output.ts'

type Options = ConnectionOptions & { json: boolean }

export function datasetCommands(): Command[] {
  const datasets = new Command('datasets')
    .description('List the datasets the server holds')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExamples:\n  shoal datasets\n  shoal datasets --json')
    .action(async (options: Options) => {
      const views = await connect(options).datasets()
      createOutput(options.json).result(describeDatasets(views), { datasets: views })
    })
  const remove = new Command('remove')
    .description('Remove a dataset from the server; jobs that have ended keep their results')
    .argument('<dataset>', 'name or id of the dataset')
    .option('--json', 'print one JSON object', false)
    .addHelpText('after', '\nExample:\n  shoal remove leukemia')
    .action(async (dataset: string, options: Options) => {
      await connect(options).removeDataset(dataset)
      createOutput(options.json).result(`Dataset ${dataset} is removed.`, { removed: dataset })
    })
  return [addConnectionOptions(datasets), addConnectionOptions(remove)]
}

/** A table with a line a dataset, newest names and all. */
export function describeDatasets(views: readonly DatasetView[]): string {
  if (views.length === 0)
    return 'No datasets yet; read a file with `shoal ingest FILE` (--help shows how).'
  const rows = views.map(({ manifest }) => {
    const { name, id, kind, rows, columns, bytes, target, targetName } = manifest
    const y = target === null ? '–' : (targetName ?? 'y')
    return [name, kind, describeShape(kind, rows, columns), y, formatBytes(bytes), id.slice(0, 12)]
  })
  return formatTable(['name', 'kind', 'shape', 'target', 'size', 'id'], rows)
}
