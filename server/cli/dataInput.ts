/** Files that hold a dataset: the flags that describe them, and their way into a store. */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { type Command, Option } from 'commander'
import type { Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import type { IngestInput } from '../io/ingest/ingest.ts'

export interface DataOptions {
  target?: string
  impute?: 'mean'
}

export function addDataOptions(command: Command): Command {
  return command
    .option('--target <y>', 'file with y, one value a row, or name of the column that holds it')
    .addOption(new Option('--impute <how>', 'fill missing values').choices(['mean']))
}

/** @throws UserError when there is no such file. */
export function dataInput(
  path: string,
  name: string | undefined,
  { target, impute }: DataOptions,
): IngestInput {
  if (!existsSync(path)) throw new UserError(`There is no file ${path}; check the path.`)
  const isFile = target !== undefined && existsSync(target)
  if (target !== undefined && !isFile && looksLikeFile(target))
    throw new UserError(`--target: there is no file ${target}; check the path.`)
  return {
    path,
    ...(name !== undefined && { name }),
    ...(target !== undefined && (isFile ? { targetPath: target } : { target })),
    ...(impute !== undefined && { impute }),
  }
}

/** A name with a folder or a data file's ending was meant as a path, not as a column. */
const looksLikeFile = (target: string): boolean =>
  /[\\/]|\.(csv|tsv|txt|npy|mtx)(\.gz)?$/i.test(target)

const verbs = { read: 'reading', write: 'storing' } as const
const barCells = 24

/** "reading X.npy.gz ███████░░░░░ 58 %" */
export function progressBar(label: string, fraction: number): string {
  const full = Math.round(fraction * barCells)
  const bar = '█'.repeat(full) + '░'.repeat(barCells - full)
  return `${label} ${bar} ${Math.round(100 * fraction)} %`
}

/** Read the files into the store of a data directory; what fails or is stopped leaves nothing. */
export async function ingestFiles(
  input: IngestInput,
  dataDir: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<Manifest> {
  // Loaded late: the store's native library is of no use to most commands.
  const { openStore } = await import('../io/lmdbStore.ts')
  const { ingest } = await import('../io/ingest/ingest.ts')
  const store = openStore(dataDir)
  try {
    return await ingest(input, store, ({ phase, fraction }) => {
      // A throw is how ingestion is stopped: it takes back what it has stored.
      signal.throwIfAborted()
      onProgress(progressBar(`${verbs[phase]} ${basename(input.path)}`, fraction))
    })
  } finally {
    await store.close()
  }
}
