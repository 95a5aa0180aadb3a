/** Which format a file has (its content decides, its name where the content leaves it open). */
import { basename, dirname } from 'node:path'
import { UserError } from '../../../shared/errors.ts'
import type { Source } from './source.ts'

export const FORMATS = ['libsvm', 'csv', 'tsv', 'matrixmarket', 'npy'] as const
export type Format = (typeof FORMATS)[number]

const EXTENSIONS: Record<string, Format> = {
  svm: 'libsvm',
  libsvm: 'libsvm',
  svmlight: 'libsvm',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  mtx: 'matrixmarket',
  mm: 'matrixmarket',
  npy: 'npy',
}

/** A label, then index:value pairs. */
const LIBSVM_LINE = /^\s*[-+\d.eE,]+(\s+\w+:[-+\d.eE]+)+\s*(#.*)?$/
/** File names that say nothing: the folder names the dataset better. */
const PLAIN_NAMES = new Set(['x', 'data', 'train', 'matrix', 'features'])
const NAME_LENGTH_MAX = 100

function extensionOf(fileName: string): string {
  return (/\.([^./\\]+)$/.exec(fileName.replace(/\.gz$/i, ''))?.[1] ?? '').toLowerCase()
}

export function sniffFormat(source: Source, fileName: string): Format {
  const { head, label } = source
  if (head.subarray(0, 6).equals(Buffer.from('\x93NUMPY', 'latin1'))) return 'npy'
  const named = EXTENSIONS[extensionOf(fileName)]
  if (head.includes(0) || named === 'npy')
    throw new UserError(
      `${label} is not a .npy file, nor text; expected LIBSVM, CSV, TSV, MatrixMarket or .npy, each possibly gzipped.`,
    )
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  if (/^%%MatrixMarket/i.test(text)) return 'matrixmarket'
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  // A row of zeros is a label alone, so one line does not tell.
  if (lines.slice(0, 20).some((line) => LIBSVM_LINE.test(wholeTokens(line)))) return 'libsvm'
  if (named === 'libsvm' || named === 'tsv' || named === 'csv') return named
  if (named === 'matrixmarket')
    throw new UserError(
      `${label} does not start with %%MatrixMarket, as a MatrixMarket file must; add the banner or rename the file.`,
    )
  return lines[0]?.includes('\t') ? 'tsv' : 'csv'
}

/** The start of a long line, which may be cut anywhere, up to its last blank. */
const wholeTokens = (line: string): string =>
  line.length > 4096 ? line.slice(0, line.lastIndexOf(' ', 4096)) : line

/** `…/leukemia/X.npy.gz` → leukemia, `prices.csv` → prices. */
export function defaultName(path: string): string {
  const file = basename(path)
  const base = file.replace(/\.gz$/i, '').replace(/\.[^.]+$/, '')
  const folder = basename(dirname(path))
  const isPlain = PLAIN_NAMES.has(base.toLowerCase()) && /\w/.test(folder)
  return checkName((isPlain ? folder : base).trim().slice(0, NAME_LENGTH_MAX) || 'dataset')
}

export function checkName(name: string): string {
  const hasControls = [...name].some((c) => c < ' ' || c === '\u007f')
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX || hasControls)
    throw new UserError(
      `A dataset's name has 1 to ${NAME_LENGTH_MAX} printable characters; choose another with --name.`,
    )
  return name
}
