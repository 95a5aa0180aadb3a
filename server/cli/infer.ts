/** shoal infer: topics of new documents, by the model.json of a finished topic model. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Command } from 'commander'
import type { Dataset } from '../../shared/app.ts'
import {
  type InferredDocument,
  inferDocuments,
  type NewDocument,
  parseModel,
} from '../../shared/apps/lda/infer.ts'
import { quoted } from '../../shared/csv.ts'
import { UserError } from '../../shared/errors.ts'
import { dataInput } from './dataInput.ts'
import { addWordOptions, type DataOptions } from './dataOptions.ts'
import { formatCount, plural } from './format.ts'
import { createOutput } from './output.ts'

interface InferOptions extends Pick<DataOptions, 'vocab' | 'format'> {
  model: string
  data: string
  out: string
  json: boolean
}

/** Smaller shares of a document are left out, as in a job's doc_topics.csv. */
const shareMin = 0.01

export function inferCommand(): Command {
  const command = new Command('infer')
    .description('Label new documents with the topics of a finished topic model')
    .requiredOption('--model <file>', 'model.json of a finished job (`shoal results`)')
    .requiredOption(
      '--data <file>',
      'the documents, in any form `shoal ingest --kind corpus` reads',
    )
    .requiredOption('--out <file>', 'CSV to write: document, topic, share')
  return addWordOptions(command)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Words the model does not know are left out; a document of such words only gets no topic.

Example:
  shoal infer --model results/model.json --data letters.txt --out letters_topics.csv`,
    )
    .action((options: InferOptions) => runInfer(options))
}

async function runInfer(options: InferOptions): Promise<void> {
  const { model: modelPath, out, json } = options
  if (!existsSync(modelPath))
    throw new UserError(`--model: there is no file ${modelPath}; check the path.`)
  const model = parseModel(readFileSync(modelPath, 'utf8'), basename(modelPath))
  const documents = await readDocuments(options)
  const labelled = inferDocuments(model, documents)
  writeTable(out, labelled)

  const known = labelled.reduce((sum, document) => sum + document.known, 0)
  const unknown = labelled.reduce((sum, document) => sum + document.unknown, 0)
  const unlabelled = labelled.filter((document) => document.known === 0).length
  const without = unlabelled === 0 ? '' : `; ${plural(unlabelled, 'document')} without any`
  createOutput(json).result(
    `${out}: topics of ${plural(labelled.length, 'document')} by ` +
      `${plural(known, 'word')} that the model knows (${formatCount(unknown)} it does not${without}).`,
    { out, documents: labelled.length, topics: model.alpha.length, known, unknown, unlabelled },
  )
}

/** Read as a corpus is, into a store that is gone afterwards; the model says which words count. */
async function readDocuments(options: InferOptions): Promise<NewDocument[]> {
  const { memoryStore } = await import('../io/store/memoryStore.ts')
  const { ingest } = await import('../io/ingest/ingest.ts')
  const { openDataset } = await import('../io/engine/dataset.ts')
  const everyWord = { minDf: 0, minLength: 1, stopWords: false }
  const input = dataInput('corpus', options.data, 'new documents', { ...everyWord, ...options })
  const store = memoryStore()
  try {
    return [...documentsOf(openDataset(store, await ingest(input, store)))]
  } finally {
    await store.close()
  }
}

function* documentsOf(dataset: Dataset): Generator<NewDocument> {
  for (const k of dataset.manifest.shards.keys()) {
    const { columns, firstColumn, starts, rowIndex, values } = dataset.shard(k)
    for (let j = 0; j < columns; j++) {
      const counts = new Map<string, number>()
      for (let at = starts[j]!; at < starts[j + 1]!; at++)
        counts.set(dataset.rowName(rowIndex[at]!), values[at]!)
      yield { id: dataset.columnName(firstColumn + j), counts }
    }
  }
}

/** Topics are numbered from 1, largest share first, as in a job's doc_topics.csv. */
function writeTable(path: string, documents: readonly InferredDocument[]): void {
  const rows = ['document,topic,share']
  for (const { id, shares, known } of documents) {
    if (known === 0) continue
    const name = quoted(id)
    const listed = [...shares.entries()].filter(([, share]) => share > shareMin)
    listed.sort((a, b) => b[1] - a[1] || a[0] - b[0])
    for (const [k, share] of listed) rows.push(`${name},${k + 1},${Number(share.toPrecision(6))}`)
  }
  try {
    writeFileSync(path, `${rows.join('\n')}\n`)
  } catch (error) {
    throw new UserError(
      `--out: ${path} cannot be written (${(error as Error).message}); choose another file.`,
    )
  }
}
