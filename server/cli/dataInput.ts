/** Files that hold a dataset: from flags to what is ingested, and their way into a store. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { DatasetKind, Manifest } from '../../shared/dataset.ts'
import { UserError, unreachable } from '../../shared/errors.ts'
import { makeDataDir } from '../io/dataDir.ts'
import type { IngestInput, OnProgress } from '../io/ingest/ingest.ts'
import type { DataOptions } from './dataOptions.ts'

/** @throws UserError when there is no such file. */
export function dataInput(
  kind: DatasetKind,
  path: string,
  name: string | undefined,
  options: DataOptions,
): IngestInput {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}; check the path.`)
  const input = { path, ...(name !== undefined && { name }) }
  switch (kind) {
    case 'matrix':
      return { ...input, ...matrixInput(options) }
    case 'examples':
      return { ...input, kind, ...matrixInput(options) }
    case 'ratings':
      return { ...input, kind, ...ratingsInput(options) }
    case 'corpus':
      return { ...input, kind, ...corpusInput(options) }
    default:
      return unreachable(kind)
  }
}

function matrixInput({ target, impute }: DataOptions): Partial<IngestInput> {
  const isFile = target !== undefined && existsSync(target)
  if (target !== undefined && !isFile && looksLikeFile(target))
    throw new UserError(`--target: there is no file ${target}; check the path.`)
  return {
    ...(target !== undefined && (isFile ? { targetPath: target } : { target })),
    ...(impute !== undefined && { impute }),
  }
}

/** A name with a folder or a data file's ending was meant as a path, not as a column. */
const looksLikeFile = (target: string): boolean =>
  /[\\/]|\.(csv|tsv|txt|npy|mtx)(\.gz)?$/i.test(target)

function ratingsInput({ test, holdout, validation, seed }: DataOptions): Partial<IngestInput> {
  if (test !== undefined && holdout !== undefined)
    throw new UserError('--test and --holdout both name a test set; keep one of them.')
  if (test !== undefined && !existsSync(test))
    throw new UserError(`--test: there is no file ${test}; check the path.`)
  for (const [flag, share] of Object.entries({ holdout, validation }))
    if (share !== undefined && !(share > 0 && share < 1))
      throw new UserError(`--${flag} ${share}: expected a share between 0 and 1.`)
  return {
    ...(test !== undefined && { testPath: test }),
    ...(holdout !== undefined && { holdout }),
    ...(validation !== undefined && { validation }),
    ...(seed !== undefined && { seed }),
  }
}

function corpusInput(options: DataOptions): Partial<IngestInput> {
  const { vocab, format, minDf, minLength, stopWords } = options
  if (vocab !== undefined && !existsSync(vocab))
    throw new UserError(`--vocab: there is no file ${vocab}; check the path.`)
  return {
    ...(vocab !== undefined && { vocabPath: vocab }),
    ...(format !== undefined && { corpusFormat: format }),
    ...(minDf !== undefined && { minDocumentFrequency: minDf }),
    ...(minLength !== undefined && { minWordLength: minLength }),
    ...(stopWords !== undefined && { stopWords }),
  }
}

const verbs = { read: 'reading', write: 'storing' } as const
const barCells = 24

/** "reading X.npy.gz ███████░░░░░ 58 %" */
export function progressBar(label: string, fraction: number): string {
  const full = Math.round(fraction * barCells)
  const bar = '█'.repeat(full) + '░'.repeat(barCells - full)
  return `${label} ${bar} ${Math.round(100 * fraction)} %`
}

/** How far a file is, for people. */
export const ingestLine =
  ({ path }: IngestInput, onLine: (line: string) => void): OnProgress =>
  ({ phase, fraction }) =>
    onLine(progressBar(`${verbs[phase]} ${basename(path)}`, fraction))

/** Read the files into the store of a data directory; what fails or is stopped leaves nothing. */
export async function ingestFiles(
  input: IngestInput,
  dataDir: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<Manifest> {
  // Loaded late: the store's native library is of no use to most commands.
  makeDataDir(dataDir)
  const { openStore } = await import('../io/store/lmdbStore.ts')
  const { ingest } = await import('../io/ingest/ingest.ts')
  const store = openStore(dataDir)
  const tell = ingestLine(input, onProgress)
  try {
    return await ingest(input, store, (progress) => {
      // A throw is how ingestion is stopped: it takes back what it has stored.
      signal.throwIfAborted()
      tell(progress)
    })
  } finally {
    await store.close()
  }
}
