/** shoal replay: compute a job's model again from its log alone, and compare it with its results. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { ResultFile } from '../../shared/app.ts'
import { apps } from '../../shared/apps/registry.ts'
import { UserError } from '../../shared/errors.ts'
import { openEngine, view } from '../core/engine.ts'
import { openDataset } from '../io/engine/dataset.ts'
import { readLog } from '../io/store/logRecord.ts'
import type { Store } from '../io/store/store.ts'
import { addDataDirOption } from './connection.ts'
import { formatCount, plural } from './format.ts'
import { labelCells, measureLines, numbersOf } from './measures.ts'
import { createOutput } from './output.ts'

interface ReplayOptions {
  dataDir: string
  json: boolean
}

interface Replayed {
  job: string
  status: string
  /** Records of the log, all applied … */
  records: number
  /** … on a snapshot that stands for so many before them; 0: there is none. */
  snapshotRecords: number
  deltas: number
  updates: number
  objective: number | null
  gap: number | null
  /** Every number the app reports of it. */
  values: Record<string, number | null>
  phase: string
  /** SHA-256 of the model as the result files hold it; null while the job has none. */
  hash: string | null
  /** Result files that were compared, and those that differ. */
  compared: string[]
  differing: string[]
  /** Is every one bit for bit what is stored? Null when there is nothing to compare. */
  equal: boolean | null
}

export function replayCommand(): Command {
  const command = new Command('replay')
    .description('Audit a job: replay its log and compare the model with the stored results')
    .argument('<job>', 'id of the job')
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads the store of the data directory and changes nothing in it; a server may be using it.
The exit code is 0 unless the replayed model differs from the results.

Example:
  shoal replay JOB --data-dir .shoal`,
    )
    .action((id: string, options: ReplayOptions) => runReplay(id, options))
  return addDataDirOption(command)
}

async function runReplay(id: string, { dataDir, json }: ReplayOptions): Promise<void> {
  if (!existsSync(join(dataDir, 'store')))
    throw new UserError(
      `There is no store in ${dataDir}; name the server's data directory with --data-dir.`,
    )
  // Loaded late: the store's native library is of no use to most commands.
  const { openStore } = await import('../io/store/lmdbStore.ts')
  const store = openStore(dataDir, { readOnly: true })
  let replayed: Replayed
  try {
    replayed = replay(store, id)
  } finally {
    await store.close()
  }
  createOutput(json).result(describe(replayed), replayed)
  if (replayed.equal === false)
    throw new UserError(
      `The log of job ${id} does not give its stored results (${replayed.differing.join(', ')}); do not rely on them, and submit the job again.`,
    )
}

function replay(store: Store, id: string): Replayed {
  const record = store.job(id)
  if (!record)
    throw new UserError(`There is no job "${id}" in the store; \`shoal status\` lists the jobs.`)
  const dataset = store.dataset(record.dataset)
  if (!dataset)
    throw new UserError(
      `The dataset ${record.datasetShape.name} of job ${id} has been deleted; ingest its file again, then replay.`,
    )
  const app = Object.hasOwn(apps, record.app) ? apps[record.app] : undefined
  if (!app) throw new UserError(`This version of Shoal has no app "${record.app}" to replay with.`)
  const { snapshot, log } = readLog(store, id)
  const engine = openEngine({
    app,
    spec: record.spec,
    dataset: openDataset(store, dataset.manifest),
    seed: record.seed,
    // No lease is ever granted from here.
    epoch: 0,
    ...{ snapshot, log },
  })
  const { progress, counters, seq } = view(engine)
  const snapshotRecords = snapshot?.seq ?? 0
  const isFinished = app.finished(engine.state)
  const files = isFinished ? app.results(engine.state) : []
  const summary = isFinished ? app.summary(engine.state) : null
  const numbers = numbersOf({ values: progress.values, summary })
  return {
    ...{ job: id, status: record.status, phase: progress.phase },
    ...{ records: seq - snapshotRecords, snapshotRecords },
    ...{ deltas: counters.deltas, updates: counters.updates },
    ...{ objective: numbers.objective ?? null, gap: numbers.gap ?? null, values: numbers },
    ...{ hash: files.length > 0 ? hashOf(files) : null, ...compare(store, id, files) },
  }
}

/** Text holds every bit of a number, and bytes do anyway: equal files, equal model. */
function compare(
  store: Store,
  id: string,
  files: readonly ResultFile[],
): Pick<Replayed, 'compared' | 'differing' | 'equal'> {
  const stored = files.filter(({ name }) => store.result(id, name) !== undefined)
  const differing = stored.filter((file) => !isEqual(file, store.result(id, file.name)!))
  const names = (list: readonly ResultFile[]): string[] => list.map(({ name }) => name)
  const equal = stored.length > 0 ? differing.length === 0 : null
  return { compared: names(stored), differing: names(differing), equal }
}

type FileContent = Pick<ResultFile, 'text' | 'bytes'>

function isEqual(file: FileContent, stored: FileContent): boolean {
  return file.text === stored.text && Buffer.compare(bytesOf(file), bytesOf(stored)) === 0
}

const bytesOf = ({ bytes }: FileContent): Uint8Array => bytes ?? new Uint8Array()

function hashOf(files: readonly ResultFile[]): string {
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`${file.name}\n${file.text.length}\n${file.text}`)
    if (file.bytes) hash.update(file.bytes)
  }
  return hash.digest('hex')
}

function describe(replayed: Replayed): string {
  const { job, status, records, deltas, updates, values, hash, equal, phase } = replayed
  const { snapshotRecords } = replayed
  const before = snapshotRecords > 0 ? ` on a snapshot of ${formatCount(snapshotRecords)}` : ''
  const verdict =
    equal === null
      ? 'the job has no results yet: nothing to compare'
      : equal
        ? `equal, bit for bit, to the stored ${replayed.compared.join(', ')}`
        : `DIFFERENT from the stored ${replayed.differing.join(', ')}`
  return [
    `Job ${job} (${status}): ${plural(records, 'record')} replayed${before}, ${phase}`,
    `  ${'deltas'.padEnd(labelCells)}${formatCount(deltas)} with ${formatCount(updates)} updates`,
    ...measureLines(values),
    `  ${'model'.padEnd(labelCells)}${hash ?? 'not finished'}`,
    `  ${'results'.padEnd(labelCells)}${verdict}`,
  ].join('\n')
}
