/** The tables as one self-contained page, and each as a CSV file. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Table } from './tables.ts'

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:90rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}p{max-width:46rem;color:#444}
figure{margin:2rem 0;overflow-x:auto}figcaption{font-weight:600;padding:.4rem 0}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;text-align:right;white-space:nowrap}th{border-bottom:1px solid #999}
td.word,th:first-child{text-align:left}tr.first td{border-top:1px solid #ccc}
td.win{color:#006b3c;font-weight:600}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#16191d}p{color:#aaa}tr.first td{border-color:#444}td.win{color:#5fd39a}}`

const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

/** A ratio below 1 is one that Shoal wins. */
function cell(text: string, head: string): string {
  const isRatio = head.startsWith('Shoal / it')
  const kind = isRatio && Number(text) <= 1 ? 'win' : /^[\d–<>.-]/.test(text) ? '' : 'word'
  return `<td${kind && ` class="${kind}"`}>${escapeHtml(text)}</td>`
}

function figure({ caption, head, rows }: Table): string {
  const heads = head.map((text) => `<th>${escapeHtml(text)}</th>`).join('')
  const body = rows.map((row, k) => {
    // A line above every case: its name is in the first three cells.
    const isFirst = row.slice(0, 3).join() !== rows[k - 1]?.slice(0, 3).join()
    return `<tr${isFirst ? ' class="first"' : ''}>${row.map((text, c) => cell(text, head[c]!)).join('')}</tr>`
  })
  return `<figure><figcaption>${escapeHtml(caption)}</figcaption><table><thead><tr>${heads}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table></figure>`
}

const csvCell = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** Write report.html and a CSV per table into the folder. Returns the page's path. */
export function writePage(
  folder: string,
  title: string,
  text: readonly string[],
  tables: readonly Table[],
): string {
  mkdirSync(folder, { recursive: true })
  for (const { name, head, rows } of tables) {
    const lines = [head, ...rows].map((row) => row.map(csvCell).join(','))
    writeFileSync(join(folder, `${name}.csv`), `${lines.join('\n')}\n`)
  }
  const path = join(folder, 'report.html')
  writeFileSync(
    path,
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${text.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join('\n')}
${tables.map(figure).join('\n')}
</body></html>
`,
  )
  return path
}
