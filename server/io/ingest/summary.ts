/** What a person wants to know of a dataset, as a few lines of text. */
import type { Manifest } from '../../../shared/dataset.ts'
import { count } from './limits.ts'

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** `1234567` bytes as `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  for (; size >= 999.5 && unit < UNITS.length - 1; unit++) size /= 1000
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`
}

/** `5 shards: 4 dense u2, 1 sparse f64`. */
function formatShards({ shards }: Manifest): string {
  const kinds = new Map<string, number>()
  for (const { layout, valueType } of shards) {
    const kind = `${layout} ${valueType}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  const noun = shards.length === 1 ? 'shard' : 'shards'
  const parts = [...kinds].sort((a, b) => b[1] - a[1]).map(([kind, n]) => `${count(n)} ${kind}`)
  return `${count(shards.length)} ${noun}: ${parts.join(', ')}`
}

/** The summary that `shoal ingest` prints. */
export function formatSummary(manifest: Manifest): string {
  const { rows, columns, nonZeros, constantColumns, bytes, target, targetName, targetLabels } =
    manifest
  const density = (100 * nonZeros) / (rows * columns)
  const percent = density >= 10 ? density.toFixed(0) : density.toPrecision(2)
  const classes = targetLabels
    ? `: ${targetLabels.map((word, k) => `${word} = ${k}`).join(', ')}`
    : ''
  const lines: [string, string][] = [
    ['dataset', `${manifest.name} (${manifest.id.slice(0, 12)})`],
    ['source', manifest.source],
    ['rows (n)', count(rows)],
    ['columns (d)', count(columns)],
    ['non-zeros', `${count(nonZeros)} (${percent} %)`],
    ['constant columns', count(constantColumns)],
    ['size on disk', `${formatBytes(bytes)} in ${formatShards(manifest)}`],
    ['target', target === null ? 'none' : `${targetName ?? 'yes'}${classes}`],
    ['column names', manifest.columnNames === null ? 'x1, x2, …' : 'from the file'],
  ]
  return lines.map(([name, value]) => `${name.padEnd(17)} ${value}`).join('\n')
}
