/**
 * What the tables say, to look at: how long every program took on a case, as bars, and where there is
 * no certificate how its quality grew with time. Drawn twice, for a wide window and for a phone.
 */
import { scaleOf, tickLabel } from '../evaluate/scales.ts'
import { escapeHtml, type Plot, plotSvg, type Series } from '../evaluate/svg.ts'
import { isQuality } from './case.ts'
import type { Trajectory } from './quality.ts'
import { type Comparison, namesOf, programOf } from './results.ts'
import { seconds, type Times, timesOf } from './times.ts'

const WIDTHS = { wide: 700, narrow: 340 } as const

const ROW = 24
const BAR = 13
const TOP = 4
const AXIS = 38
/** Of a system font of 12 px, on average and then some. */
const LETTER = 6.8
/** For what is written behind a bar: "0.123 · 0.456 with reading" where there is room. */
const VALUE = { wide: 175, narrow: 88 } as const

/** Bars of a case: solve is dark, what reading adds to it is light. */
export function barsSvg(each: Comparison, kind: keyof typeof WIDTHS, id: string): string {
  const rows = timesOf(each)
  const width = WIDTHS[kind]
  const left = LETTER * Math.max(...rows.map(({ program }) => program.length)) + 8
  const bottom = TOP + ROW * rows.length
  const ends = rows.flatMap(({ read, solve }) => [solve, read + solve])
  const shown = ends.filter((v) => v > 0 && Number.isFinite(v))
  // The shortest bar has a length, too.
  const axis = { label: 'seconds', log: true, min: Math.min(...shown) / 3 }
  const x = scaleOf(axis, shown, left + 6, width - VALUE[kind])
  let free = 0
  const grid = x.ticks.map((v) => {
    const at = x.place(v).toFixed(1)
    const half = (LETTER * tickLabel(v).length) / 2
    if (Number(at) - half < free) return `<path class="grid" d="M${at} ${TOP}V${bottom}"/>`
    free = Number(at) + half + LETTER
    return `<path class="grid" d="M${at} ${TOP}V${bottom}"/><text x="${at}" y="${bottom + 16}" text-anchor="middle">${tickLabel(v)}</text>`
  })
  const bars = rows.map((row, k) => bar(row, { y: TOP + ROW * k, left, place: x.place, kind }))
  const title = `Seconds of every program: ${namesOf(each).join(', ')}`
  const desc = rows
    .map((row) => `${row.program}: ${row.failed ?? valueText(row, 'wide')}`)
    .join('; ')
  const height = bottom + AXIS
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(desc)}</desc>${grid.join('')}<text class="axis" x="${left.toFixed(1)}" y="${bottom + 33}">seconds (log scale)</text>${bars.join('')}</svg>`
}

const valueText = ({ read, solve }: Times, kind: keyof typeof WIDTHS): string => {
  if (!Number.isFinite(solve)) return 'never gets there'
  if (!(read > 0)) return seconds(solve)
  return `${seconds(solve)} · ${seconds(read + solve)}${kind === 'wide' ? ' with reading' : ''}`
}

/** A sentence that fits beside a name; all of it is in the table. */
const briefly = (words: string, kind: keyof typeof WIDTHS): string => {
  const most = kind === 'wide' ? 70 : 30
  return words.length > most ? `${words.slice(0, most)}…` : words
}

function bar(
  row: Times,
  at: { y: number; left: number; place: (v: number) => number; kind: keyof typeof WIDTHS },
): string {
  const { y, left, place, kind } = at
  const middle = y + ROW / 2
  const tone = row.shoal === null && row.program.startsWith('Shoal') ? 'ours' : 'theirs'
  const label = `<text class="name ${tone}" x="${(left - 2).toFixed(1)}" y="${middle + 4}" text-anchor="end">${escapeHtml(row.program)}</text>`
  const text = (x: number, words: string): string =>
    `<text x="${x.toFixed(1)}" y="${middle + 4}">${escapeHtml(words)}</text>`
  const start = left + 6
  if (row.failed !== null || !Number.isFinite(row.solve))
    return `${label}${text(start, briefly(row.failed ?? valueText(row, kind), kind))}`
  const solveEnd = place(row.solve)
  const end = row.read > 0 ? place(row.read + row.solve) : solveEnd
  const rect = (from: number, to: number, part: string): string =>
    `<rect class="${tone} ${part}" x="${from.toFixed(1)}" y="${middle - BAR / 2}" width="${Math.max(1, to - from).toFixed(1)}" height="${BAR}"/>`
  return `${label}${rect(start, solveEnd, 'solve')}${end > solveEnd ? rect(solveEnd, end, 'read') : ''}${text(end + 5, valueText(row, kind))}`
}

/** Quality against time, the run of median length of every program; null of a case with a certificate. */
export function qualityPlot(each: Comparison): Plot | null {
  const { case: asked } = each
  if (!isQuality(asked)) return null
  const series = [
    ...each.ours.map(({ workers, runs }) => line(programOf(workers), runs)),
    ...each.peers.map(({ name, runs }) => line(name, runs)),
  ].filter(({ points }) => points.length > 0)
  const { field, better } = asked.quality
  return {
    title: `${field} against time`,
    desc: `${field} (${better} is better) as it was seen on the way, in seconds since the data was in memory.`,
    x: { label: 'seconds', log: true },
    y: { label: field },
    series,
  }
}

interface Looked {
  readonly solveSeconds: number
  readonly trajectory: Trajectory
}

function line(name: string, runs: readonly Looked[]): Series {
  const byLength = [...runs].sort((a, b) => a.solveSeconds - b.solveSeconds)
  return { name, points: byLength[byLength.length >> 1]?.trajectory ?? [] }
}

export const plotOf = (plot: Plot, kind: keyof typeof WIDTHS, id: string): string =>
  plotSvg(plot, WIDTHS[kind], id)
