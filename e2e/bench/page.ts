/**
 * The bench as one self-contained page – pictures, then tables, then how it was measured – and each
 * table as a CSV file. No script, nothing fetched, light and dark.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { escapeHtml, type Plot } from '../evaluate/svg.ts'
import { labelOf } from './case.ts'
import { barsSvg, plotOf, qualityPlot } from './pictures.ts'
import type { Comparison } from './results.ts'
import type { Table } from './tables.ts'

/** Shoal, what it is compared with, and lines of plots: readable on white and on near-black. */
const LIGHT =
  '--ink:#1a1a1a;--soft:#555;--paper:#fff;--rule:#dfe3e8;--stripe:#f5f7f9;--ours:#0062a8;--theirs:#8b9199;--win:#006b3c;--blue:#0062a8;--orange:#b34a00;--green:#00704f;--purple:#8e3a7c;--black:#111;--grey:#6b6b6b'
const DARK =
  '--ink:#e9e9e9;--soft:#a9adb3;--paper:#15171a;--rule:#33373d;--stripe:#1d2024;--ours:#6cb8ff;--theirs:#7d848d;--win:#5fd39a;--blue:#6cb8ff;--orange:#ffa05c;--green:#45cfa2;--purple:#e6a0d6;--black:#f4f4f4;--grey:#a3a3a3'

const lines = ['blue', 'orange', 'green', 'purple', 'black', 'grey']
  .map(
    (tone) =>
      `.${tone}.line,.${tone}.hair{stroke:var(--${tone})}.${tone}.dot,text.${tone}{fill:var(--${tone})}`,
  )
  .join('')

const STYLE = `:root{color-scheme:light dark;${LIGHT}}@media(prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}body{font:16px/1.55 system-ui,sans-serif;max-width:80rem;margin:0 auto;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.25rem;margin:2.5rem 0 .5rem;border-top:1px solid var(--rule);padding-top:1.2rem}.cases h2{font-size:1rem;margin:0 0 .3rem;border:0;padding:0}figcaption{font-size:.9rem;margin:.8rem 0 .2rem}
p{max-width:46rem}.note{color:var(--soft);font-size:.9rem}a{color:var(--ours)}
.cases{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1.5rem 2.5rem;align-items:start}
figure{margin:0;min-width:0}svg{display:block;width:100%;max-width:700px;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .axis{fill:var(--soft)}svg .name.ours{fill:var(--ours);font-weight:600}
.grid{stroke:var(--rule);fill:none}rect.ours{fill:var(--ours)}rect.theirs{fill:var(--theirs)}rect.read{opacity:.38}.key{display:inline-block;width:.9em;height:.9em;vertical-align:-.1em;background:var(--ours)}.key.read{opacity:.38}
.line{fill:none;stroke-width:2}.hair{fill:none;stroke-width:.7;opacity:.6}${lines}
.narrow{display:none}@media(max-width:520px){.narrow{display:block}.wide{display:none}}
.scroll{overflow-x:auto;margin:.3rem 0 1.5rem}table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .55rem;text-align:right;white-space:nowrap}th{border-bottom:1px solid var(--soft);vertical-align:bottom;white-space:normal;min-width:3.2rem}.word{text-align:left}tr.first td{border-top:1px solid var(--rule)}td.win{color:var(--win);font-weight:600}.caption{font-weight:600;margin:1.2rem 0 0}`

const CASE_CELLS = 3
/** Names, whatever they begin with. */
const NAMES = ['app', 'set', 'setting', 'program', 'Shoal’s time over that of']

/** A ratio of at most 1 is one that Shoal wins. */
function cell(text: string, head: string): string {
  const isRatio = head.startsWith('Shoal / it')
  const isWord = NAMES.includes(head) || !/^[\d–<>.-]/.test(text)
  const kind = isRatio && Number(text) <= 1 ? 'win' : isWord ? 'word' : ''
  return `<td${kind && ` class="${kind}"`}>${escapeHtml(text)}</td>`
}

function tableHtml({ name, caption, head, rows }: Table): string {
  const heads = head.map((text, k) => {
    const isWord = NAMES.includes(text) || rows.some((row) => /^[^\d–<>.-]/.test(row[k]!))
    return `<th scope="col"${isWord ? ' class="word"' : ''}>${escapeHtml(text)}</th>`
  })
  const body = rows.map((row, k) => {
    // A line above every case.
    const caseOf = (cells: readonly string[] | undefined) => cells?.slice(0, CASE_CELLS).join()
    const isFirst = caseOf(row) !== caseOf(rows[k - 1])
    return `<tr${isFirst ? ' class="first"' : ''}>${row.map((text, c) => cell(text, head[c]!)).join('')}</tr>`
  })
  return `<p class="caption">${escapeHtml(caption)} · <a href="${name}.csv">${name}.csv</a></p>
<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table><thead><tr>${heads.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
}

const twice = (draw: (kind: 'wide' | 'narrow') => string): string =>
  `<div class="wide">${draw('wide')}</div><div class="narrow">${draw('narrow')}</div>`

/** A case: its bars, and below them its quality over time where there is one. */
function caseHtml(each: Comparison, at: number): string {
  const id = `case-${at + 1}`
  const bars = twice((kind) => barsSvg(each, kind, `${id}-${kind}`))
  const heading = `<h2 id="${id}">${escapeHtml(labelOf(each.case))}</h2>`
  const plot = qualityPlot(each)
  return `<section aria-labelledby="${id}">${heading}<figure>${bars}</figure>${plot ? plotFigure(plot, id) : ''}</section>`
}

const plotFigure = (plot: Plot, id: string): string =>
  `<figure><figcaption>${escapeHtml(plot.title)}</figcaption>${twice((kind) => plotOf(plot, kind, `${id}-plot-${kind}`))}</figure>`

export interface Report {
  readonly title: string
  /** Where, when, with what. */
  readonly facts: readonly string[]
  readonly results: readonly Comparison[]
  readonly tables: readonly Table[]
  /** How it was measured, a paragraph each. */
  readonly method: readonly string[]
}

const paragraphs = (texts: readonly string[], kind = ''): string =>
  texts.map((text) => `<p${kind && ` class="${kind}"`}>${escapeHtml(text)}</p>`).join('\n')

function pageOf({ title, facts, results, tables, method }: Report): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(title)}</h1>
${paragraphs(facts, 'note')}
<p><span class="key"></span> the solve, <span class="key read"></span> what reading the data adds to it; logarithmic, so that a step to the right is a factor. <a href="#method">How it was measured.</a></p></header>
<main><div class="cases">${results.map(caseHtml).join('\n')}</div>
<h2>In numbers</h2>
${tables.map(tableHtml).join('\n')}
<h2 id="method">How it was measured</h2>
${paragraphs(method)}</main></body></html>
`
}

const csvCell = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** Write report.html and a CSV per table into the folder. Returns the page's path. */
export function writePage(folder: string, report: Report): string {
  mkdirSync(folder, { recursive: true })
  for (const { name, head, rows } of report.tables) {
    const text = [head, ...rows].map((row) => row.map(csvCell).join(','))
    writeFileSync(join(folder, `${name}.csv`), `${text.join('\n')}\n`)
  }
  const path = join(folder, 'report.html')
  writeFileSync(path, pageOf(report))
  return path
}
