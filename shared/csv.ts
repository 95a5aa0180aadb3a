/** Result files as CSV (RFC 4180): what apps hand out, with names quoted where they must be. */
import type { ResultFile } from './app.ts'

export type Cell = string | number

/** The first row is the header. */
export function csv(name: string, rows: readonly (readonly Cell[])[]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

/** For the largest files: lines whose cells are joined, and quoted where they must be. */
export const csvOfLines = (name: string, head: string, lines: Iterable<string>): ResultFile => ({
  ...{ name, mediaType: 'text/csv', text: `${[head, ...lines].join('\n')}\n` },
})

/** What is not defined (NaN) is left empty. */
function cell(value: Cell): string {
  // Tens of thousands of numbers, in which there is nothing to quote.
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value)
  return quoted(value)
}

/** A text as one cell. */
export const quoted = (text: string): string =>
  /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
