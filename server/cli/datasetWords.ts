/** A dataset in people's words: users and items, documents and words, rows and columns. */
import type { DatasetKind, Manifest } from '../../shared/dataset.ts'
import { unreachable } from '../../shared/errors.ts'
import { formatBytes, formatCount, formatSeconds, plural } from './format.ts'

/** "16,554 users × 10,506 items" */
export function describeShape(kind: DatasetKind, rows: number, columns: number): string {
  switch (kind) {
    case 'ratings':
      return `${plural(rows, 'user')} × ${plural(columns, 'item')}`
    case 'corpus':
      return `${plural(columns, 'document')}, ${plural(rows, 'word')}`
    case 'examples':
      return `${plural(columns, 'example')} × ${plural(rows, 'feature')}`
    case 'matrix':
      return `${formatCount(rows)} × ${formatCount(columns)}`
    default:
      return unreachable(kind)
  }
}

/** One line, when it has been read. */
export function describeDataset(manifest: Manifest, seconds: number): string {
  const { kind, name, rows, columns, bytes, shards } = manifest
  return (
    `${name}: ${describeShape(kind, rows, columns)}, ${contents(manifest)}, ` +
    `${formatBytes(bytes)} in ${plural(shards.length, 'shard')}, read in ${formatSeconds(seconds)}`
  )
}

function contents({ kind, nonZeros, facts = {} }: Manifest): string {
  if (kind === 'corpus') return plural(facts.tokens ?? nonZeros, 'token')
  if (kind !== 'ratings') return `${formatCount(nonZeros)} non-zeros`
  const tests = facts.testRatings ?? 0
  return `${plural(nonZeros, 'rating')}${tests > 0 ? ` and ${formatCount(tests)} to test` : ''}`
}

const sides: Readonly<Record<Exclude<DatasetKind, 'matrix'>, [row: string, column: string]>> = {
  ratings: ['users', 'items'],
  corpus: ['words', 'documents'],
  examples: ['features', 'examples'],
}

/** The summary that `shoal ingest` prints of anything but a matrix. */
export function summariseDataset(manifest: Manifest): string {
  const { kind, name, id, source, rows, columns, nonZeros, bytes, shards, facts = {} } = manifest
  if (kind === 'matrix') throw new Error('a matrix has a summary of its own')
  const [rowWord, columnWord] = sides[kind]
  const lines: [string, string][] = [
    ['dataset', `${name} (${id.slice(0, 12)})`],
    ['source', source],
    ['kind', kind],
    [rowWord, formatCount(rows)],
    [columnWord, formatCount(columns)],
    [kind === 'ratings' ? 'ratings' : 'non-zeros', formatCount(nonZeros)],
  ]
  for (const [fact, value] of Object.entries(facts))
    if (fact !== 'ratings') lines.push([factLabels[fact] ?? inWords(fact), formatCount(value)])
  lines.push(['size on disk', `${formatBytes(bytes)} in ${plural(shards.length, 'shard')}`])
  const cells = Math.max(...lines.map(([label]) => label.length))
  return lines.map(([label, value]) => `${label.padEnd(cells)}  ${value}`).join('\n')
}

const factLabels: Readonly<Record<string, string>> = {
  duplicates: 'duplicates, last kept',
  stopWords: 'stop words left out',
  stopWordTokens: '  their tokens',
  rareWords: 'rare words left out',
  rareWordTokens: '  their tokens',
  shortTokens: 'short tokens left out',
  minDocumentFrequency: 'documents a word needs',
}

/** "emptyDocuments" → "empty documents" */
const inWords = (fact: string): string =>
  fact.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
