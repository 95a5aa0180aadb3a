/** The evaluation as one self-contained page, as CSV files, and as tables in the terminal. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatTable } from '../../server/cli/format.ts'
import { escapeHtml } from './svg.ts'

export interface Table {
  /** Name of the CSV file, without its ending. */
  readonly name: string
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface Section {
  readonly title: string
  /** What was run, and what it shows; paragraphs. */
  readonly text: readonly string[]
  readonly tables: readonly Table[]
  readonly charts: readonly string[]
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-top:1px solid #ddd;padding-top:1rem}
table{border-collapse:collapse;font-size:13px;margin:.8rem 0;display:block;overflow-x:auto}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.15rem .6rem;text-align:right;white-space:nowrap}th{border-bottom:1px solid #999}
td:first-child,th:first-child,td.word{text-align:left}tr:nth-child(even) td{background:#f5f7f9}
svg{width:100%;max-width:46rem;height:auto;display:block;margin:.5rem 0}svg text{font:11px system-ui,sans-serif;fill:#333}
svg .title{font-weight:600;font-size:13px}svg .grid{stroke:#e3e6ea;stroke-width:1}.note{color:#555}`

function table({ caption, head, rows }: Table): string {
  const cell = (text: string): string =>
    /^[\d–<>.]/.test(text)
      ? `<td>${escapeHtml(text)}</td>`
      : `<td class="word">${escapeHtml(text)}</td>`
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')
  const heads = head.map((text) => `<th>${escapeHtml(text)}</th>`).join('')
  return `<table><caption>${escapeHtml(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

function page(title: string, facts: readonly string[], sections: readonly Section[]): string {
  const parts = sections.map(
    ({ title: heading, text, tables, charts }) =>
      `<section><h2>${escapeHtml(heading)}</h2>\n${text.map((p) => `<p>${escapeHtml(p)}</p>`).join('\n')}\n${charts.join('\n')}\n${tables.map(table).join('\n')}</section>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${facts.map((fact) => `<p class="note">${escapeHtml(fact)}</p>`).join('\n')}
${parts.join('\n')}
</body></html>
`
}

const csvCell = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

export function printSection({ title, tables, text }: Section): void {
  console.log(`\n${title}\n${'='.repeat(title.length)}`)
  for (const paragraph of text) console.log(paragraph)
  for (const { caption, head, rows } of tables)
    console.log(`\n${caption}\n${formatTable(head, rows)}`)
}

/** Write report.html and a CSV per table. Returns the page's path. */
export function writeReport(
  folder: string,
  title: string,
  facts: readonly string[],
  sections: readonly Section[],
): string {
  mkdirSync(folder, { recursive: true })
  for (const { name, head, rows } of sections.flatMap(({ tables }) => tables)) {
    const lines = [head, ...rows].map((row) => row.map(csvCell).join(','))
    writeFileSync(join(folder, `${name}.csv`), `${lines.join('\n')}\n`)
  }
  const path = join(folder, 'report.html')
  writeFileSync(path, page(title, facts, sections))
  return path
}
