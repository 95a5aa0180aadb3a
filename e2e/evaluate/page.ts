/**
 * The evaluation as one page: no script, no server, nothing fetched. Every plot is drawn twice, for a
 * wide window and for a phone, so that letters keep their size; style sheets show one of them.
 */
import { type Item, showCell, type Table } from './report.ts'
import { escapeHtml, type Plot, plotSvg, TONES } from './svg.ts'

/** Readable on white and on near-black, both above 4.5 : 1. */
const COLOURS: Record<(typeof TONES)[number], readonly [light: string, dark: string]> = {
  blue: ['#0062a8', '#6cb8ff'],
  orange: ['#b34a00', '#ffa05c'],
  green: ['#00704f', '#45cfa2'],
  purple: ['#8e3a7c', '#e6a0d6'],
  black: ['#111111', '#f4f4f4'],
  grey: ['#6b6b6b', '#a3a3a3'],
}

const colours = (k: 0 | 1): string => TONES.map((tone) => `--${tone}:${COLOURS[tone][k]}`).join(';')
const tones = TONES.map(
  (tone) =>
    `.${tone}.line,.${tone}.cross,.${tone}.hair{stroke:var(--${tone})}.${tone}.dot,text.${tone}{fill:var(--${tone})}`,
).join('')

const STYLE = `:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--paper:#fff;--rule:#e2e5e9;--stripe:#f5f7f9;${colours(0)}}
@media(prefers-color-scheme:dark){:root{--ink:#e9e9e9;--soft:#a9adb3;--paper:#15171a;--rule:#33373d;--stripe:#1d2024;${colours(1)}}}
*{box-sizing:border-box}body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.25rem;line-height:1.3;margin:3rem 0 .5rem;border-top:1px solid var(--rule);padding-top:1.2rem}
a{color:var(--blue)}nav ol{padding-left:1.4rem}.asked{color:var(--soft);font-style:italic}.seen{font-weight:600}.note{color:var(--soft);font-size:.9rem}
figure{margin:1.6rem 0}figcaption{font-weight:600;font-size:.95rem;margin-bottom:.3rem}svg{display:block;width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .axis{fill:var(--soft)}.grid{stroke:var(--rule);fill:none}.line,.cross{fill:none;stroke-width:2}.hair{fill:none;stroke-width:.7;opacity:.6}.dashed{stroke-dasharray:5 3}${tones}
.narrow{display:none}@media(max-width:520px){.narrow{display:block}.wide{display:none}}
.scroll{overflow-x:auto;margin:.3rem 0 1rem}table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .55rem;text-align:right;white-space:nowrap}th{border-bottom:1px solid var(--soft);vertical-align:bottom;white-space:normal;min-width:3.5rem}td.word,th.word{text-align:left}tbody tr:nth-child(even){background:var(--stripe)}
.caption,summary{font-weight:600;font-size:.9rem}summary{cursor:pointer;padding:.3rem 0}.csv{font-weight:400}
@media print{details:not([open])>*{display:block}}`

/** More rows than this are folded away: the plots come first. */
const ROWS_OPEN_MAX = 14

export function pageOf(title: string, facts: readonly string[], items: readonly Item[]): string {
  const anchors = items.map((_, k) => `item-${k + 1}`)
  const contents = items.map(
    (item, k) => `<li><a href="#${anchors[k]}">${escapeHtml(item.title)}</a></li>`,
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><header><h1>${escapeHtml(title)}</h1>
${facts.map((fact) => `<p class="note">${escapeHtml(fact)}</p>`).join('\n')}
<nav aria-label="Contents"><ul>${contents.join('')}</ul></nav></header>
<main>${items.map((item, k) => section(item, anchors[k]!)).join('\n')}</main>
</body></html>
`
}

function section({ title, text, plots, tables, csv }: Item, id: string): string {
  const classes = ['asked', 'seen']
  const paragraphs = text.map(
    (paragraph, k) => `<p class="${classes[k] ?? ''}">${escapeHtml(paragraph)}</p>`,
  )
  const links = csv.map(({ name, caption }) => `${csvLink(name)} (${escapeHtml(caption)})`)
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(title)}</h2>
${paragraphs.join('\n')}
${plots.map((plot, k) => figure(plot, `${id}-plot-${k + 1}`)).join('\n')}
${tables.map(tableHtml).join('\n')}
${links.length > 0 ? `<p class="note">Also written: ${links.join(', ')}.</p>` : ''}</section>`
}

function figure(plot: Plot, id: string): string {
  const wide = plotSvg(plot, 700, `${id}-wide`)
  const narrow = plotSvg(plot, 340, `${id}-narrow`)
  return `<figure><figcaption>${escapeHtml(plot.title)}</figcaption><div class="wide">${wide}</div><div class="narrow">${narrow}</div></figure>`
}

const csvLink = (name: string): string =>
  `<a class="csv" href="${escapeHtml(name)}.csv">${escapeHtml(name)}.csv</a>`

function tableHtml({ name, caption, head, rows }: Table): string {
  const isWord = head.map((_, k) => rows.some((row) => typeof row[k] === 'string'))
  const open = (tag: string, k: number, more = ''): string =>
    `<${tag}${more}${isWord[k] ? ' class="word"' : ''}>`
  const heads = head.map((text, k) => `${open('th', k, ' scope="col"')}${escapeHtml(text)}</th>`)
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, k) => `${open('td', k)}${escapeHtml(showCell(cell))}</td>`).join('')}</tr>`,
  )
  const table = `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table data-csv="${escapeHtml(name)}"><thead><tr>${heads.join('')}</tr></thead><tbody>
${body.join('\n')}
</tbody></table></div>`
  const heading = `${escapeHtml(caption)} · ${csvLink(name)}`
  if (rows.length <= ROWS_OPEN_MAX) return `<p class="caption">${heading}</p>${table}`
  return `<details><summary>${escapeHtml(caption)} · ${rows.length} rows</summary><p class="note">${csvLink(name)}</p>${table}</details>`
}
