/** Datasets in the words of their users: what a row is, what a column is, what was counted. */
import type { DatasetKind, Manifest } from '../../../shared/dataset.ts'
import { formatCount, plural } from './format.ts'

interface KindWords {
  readonly title: string
  /** What an app learns from, at the end of a sentence. */
  readonly plural: string
  readonly row: string
  readonly column: string
  readonly entry: string
  /** Whether people name the columns first: documents × words. */
  readonly columnsFirst?: boolean
}

export const KINDS: Readonly<Record<DatasetKind, KindWords>> = {
  matrix: {
    title: 'Table',
    plural: 'a table of numbers',
    row: 'row',
    column: 'column',
    entry: 'non-zero',
  },
  ratings: { title: 'Ratings', plural: 'ratings', row: 'user', column: 'item', entry: 'rating' },
  corpus: {
    ...{ title: 'Texts', plural: 'texts', row: 'word', column: 'document', entry: 'word count' },
    columnsFirst: true,
  },
  examples: {
    ...{ title: 'Examples', plural: 'labelled examples', row: 'feature', column: 'example' },
    ...{ entry: 'non-zero', columnsFirst: true },
  },
}

interface Shape {
  readonly rows: number
  readonly columns: number
}

/** "72 rows × 7,129 columns", "16,554 users × 10,506 items", "1,189 documents × 4,206 words". */
export function describeShape(kind: DatasetKind, { rows, columns }: Shape): string {
  const words = KINDS[kind]
  const sides = [plural(rows, words.row), plural(columns, words.column)]
  return (words.columnsFirst ? sides.reverse() : sides).join(' × ')
}

/** "testRatings" → "test ratings". */
export function spaced(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()
}

/** Facts in better words than their names; null: said elsewhere, or of no use here. */
const FACTS: Readonly<Record<string, string | null>> = {
  ratings: null,
  testRatings: 'ratings set apart for the test',
  duplicates: 'duplicates, the last one kept',
  tokens: 'words in all',
  stopWords: 'stop words left out',
  stopWordTokens: null,
  rareWords: 'rare words left out',
  rareWordTokens: null,
  shortTokens: 'short words left out',
  minDocumentFrequency: 'documents at least with each word',
}

/** The manifest's counts that say something: what is 0 did not happen. */
export function factsOf({ facts = {}, kind, constantColumns }: Manifest): string[] {
  const lines = Object.entries(facts)
    .filter(([name, value]) => value !== 0 && FACTS[name] !== null)
    .map(([name, value]) => `${formatCount(value)} ${FACTS[name] ?? spaced(name)}`)
  if (kind === 'matrix' && constantColumns > 0)
    lines.push(plural(constantColumns, 'constant column'))
  return lines
}
