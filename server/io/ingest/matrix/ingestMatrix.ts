/**
 * A matrix in, cut by its columns (kind 'matrix') or by its rows ('examples'), with y beside it.
 *
 * Every check happens while the file is read, before anything is stored; then shards are planned
 * from what was learnt of the columns, encoded and stored one by one. A file is streamed: memory is
 * bounded by MEMORY_BYTES (limits.ts) plus the per-column statistics.
 */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Manifest, ShardEntry } from '../../../../shared/dataset.ts'
import { UserError, unreachable } from '../../../../shared/errors.ts'
import type { BlobBatch } from '../blobBatch.ts'
import { count, counted } from '../limits.ts'
import type { Tell } from '../progress.ts'
import { checkName, defaultName, type Format, sniffFormat } from '../sniff.ts'
import { openSource } from '../source.ts'
import { Spill } from '../spill.ts'
import { textKernel } from '../text/kernel.ts'
import { readCsv } from './csv.ts'
import { isWordList, readWordList } from './labels.ts'
import { readLibsvm } from './libsvm.ts'
import type { Matrix, ReadOptions } from './matrix.ts'
import { readMatrixMarket } from './matrixMarket.ts'
import { readNpy } from './npy.ts'
import { transposed } from './transpose.ts'
import { writeShards } from './write.ts'

export interface MatrixInput {
  /** The file on disk. */
  path: string
  /** What the owner calls the file, when it lies on disk under another name (uploads). */
  fileName?: string
  /** Of the dataset; by default from the file's name. */
  name?: string
  /** Name of the target column (CSV and TSV). */
  target?: string
  /** A file of its own with y: one column of CSV (header or not), or .npy. */
  targetPath?: string
  targetFileName?: string
  /** What to do with missing values; by default they are refused. */
  impute?: 'mean'
  /** By default recognised from content and name. */
  format?: Format
  /** Where large files are transposed; by default the system's temporary folder. */
  tempDir?: string
  /** Memory before that folder is used; by default MEMORY_BYTES. */
  memoryBytes?: number
  /** Read text without WebAssembly, as where it was not built. */
  isPlain?: boolean
}

/** Read the file and store its shards; the manifest is the caller's to publish. */
export async function ingestMatrix(
  input: MatrixInput,
  kind: 'matrix' | 'examples',
  blobs: BlobBatch,
  tell: Tell,
): Promise<Manifest> {
  const fileName = input.fileName ?? input.path
  const name = input.name === undefined ? defaultName(fileName) : checkName(input.name)
  if (input.target !== undefined && input.targetPath !== undefined)
    throw new UserError('The target is given twice, as a column and as a file; keep one of them.')
  const spill = new Spill(input.tempDir, input.memoryBytes)
  try {
    const options = {
      spill,
      imputes: input.impute === 'mean',
      target: input.target ?? null,
      allowsVector: false,
      kernel: input.isPlain ? null : textKernel(),
    }
    const opened = await readMatrix(input.path, fileName, input.format, options, tell.read)
    const { matrix } = opened
    const label = basename(fileName)
    const { targetPath, targetFileName = targetPath } = input
    const target: Target | null =
      targetPath !== undefined
        ? await readTarget(targetPath, targetFileName!, matrix.rows, options)
        : matrix.target && { ...matrix.target, source: null }
    if (target) checkTarget(target, matrix.rows, label)
    return kind === 'examples'
      ? await writeExamples(name, opened, labelled(target, label), blobs, spill, tell.write)
      : await writeDataset(name, opened, target, blobs, tell.write)
  } finally {
    spill.close()
  }
}

interface Opened {
  matrix: Matrix
  format: Format
  /** For people: name and format. */
  source: string
}

async function readMatrix(
  path: string,
  fileName: string,
  given: Format | undefined,
  options: ReadOptions,
  onRead: (fraction: number) => void,
): Promise<Opened> {
  const source = await openSource(path, basename(fileName))
  const format = given ?? sniffFormat(source, fileName)
  if (options.target !== null && format !== 'csv' && format !== 'tsv')
    throw new UserError(
      `The target ${JSON.stringify(options.target)} is neither a file nor a column, because ${source.label} has no named columns; ${
        format === 'libsvm' ? 'drop --target, the labels are y' : 'pass a file with y as the target'
      }.`,
    )
  const matrix = await readAs(format)
  onRead(1)
  const packing = source.isGzip ? ', gzip' : ''
  return { matrix, format, source: `${source.label} (${matrix.format}${packing})` }

  function readAs(format: Format): Promise<Matrix> {
    switch (format) {
      case 'csv':
      case 'tsv':
        return readCsv(source, options, onRead, format === 'tsv')
      case 'libsvm':
        return readLibsvm(source, options, onRead)
      case 'matrixmarket':
        return readMatrixMarket(source, options, onRead)
      case 'npy':
        return readNpy(source, options, onRead)
      default:
        return unreachable(format)
    }
  }
}

interface Target {
  values: Float64Array
  name: string | null
  /** The words that 0 and 1 stand for; null or absent where y was given in numbers. */
  labels?: string[] | null
  /** Its file, or null when it came with the matrix. */
  source: string | null
}

/** y from its own file; labels that came with the matrix give way to it. */
async function readTarget(
  path: string,
  fileName: string,
  rowsWanted: number,
  given: ReadOptions,
): Promise<Target> {
  const file = await openSource(path, basename(fileName))
  if (isWordList(file))
    return { ...(await readWordList(file, rowsWanted)), source: `${file.label} (words)` }
  const options = { ...given, imputes: false, target: null, allowsVector: true }
  const { matrix, source } = await readMatrix(path, fileName, undefined, options, () => {})
  const { rows, columns, names, reader } = matrix
  const label = basename(fileName)
  if (columns !== 1)
    throw new UserError(
      `The target file ${label} has ${counted(columns, 'column')}, expected one; keep only y in it.`,
    )
  const read = reader.read(0, 1)
  const values = new Float64Array(rows)
  if (read.layout === 'dense') values.set(read.columns[0]!)
  else for (const [k, i] of read.rows.entries()) values[i] = read.values[k]!
  return { values, name: names?.[0] ?? null, source }
}

function checkTarget({ values, labels, source }: Target, rows: number, label: string): void {
  const place = source === null ? label : `${source.replace(/ \(.*/, '')}`
  if (values.length !== rows)
    throw new UserError(
      `The target ${place} has ${counted(values.length, 'value')}, but ${label} has ${counted(rows, 'row')}; both must list the same samples in the same order.`,
    )
  if (values.every((y) => y === values[0]))
    throw new UserError(
      `The target is constant: all ${count(rows)} values of y in ${place} are ${labels?.[0] ?? values[0]}; choose a target that varies.`,
    )
}

/** The columns' names, one a line; null when the file gives none. */
function encodeNames({ names }: Matrix): Uint8Array | null {
  return names && new TextEncoder().encode(names.join('\n'))
}

/** Equal shards, target and names have the same id, whatever file they came from. */
function idOf(shards: ShardEntry[], target: string | null, names: string | null): string {
  const hash = createHash('sha256')
  for (const shard of shards) hash.update(`${shard.hash}\n`)
  return hash.update(`target ${target}\nnames ${names}\n`).digest('hex')
}

function labelled(target: Target | null, label: string): Target {
  if (target) return target
  throw new UserError(
    `${label} has no labels, which examples need; name their column or their file with --target.`,
  )
}

/** The same matrix cut by examples: the columns' names are those of the features, its rows. */
async function writeExamples(
  name: string,
  { matrix, ...rest }: Opened,
  target: Target,
  blobs: BlobBatch,
  spill: Spill,
  onWritten: (fraction: number) => void,
): Promise<Manifest> {
  const turned = { ...rest, matrix: transposed(matrix, name, spill) }
  const manifest = await writeDataset(name, turned, target, blobs, onWritten)
  const names = encodeNames(matrix)
  const rowNames = names && (await blobs.put(names))
  await blobs.settle()
  const id = createHash('sha256').update(`examples\n${manifest.id}\nnames ${rowNames}\n`)
  return { ...manifest, kind: 'examples', id: id.digest('hex'), rowNames }
}

async function writeDataset(
  name: string,
  { matrix, source }: Opened,
  target: Target | null,
  blobs: BlobBatch,
  onWritten: (fraction: number) => void,
): Promise<Manifest> {
  const shards = await writeShards(matrix, blobs, onWritten)
  const y = target && (await blobs.put(new Uint8Array(target.values.map((x) => x + 0).buffer)))
  const names = encodeNames(matrix)
  const columnNames = names && (await blobs.put(names))
  await blobs.settle()
  return {
    version: 1,
    kind: 'matrix',
    id: idOf(shards, target?.labels ? `${y} ${target.labels.join()}` : y, columnNames),
    name,
    rows: matrix.rows,
    columns: matrix.columns,
    nonZeros: shards.reduce((sum, shard) => sum + shard.nonZeros, 0),
    constantColumns: matrix.constantColumns,
    bytes: shards.reduce((sum, shard) => sum + shard.bytes, 0),
    shards,
    target: y,
    targetName: target?.name?.slice(0, 200) ?? null,
    ...(target?.labels && { targetLabels: target.labels }),
    columnNames,
    source: (target?.source ? `${source}; y: ${target.source}` : source).slice(0, 1000),
  }
}
