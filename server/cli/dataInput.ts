/** Files that hold a dataset: the flags that describe them, and their way into a store. */
import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'

export interface DataOptions {
  target?: string
  impute?: 'mean'
}

export interface DataInput {
  /** The file with X, and perhaps y. */
  path: string
  /** Absent: made from the file's name. */
  name: string | undefined
  /** The file with y, or the column of `path` that holds it, or neither. */
  targetFile: string | null
  targetColumn: string | null
  imputes: boolean
}

export function addDataOptions(command: Command): Command {
  return command
    .option('--target <y>', 'file with y, one value a row, or name of the column that holds it')
    .addOption(new Option('--impute <how>', 'fill missing values').choices(['mean']))
}

/** @throws UserError when there is no such file. */
export function dataInput(path: string, name: string | undefined, options: DataOptions): DataInput {
  const { target, impute } = options
  if (!existsSync(path)) throw new UserError(`There is no file ${path}; check the path.`)
  const isFile = target !== undefined && existsSync(target)
  if (target !== undefined && !isFile && looksLikeFile(target))
    throw new UserError(`--target: there is no file ${target}; check the path.`)
  return {
    path,
    name,
    targetFile: isFile ? target : null,
    targetColumn: target !== undefined && !isFile ? target : null,
    imputes: impute === 'mean',
  }
}

/** A name with a folder or a data file's ending was meant as a path, not as a column. */
const looksLikeFile = (target: string): boolean =>
  /[\\/]|\.(csv|tsv|txt|npy|mtx)(\.gz)?$/i.test(target)

/** Read the files into the store of a data directory; what fails leaves nothing behind. */
export async function ingestFiles(
  input: DataInput,
  dataDir: string,
  onProgress: (line: string) => void,
): Promise<Manifest> {
  // Loaded late: the store's native library is of no use to most commands.
  const { openStore } = await import('../io/lmdbStore.ts')
  const { ingest } = await import('../io/ingest/ingest.ts')
  const store = openStore(dataDir)
  try {
    return await ingest(input, store, onProgress)
  } finally {
    await store.close()
  }
}
