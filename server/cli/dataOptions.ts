/** The flags that describe files with data, by the kind of dataset they belong to. */
import { type Command, Option } from 'commander'
import { DATASET_KINDS, type DatasetKind, isTable } from '../../shared/dataset.ts'
import { UserError, unreachable } from '../../shared/errors.ts'
import { CORPUS_FORMATS, type CorpusFormat } from '../io/ingest/corpus/ingestCorpus.ts'
import { parseInteger, parseNumber } from './numbers.ts'

export interface DataOptions {
  target?: string
  impute?: 'mean'
  test?: string
  holdout?: number
  validation?: number
  seed?: number
  vocab?: string
  format?: CorpusFormat
  minDf?: number
  minLength?: number
  /** Undefined unless one of --stop-words and --no-stop-words is given. */
  stopWords?: boolean
}

const optionsOf: Readonly<Record<DatasetKind, readonly (keyof DataOptions)[]>> = {
  matrix: ['target', 'impute'],
  ratings: ['test', 'holdout', 'validation', 'seed'],
  corpus: ['vocab', 'format', 'minDf', 'minLength', 'stopWords'],
  examples: ['target', 'impute'],
}

/** --kind and the flags of every kind. */
export function addKindOptions(command: Command): Command {
  command.addOption(
    new Option('--kind <kind>', 'what the numbers are').choices(DATASET_KINDS).default('matrix'),
  )
  // What describes a matrix describes examples, too: it stands there once.
  for (const kind of DATASET_KINDS)
    if (kind !== 'examples') addDataOptions(command, kind, isTable(kind) ? '' : `${kind}: `)
  return command.option(
    '--seed <n>',
    'ratings: seed of --holdout (default: 1)',
    parseInteger(0, 0xffffffff),
  )
}

/** The flags of one kind; --seed, which jobs have too, is the caller's. `prefix` opens their help. */
export function addDataOptions(command: Command, kind: DatasetKind, prefix = ''): Command {
  const text = (help: string): string => prefix + help
  switch (kind) {
    case 'matrix':
    case 'examples':
      return command
        .option(
          '--target <y>',
          text(
            'file with y, one value a row, or name of the column that holds it: numbers or two words',
          ),
        )
        .addOption(new Option('--impute <how>', text('fill missing values')).choices(['mean']))
    case 'ratings':
      return command
        .option('--test <file>', text('file with ratings to test the model on'))
        .option('--holdout <share>', text('or a share of them to set apart'), parseNumber)
        .option(
          '--validation <share>',
          text('a share to set apart for deciding when to stop'),
          parseNumber,
        )
    case 'corpus':
      return addWordOptions(command, prefix)
        .option(
          '--min-df <n>',
          text('leave out words of fewer documents (default: 2 for text)'),
          parseInteger(0, 1e9),
        )
        .option(
          '--min-length <n>',
          text('leave out shorter words of a text (default: 2)'),
          parseInteger(1, 100),
        )
        .option('--stop-words', text('leave out English stop words (default: for text)'))
        .option('--no-stop-words', text('keep them'))
    default:
      return unreachable(kind)
  }
}

/** How a corpus is written; all that new documents of a finished model need. */
export function addWordOptions(command: Command, prefix = ''): Command {
  const text = (help: string): string => prefix + help
  return command
    .option('--vocab <file>', text('the words, one a line, of a file that numbers them'))
    .addOption(
      new Option('--format <format>', text('how it is written (default: found out)')).choices(
        CORPUS_FORMATS,
      ),
    )
}

/** @throws UserError when a flag belongs to another kind. */
export function checkKind(kind: DatasetKind, options: DataOptions): void {
  for (const other of DATASET_KINDS)
    for (const name of other === kind ? [] : optionsOf[other])
      if (options[name] !== undefined && !optionsOf[kind].includes(name))
        throw new UserError(
          `${flagOf(name)} describes a ${nouns[other]}; leave it out, or add --kind ${other}.`,
        )
}

const nouns: Readonly<Record<DatasetKind, string>> = {
  matrix: 'matrix',
  ratings: 'table of ratings',
  corpus: 'corpus',
  examples: 'table of examples',
}

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
