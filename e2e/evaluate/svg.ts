/** Line charts as inline SVG: no script, no network, readable in print. */

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  readonly dashed?: boolean
}

export interface ChartOptions {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly logX?: boolean
  readonly logY?: boolean
  /** Values outside are cut off: a curve that diverges leaves the picture. */
  readonly yMax?: number
  readonly yMin?: number
}

const WIDTH = 640
const HEIGHT = 340
const LEFT = 62
const RIGHT = 190
const TOP = 30
const BOTTOM = 44
/** Eight hues that stay apart for most kinds of colour vision (Okabe and Ito 2008), then again dashed. */
const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#8a8a00',
]

interface Axis {
  place(value: number): number
  ticks: number[]
}

function axis(values: number[], isLog: boolean, from: number, to: number): Axis {
  const scale = (v: number): number => (isLog ? Math.log10(v) : v)
  let low = Math.min(...values.map(scale))
  let high = Math.max(...values.map(scale))
  if (!(high > low)) [low, high] = [low - 0.5, high + 0.5]
  const ticks: number[] = []
  if (isLog) {
    const step = Math.max(1, Math.ceil((high - low) / 6))
    for (let e = Math.ceil(low - 1e-9); e <= high + 1e-9; e += step) ticks.push(10 ** e)
  } else {
    const rough = (high - low) / 5
    const unit = 10 ** Math.floor(Math.log10(rough))
    const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= rough)!
    for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * step; v += step) ticks.push(v)
  }
  return { place: (v) => from + ((scale(v) - low) / (high - low)) * (to - from), ticks }
}

const label = (v: number): string =>
  v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-2)
    ? v.toExponential(0).replace('e+', 'e')
    : String(Number(v.toPrecision(3)))

export const escapeHtml = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')

export function lineChart(series: readonly Series[], options: ChartOptions): string {
  const { title, x, y, logX = false, logY = false } = options
  const { yMax = Number.POSITIVE_INFINITY, yMin = Number.NEGATIVE_INFINITY } = options
  const usable = (value: number, isLog: boolean): boolean =>
    Number.isFinite(value) && (!isLog || value > 0)
  const drawn = series.map((line) => ({
    ...line,
    points: line.points.filter(
      ([px, py]) => usable(px, logX) && usable(py, logY) && py <= yMax && py >= yMin,
    ),
  }))
  const all = drawn.flatMap((line) => line.points)
  if (all.length === 0) return ''
  const ax = axis(
    all.map(([px]) => px),
    logX,
    LEFT,
    WIDTH - RIGHT,
  )
  const ay = axis(
    all.map(([, py]) => py),
    logY,
    HEIGHT - BOTTOM,
    TOP,
  )
  const grid = [
    ...ax.ticks.map((v) => {
      const at = ax.place(v).toFixed(1)
      return `<path d="M${at} ${TOP}V${HEIGHT - BOTTOM}" class="grid"/><text x="${at}" y="${HEIGHT - BOTTOM + 15}" text-anchor="middle">${label(v)}</text>`
    }),
    ...ay.ticks.map((v) => {
      const at = ay.place(v).toFixed(1)
      return `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" class="grid"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${label(v)}</text>`
    }),
  ]
  const lines = drawn.map(({ name, points, dashed }, k) => {
    const colour = COLOURS[k % COLOURS.length]!
    const dash = dashed || k >= COLOURS.length ? ' stroke-dasharray="5 3"' : ''
    const path = points
      .map(([px, py], i) => `${i ? 'L' : 'M'}${ax.place(px).toFixed(1)} ${ay.place(py).toFixed(1)}`)
      .join('')
    const row = TOP + 8 + 17 * k
    const legend = `<path d="M${WIDTH - RIGHT + 12} ${row}h22" stroke="${colour}" stroke-width="2"${dash}/><text x="${WIDTH - RIGHT + 40}" y="${row + 4}">${escapeHtml(name)}</text>`
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.8"${dash}/>${legend}`
  })
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}"><text x="${LEFT}" y="18" class="title">${escapeHtml(title)}</text>${grid.join('')}${lines.join('')}<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(x)}</text><text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(y)}</text></svg>`
}
