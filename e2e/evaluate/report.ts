/** What an item of the evaluation hands over, and its numbers as text: in tables, and as CSV. */
import { formatNumber, formatTable } from '../../server/cli/format.ts'
import type { Plot } from './svg.ts'

/** null: there is no such number (a goal that was never reached); shown as "–", empty in a CSV. */
export type Cell = string | number | null

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface Item {
  readonly title: string
  /**
   * Paragraphs: the first says what is asked, in one sentence; the second what is seen, in one, its
   * numbers computed from this run; then how it was run and what limits it.
   */
  readonly text: readonly string[]
  /** Shown on the page and in the terminal, each also written as a CSV file. */
  readonly tables: readonly Table[]
  readonly plots: readonly Plot[]
  /** Only written: the points behind the plots, say. */
  readonly csv: readonly Table[]
}

export interface ItemOptions {
  readonly quick: boolean
  readonly seed: number
  /** Folder of the real data sets; null: only what the project brings. */
  readonly dataDir: string | null
  /** One line about what is being run. */
  readonly progress: (line: string) => void
}

/** Significant digits of a shown number; a CSV has all of them. */
const SHOWN_DIGITS = 3

/** 12 345.678 → 12300, 0.0123 → 0.0123: three digits say what a simulation can. Integers stay whole. */
export function showCell(cell: Cell): string {
  if (typeof cell === 'string') return cell
  if (cell === null) return '–'
  if (cell === Number.POSITIVE_INFINITY) return '∞'
  if (Number.isInteger(cell) && Math.abs(cell) < 1e9) return cell.toLocaleString('en-US')
  if (cell !== 0 && Math.abs(cell) < 1e-3) return cell.toExponential(SHOWN_DIGITS - 1)
  return formatNumber(cell, SHOWN_DIGITS)
}

function csvCell(cell: Cell): string {
  const text = String(cell ?? '')
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvOf({ head, rows }: Table): string {
  return `${[head, ...rows].map((row) => row.map(csvCell).join(',')).join('\n')}\n`
}

/** An item as the terminal shows it. */
export function textOf({ title, text, tables }: Item): string {
  const shown = tables.map(
    ({ caption, head, rows }) =>
      `${caption}\n${formatTable(
        head,
        rows.map((row) => row.map(showCell)),
      )}`,
  )
  return [`${title}\n${'='.repeat(title.length)}`, ...text, ...shown].join('\n\n')
}
