/** The report: one page that needs nothing else, readable aloud, whose numbers are those of its CSV files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outcome, runScript } from '../script.ts'
import { pageOf } from './page.ts'
import { csvOf, type Item, showCell } from './report.ts'
import { plotSvg } from './svg.ts'

const evaluate = (...flags: string[]): Promise<Outcome> =>
  runScript('e2e/evaluate/evaluate.ts', flags)

/** Lines of cells; quotes as in RFC 4180. */
function parseCsv(text: string): string[][] {
  const cells = [...text.matchAll(/("(?:[^"]|"")*"|[^",\n]*)([,\n])/g)]
  const rows: string[][] = [[]]
  for (const [, cell, end] of cells) {
    rows.at(-1)!.push(cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!)
    if (end === '\n') rows.push([])
  }
  return rows.slice(0, -1)
}

const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(lt|gt|quot|amp);/g, (_, n: string) => ({ lt: '<', gt: '>', quot: '"' })[n] ?? '&')

/** The tables of a page: the CSV file of each, and its cells. */
function tablesOf(html: string): { name: string; rows: string[][] }[] {
  const tables = [...html.matchAll(/<table data-csv="([^"]+)">([\s\S]*?)<\/table>/g)]
  return tables.map(([, name, body]) => ({
    name: name!,
    rows: [...body!.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row]) =>
      [...row!.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => plain(cell!)),
    ),
  }))
}

/** A cell of a table, from that of the CSV. */
const shown = (cell: string): string[] => [cell, showCell(cell === '' ? null : Number(cell))]

function checkPage(html: string, csv: (name: string) => string): void {
  // Nothing is fetched, nothing runs; links lead within the page or to a CSV file beside it.
  expect(html).not.toMatch(/https?:|<script|<link|<img|<iframe|\bsrc=|@import|url\((?!#)/i)
  for (const [, target] of html.matchAll(/href="([^"]*)"/g))
    expect(target).toMatch(/^#[\w-]+$|^[\w-]+\.csv$/)
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
  expect(new Set(ids).size).toBe(ids.length)
  for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target)
  for (const [svg] of html.matchAll(/<svg[\s\S]*?<\/svg>/g)) {
    expect(svg).toMatch(/<title id="[^"]+">[^<]{5,}<\/title><desc id="[^"]+">[^<]{20,}<\/desc>/)
    for (const id of /aria-labelledby="([^"]+)"/.exec(svg)![1]!.split(' '))
      expect(ids).toContain(id)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  }
  for (const { name, rows } of tablesOf(html)) {
    const written = parseCsv(csv(name))
    expect(rows[0]).toEqual(written[0])
    expect(rows.length).toBe(written.length)
    for (const [r, row] of rows.slice(1).entries())
      for (const [c, cell] of row.entries()) expect(shown(written[r + 1]![c]!)).toContain(cell)
  }
}

describe('a page', () => {
  const item: Item = {
    title: 'Awkward <things> & "quotes"',
    text: ['What is asked?', 'What is seen.', 'How.'],
    tables: [
      {
        name: 'awkward',
        caption: 'Cells of every kind',
        head: ['word, with "comma"', 'x'],
        rows: [
          ['a,b', 1.23456789],
          ['say "no"\nthen', null],
          ['<b>', 1_234_567.8],
          ['10⁻⁶', 1e-6],
          ['∞', Number.POSITIVE_INFINITY],
        ],
      },
    ],
    plots: [
      {
        title: 'A plot & more',
        desc: 'Two lines, one of which leaves the picture; one point; no point at all.',
        x: { label: 'x', log: true },
        y: { label: 'y', log: true },
        series: [
          { name: 'leaves', dots: true, points: [[1, 2], [10, 3], [100, Infinity]] }, // biome-ignore format: pairs
          { name: 'one', points: [[5, 5]] },
          { name: 'none', points: [] },
          { name: 'not on a log scale', points: [[0, -1]] },
        ],
      },
    ],
    csv: [],
  }

  it('is whole, whatever is in it', () => {
    const html = pageOf('Title', ['A fact'], [item, item])
    expect(html.match(/<svg/g)).toHaveLength(4)
    checkPage(html, () => csvOf(item.tables[0]!))
    expect(parseCsv(csvOf(item.tables[0]!))[2]).toEqual(['say "no"\nthen', ''])
  })

  it('draws a cross for what is out of the picture, names where lines end', () => {
    const svg = plotSvg(item.plots[0]!, 340, 'p')
    expect(svg.match(/class="cross /g)).toHaveLength(1)
    for (const { name } of item.plots[0]!.series) expect(svg).toContain(`>${name}</text>`)
    const right = [...svg.matchAll(/<text x="([\d.]+)"[^>]*class="name/g)].map(([, x]) => Number(x))
    expect(Math.max(...right)).toBeLessThan(340)
  })
})

describe('npm run evaluate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-evaluate-'))
  let run: Outcome
  beforeAll(async () => {
    run = await evaluate('--quick', '--items', '4', '--seed', '3', '--out', folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('writes one self-contained page, and CSV files with the same numbers', () => {
    expect(run).toMatchObject({ code: 0 })
    const html = readFileSync(join(folder, 'report.html'), 'utf8')
    checkPage(html, (name) => readFileSync(join(folder, `${name}.csv`), 'utf8'))
    expect(html.match(/<svg/g)!.length).toBeGreaterThan(1)
    expect(html).toContain('seed 3')
    const files = tablesOf(html).map(({ name }) => `${name}.csv`)
    expect(readdirSync(folder).sort()).toEqual([...files, 'report.html'].sort())
  })

  it('prints the tables, and where the page is', () => {
    for (const { rows } of tablesOf(readFileSync(join(folder, 'report.html'), 'utf8')))
      for (const cell of rows.flat()) expect(run.stdout).toContain(cell)
    expect(run.stdout).toMatch(/Written: .*report\.html\n$/)
    expect(run.stderr).toMatch(/\[1\/1] load balance: \d/)
  })

  it.each([
    [['--help'], 0, /--quick[\s\S]*--items[\s\S]*Items:\n {2}1 {2}schedules/],
    [['--items', '1,nine'], 1, /There is no item "nine"; expected some of 1, 2, 3/],
    [['--seed', '-1'], 1, /Expected a whole number from 0/],
    [['--fast'], 1, /unknown option '--fast'/],
    [['stray'], 1, /too many arguments/],
  ])('%s', async (flags, code, says) => {
    const outcome = await evaluate(...flags)
    expect(`${outcome.stdout}${outcome.stderr}`).toMatch(says)
    expect(outcome.stderr).not.toMatch(/^ {4}at /m)
    expect(outcome.code).toBe(code)
  })
})
