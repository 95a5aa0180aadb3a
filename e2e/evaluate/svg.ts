/**
 * Plots as inline SVG: no script, no network, light and dark, readable in print and aloud. Lines bear
 * their names where they end; a page sets the colours of the classes (page.ts).
 */
import { type Axis, type Scale, scaleOf, tickLabel } from './scales.ts'

/** Few, far apart for every common kind of colour vision (Okabe and Ito 2008). Grey is for context. */
export const TONES = ['blue', 'orange', 'green', 'purple', 'black', 'grey'] as const
export type Tone = (typeof TONES)[number]

export interface Series {
  readonly name: string
  /**
   * y = Infinity: out of the picture (it diverged, it never got there). Drawn as a cross at the top
   * where points have dots.
   */
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly tone?: Tone
  readonly dashed?: boolean
  /** A dot at every point: for few points that were measured one by one. */
  readonly dots?: boolean
}

export interface Plot {
  readonly title: string
  /** What one would tell somebody who cannot see it. */
  readonly desc: string
  readonly x: Axis
  readonly y: Axis
  readonly series: readonly Series[]
  /** What a cross at the top says: "× diverges". */
  readonly beyond?: string
}

const LEFT = 46
const BOTTOM = 40
const TOP = 24
/** A row for the crosses. */
const BEYOND = 22
const LINE = 14
/** Of a system font of 12 px, on average and then some. */
const LETTER = 6.8

export const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

interface Frame {
  readonly width: number
  readonly height: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly x: Scale
  readonly y: Scale
}

interface Line extends Series {
  readonly tone: Tone
  readonly crosses: readonly number[]
}

const TONES_IN_TURN: readonly Tone[] = TONES

function linesOf({ series, x, y }: Plot): Line[] {
  const isShown = (value: number, log = false): boolean =>
    Number.isFinite(value) && (!log || value > 0)
  return series.map((line, k) => ({
    ...line,
    tone: line.tone ?? TONES_IN_TURN[k % TONES.length]!,
    points: line.points.filter(([px, py]) => isShown(px, x.log) && isShown(py, y.log)),
    crosses: line.dots
      ? line.points.filter(([, py]) => py === Number.POSITIVE_INFINITY).map(([px]) => px)
      : [],
  }))
}

/** One plot, `width` pixels wide where nothing scales it. `id` is unique on its page. */
export function plotSvg(plot: Plot, width: number, id: string): string {
  const lines = linesOf(plot)
  const names = plot.series.length > 1 ? plot.series.map(({ name }) => name.length) : [0]
  const right = width - Math.min(0.42 * width, LETTER * Math.max(...names) + 26)
  const height = Math.round(Math.max(250, 0.52 * width))
  const hasCrosses = lines.some(({ crosses }) => crosses.length > 0)
  const top = TOP + (hasCrosses ? BEYOND : 0)
  const bottom = height - BOTTOM - (hasCrosses ? LINE : 0)
  const all = lines.flatMap(({ points }) => points)
  const crossed = lines.flatMap(({ crosses }) => crosses)
  const x = scaleOf(plot.x, [...all.map(([px]) => px), ...crossed], LEFT + 14, right - 14)
  const y = scaleOf(
    plot.y,
    all.map(([, py]) => py),
    bottom,
    top,
  )
  const frame: Frame = { width, height, right, top, bottom, x, y }
  const parts = [
    grid(plot, frame),
    hasCrosses ? crossesOf(lines, frame, plot.beyond ?? '× out of the picture') : '',
    `<clipPath id="${id}-clip"><rect x="${LEFT}" y="${top}" width="${(right - LEFT).toFixed(1)}" height="${bottom - top + 1}"/></clipPath>`,
    `<g clip-path="url(#${id}-clip)">${lines.map((line) => drawn(line, frame)).join('')}</g>`,
    plot.series.length > 1 ? labels(lines, frame) : '',
  ]
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">${escapeHtml(plot.title)}</title><desc id="${id}-desc">${escapeHtml(plot.desc)}</desc>${parts.join('')}</svg>`
}

function grid(plot: Plot, { right, top, bottom, x, y }: Frame): string {
  const vertical = x.ticks.map((v) => {
    const at = x.place(v).toFixed(1)
    return `<path class="grid" d="M${at} ${top}V${bottom}"/><text x="${at}" y="${bottom + 16}" text-anchor="middle">${tickLabel(v)}</text>`
  })
  const horizontal = y.ticks.map((v) => {
    const at = y.place(v).toFixed(1)
    return `<path class="grid" d="M${LEFT} ${at}H${right.toFixed(1)}"/><text x="${LEFT - 6}" y="${(Number(at) + 4).toFixed(1)}" text-anchor="end">${tickLabel(v)}</text>`
  })
  const scaleWord = (axis: Axis): string => (axis.log ? ' (log scale)' : '')
  return `${vertical.join('')}${horizontal.join('')}<text class="axis" x="2" y="13">${escapeHtml(plot.y.label)}${scaleWord(plot.y)}</text><text class="axis" x="${right.toFixed(1)}" y="${bottom + 33}" text-anchor="end">${escapeHtml(plot.x.label)}${scaleWord(plot.x)}</text>`
}

function drawn({ points, tone, dashed, dots }: Line, { x, y }: Frame): string {
  const at = points.map(([px, py]) => [x.place(px).toFixed(1), y.place(py).toFixed(1)] as const)
  const path = at.map(([cx, cy], k) => `${k === 0 ? 'M' : 'L'}${cx} ${cy}`).join('')
  const line = `<path class="line ${tone}${dashed ? ' dashed' : ''}" d="${path}"/>`
  const marks = dots
    ? at.map(([cx, cy]) => `<circle class="dot ${tone}" cx="${cx}" cy="${cy}" r="3"/>`)
    : []
  return `${line}${marks.join('')}`
}

/** Crosses above the picture, side by side where several schedules left it at the same x. */
function crossesOf(lines: readonly Line[], { right, height, x }: Frame, says: string): string {
  const rowY = TOP + BEYOND / 2 + 2
  const taken = new Map<number, number>()
  const total = new Map<number, number>()
  for (const { crosses } of lines) for (const px of crosses) total.set(px, (total.get(px) ?? 0) + 1)
  const marks = lines.flatMap(({ crosses, tone }) =>
    crosses.map((px) => {
      const k = taken.get(px) ?? 0
      taken.set(px, k + 1)
      const cx = x.place(px) + 7 * (k - (total.get(px)! - 1) / 2)
      const d = `M${(cx - 3).toFixed(1)} ${rowY - 3}l6 6m0 -6l-6 6`
      return `<path class="cross ${tone}" d="${d}"/>`
    }),
  )
  // On a phone it may be longer than the picture is wide.
  const fits = LETTER * says.length < right
  const place = fits ? `x="${right.toFixed(1)}" text-anchor="end"` : 'x="2"'
  return `<text class="axis" ${place} y="${height - 5}">${escapeHtml(says)}</text><path class="grid" d="M${LEFT} ${TOP + BEYOND}H${right.toFixed(1)}"/>${marks.join('')}`
}

/** Names where lines end, pushed apart, each tied to its end by a hair. */
function labels(lines: readonly Line[], { right, top, bottom, x, y }: Frame): string {
  const ends = lines.map((line) => {
    const last = line.points.at(-1)
    const lost = line.crosses.length > 0 && line.crosses.at(-1)! > (last?.[0] ?? -Infinity)
    const endX = lost ? x.place(line.crosses.at(-1)!) : last ? x.place(last[0]) : right
    const endY =
      lost || !last ? TOP + BEYOND / 2 : Math.min(bottom, Math.max(top, y.place(last[1])))
    return { line, endX, endY, labelY: endY, lost }
  })
  ends.sort((a, b) => a.endY - b.endY)
  for (const [k, end] of ends.entries())
    if (k > 0) end.labelY = Math.max(end.labelY, ends[k - 1]!.labelY + LINE)
  const excess = Math.max(0, (ends.at(-1)?.labelY ?? 0) - bottom)
  for (let k = ends.length - 1, limit = bottom; excess > 0 && k >= 0; k--, limit -= LINE)
    ends[k]!.labelY = Math.min(ends[k]!.labelY, limit)
  return ends
    .map(({ line, endX, endY, labelY, lost }) => {
      const { tone, name, dashed } = line
      const from = lost
        ? ''
        : `M${(endX + 4).toFixed(1)} ${endY.toFixed(1)}L${(right + 2).toFixed(1)} ${labelY.toFixed(1)}`
      return `<path class="hair ${tone}" d="${from}"/><path class="line ${tone}${dashed ? ' dashed' : ''}" d="M${(right + 3).toFixed(1)} ${labelY.toFixed(1)}h14"/><text x="${(right + 20).toFixed(1)}" y="${(labelY + 4).toFixed(1)}" class="name ${tone}">${escapeHtml(name)}</text>`
    })
    .join('')
}
