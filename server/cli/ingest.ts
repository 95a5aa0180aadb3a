/** shoal ingest: files become datasets, in the data directory or on a server elsewhere. */
import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import type { DatasetKind, Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import type { IngestInput } from '../io/ingest/ingest.ts'
import type { OwnerApi } from './api.ts'
import {
  addConnectionOptions,
  type ConnectionOptions,
  connect,
  isServerNamed,
} from './connection.ts'
import { dataInput, ingestFiles } from './dataInput.ts'
import { addKindOptions, checkKind, type DataOptions } from './dataOptions.ts'
import { summariseDataset } from './datasetWords.ts'
import { createOutput, type Output } from './output.ts'
import { stopRequest, unlessAborted } from './signals.ts'

interface IngestOptions extends ConnectionOptions, DataOptions {
  kind: DatasetKind
  name?: string
  json: boolean
}

export function ingestCommand(): Command {
  const command = new Command('ingest')
    .description('Read files, also gzipped, as datasets: matrices, examples, ratings or corpora')
    .argument('<file...>', 'the files (corpus: or folders of texts); each becomes one dataset')
    .option('--name <name>', 'name of the dataset (default: the file’s, without endings)')
    .option('--json', 'print one JSON object', false)
  addKindOptions(command)
  return addConnectionOptions(command)
    .addHelpText(
      'after',
      `
Formats: a matrix is LIBSVM, CSV/TSV, MatrixMarket or .npy, and so are examples, which are cut by
rows, for programs that go through them one by one (svm); ratings are lines of user, item and
rating (CSV, TSV, ::) or MatrixMarket; a corpus is text, a document a line (name<TAB>text or text
alone), a folder of texts, UCI bag of words, LDA-C or LIBSVM counts.
Without --url or SHOAL_URL the files go into the data directory; a server that runs there sees them
at once.

Examples:
  shoal ingest X.npy.gz --target y.csv --name leukemia
  shoal ingest houses.csv --target price --impute mean
  shoal ingest train.svm.gz --kind examples
  shoal ingest ratings.csv --kind ratings --holdout 0.1
  shoal ingest docword.txt.gz --kind corpus --vocab vocab.txt --min-df 5
  shoal ingest train.svm.gz --url https://shoal.example.org --token TOKEN`,
    )
    .action((files: string[], options: IngestOptions) => runIngest(files, options))
}

async function runIngest(files: readonly string[], options: IngestOptions): Promise<void> {
  if (files.length > 1 && options.name !== undefined)
    throw new UserError('--name is for one file; leave it out, or ingest the files one by one.')
  const output = createOutput(options.json)
  const { kind } = options
  checkKind(kind, options)
  const inputs = files.map((file) => dataInput(kind, file, options.name, options))
  const stop = stopRequest()
  const manifests: Manifest[] = []
  try {
    for (const input of inputs) manifests.push(await ingestOne(input, options, output, stop))
  } catch (error) {
    if (manifests.length > 0)
      output.note(
        `Before that, and there to stay: ${manifests.map(({ name }) => name).join(', ')}.`,
      )
    throw error
  }
  const { formatSummary } = await import('../io/ingest/summary.ts')
  const summarise = kind === 'matrix' ? formatSummary : summariseDataset
  output.result(
    manifests.map(summarise).join('\n\n'),
    manifests.length === 1 ? manifests[0]! : { datasets: manifests },
  )
}

async function ingestOne(
  input: IngestInput,
  options: IngestOptions,
  output: Output,
  signal: AbortSignal,
): Promise<Manifest> {
  if (!isServerNamed(options)) return ingestFiles(input, options.dataDir, output.progress, signal)
  const api = connect(options)
  output.note(`sending ${basename(input.path)} to ${api.url}`)
  const query = await uploadQuery(api, input)
  const { manifest } = await unlessAborted(signal, api.upload(input.path, query))
  return manifest
}

/** What the server is told of the file; a second file goes before it. */
async function uploadQuery(api: OwnerApi, input: IngestInput): Promise<Record<string, string>> {
  const { path, targetPath, testPath, vocabPath } = input
  if (statSync(path).isDirectory())
    throw new UserError(
      `${path} is a folder, and only files are sent; ingest it where the server runs, without --url and SHOAL_URL.`,
    )
  const y = targetPath === undefined ? null : await api.uploadTarget(targetPath)
  const test = testPath === undefined ? null : await api.uploadTarget(testPath)
  const words = vocabPath === undefined ? null : await api.uploadTarget(vocabPath)
  const given = sent.flatMap((name) =>
    input[name] === undefined ? [] : [[name, String(input[name])]],
  )
  return {
    ...Object.fromEntries(given),
    ...(y && { targetUpload: y.upload }),
    ...(test && { testUpload: test.upload }),
    ...(words && { vocabUpload: words.upload }),
  }
}

/** What goes into the query as it is; files go before it. */
const sent = [
  ...(['kind', 'name', 'target', 'impute'] as const),
  ...(['holdout', 'validation', 'seed'] as const),
  ...(['corpusFormat', 'minDocumentFrequency', 'minWordLength', 'stopWords'] as const),
]
