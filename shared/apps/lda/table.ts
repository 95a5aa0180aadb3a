/** Result files of a topic model as text: CSV, numbers as precise as they mean something. */
import type { ResultFile } from '../../app.ts'

export type Row = (string | number)[]

/** Six significant digits: more is noise of the sampler. */
export const short = (x: number): number => Number(x.toPrecision(6))

export function csv(name: string, rows: readonly Row[]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value)
  return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
