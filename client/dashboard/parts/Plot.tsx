/**
 * A live line chart: uPlot on a canvas, its readout and summary in HTML.
 *
 * uPlot draws in colours taken from the theme's custom properties at each draw, so a change of the
 * colour scheme needs only a redraw. The canvas is invisible to screen readers; the summary says
 * in words what the curve shows.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { formatAxisTime, formatNumber, formatPowerOfTen, formatShare } from '../pure/format.ts'

export interface PlotSeries {
  readonly label: string
  readonly values: readonly (number | null)[]
  /** A custom property of the theme. */
  readonly color: `--${string}`
  readonly dash?: readonly number[]
  /** A hairline, for a curve that goes up and down all the time. */
  readonly thin?: boolean
  readonly format?: (value: number) => string
}

interface Props {
  readonly title: string
  readonly summary: string
  readonly x: readonly number[]
  /** 'rate': shares of false positives, 0 … 1. */
  readonly xKind: 'seconds' | 'sweeps' | 'lambda' | 'rate'
  /** What is counted along the x-axis; by default sweeps. */
  readonly xName?: string
  readonly series: readonly PlotSeries[]
  readonly log?: boolean
  /** Counts: from zero, in whole steps. */
  readonly whole?: boolean
  /** Each value holds until the next: stairs, where a slope would tell of values nobody saw. */
  readonly stairs?: boolean
  /** Vertical lines with a word each. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[]
  /** Which point the readout shows while nobody points; otherwise the last. */
  readonly rest?: number
  /** Charts with the same key move their cursors together. */
  readonly syncKey?: string
  /** The one to look at first: as wide as the page. */
  readonly wide?: boolean
}

const HEIGHT = 220
const FONT = '12px ui-sans-serif, system-ui, sans-serif'
const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800,
]

const WHOLE_STEPS = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((k) => [1, 2, 5].map((m) => m * 10 ** k))

const themeColor = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function xAxis(kind: Props['xKind']): uPlot.Axis {
  const shared: uPlot.Axis = {
    stroke: () => themeColor('--ink-2'),
    grid: { show: false },
    ticks: { stroke: () => themeColor('--line'), width: 1, size: 5 },
    font: FONT,
    size: 32,
  }
  if (kind === 'sweeps') return { ...shared, incrs: WHOLE_STEPS, space: 50 }
  if (kind === 'rate') return { ...shared, incrs: [0.2, 0.5, 1], space: 44 }
  return kind === 'seconds'
    ? { ...shared, incrs: TIME_STEPS, space: 70, values: (_, ticks) => ticks.map(formatAxisTime) }
    : { ...shared, space: 44, values: (_, ticks) => ticks.map(lambdaLabel) }
}

/** 1, 2 and 5 times the powers of ten: a λ path spans two or three decades. */
function lambdaLabel(x: number | null): string {
  const mantissa = x === null ? Number.NaN : Math.round(x / 10 ** Math.floor(Math.log10(x) + 1e-9))
  return x !== null && [1, 2, 5].includes(mantissa) ? formatNumber(x, 1) : ''
}

function yAxis({ log, whole }: Props): uPlot.Axis {
  return {
    stroke: () => themeColor('--ink-2'),
    grid: { stroke: () => themeColor('--line'), width: 1 },
    ticks: { show: false },
    font: FONT,
    size: 62,
    space: 40,
    ...(whole ? { incrs: WHOLE_STEPS } : {}),
    ...(log ? { splits: (_, __, min, max) => decades(min, max), filter: (_, ys) => ys } : {}),
    values: (_, ticks) =>
      ticks.map((y) => (y === null ? '' : log ? formatPowerOfTen(y) : formatNumber(y, 5))),
  }
}

/** Powers of ten only, and of many of them every second or third: lines to read by, not a hatch. */
function decades(min: number, max: number): number[] {
  const from = Math.ceil(Math.log10(min) - 1e-9)
  const to = Math.floor(Math.log10(max) + 1e-9)
  const step = Math.ceil((to - from + 1) / 7)
  const splits: number[] = []
  for (let exponent = to; exponent >= from; exponent -= step) splits.unshift(10 ** exponent)
  return splits
}

/** Full decades, so that at least two labelled lines are always in sight. */
function logRange(_: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (min === null || max === null || !(min > 0)) return [1e-6, 1]
  return [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.0001))]
}

function drawMarks(plot: uPlot, marks: NonNullable<Props['marks']>): void {
  const { ctx, bbox } = plot
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = themeColor('--ink-2')
  ctx.lineWidth = devicePixelRatio
  ctx.textAlign = 'left'
  ctx.textBaseline = 'alphabetic'
  ctx.font = `${12 * devicePixelRatio}px ui-sans-serif, system-ui, sans-serif`
  marks.forEach(({ x, label }, i) => {
    const left = Math.round(plot.valToPos(x, 'x', true))
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio])
    ctx.beginPath()
    ctx.moveTo(left, bbox.top)
    ctx.lineTo(left, bbox.top + bbox.height)
    ctx.stroke()
    // One below the other, so that two close marks stay legible.
    ctx.fillText(label, left + 5 * devicePixelRatio, bbox.top + (i + 1) * 14 * devicePixelRatio)
  })
  ctx.restore()
}

const wholeRange = (_: uPlot, __: number | null, max: number | null): uPlot.Range.MinMax => [
  0,
  Math.max(1, (max ?? 0) * 1.05),
]

function options(props: Props, width: number, onCursor: (i: number | null) => void): uPlot.Options {
  const log = props.log ?? false
  return {
    width,
    height: HEIGHT,
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: false, y: false },
      y: false,
      ...(props.syncKey ? { sync: { key: props.syncKey } } : {}),
    },
    scales: {
      x: props.xKind === 'lambda' ? { time: false, distr: 3, dir: -1 } : { time: false },
      y: log ? { distr: 3, log: 10, range: logRange } : props.whole ? { range: wholeRange } : {},
    },
    axes: [xAxis(props.xKind), yAxis(props)],
    series: [
      {},
      ...props.series.map(
        ({ color, dash, thin }): uPlot.Series => ({
          stroke: () => themeColor(color),
          width: thin ? 1 : dash ? 1.5 : 2,
          spanGaps: true,
          ...(props.stairs ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
          // Where points lie far apart uPlot marks them by itself; a dashed limit has none.
          points: dash ? { show: false } : { size: 5 },
          ...(dash ? { dash: [...dash] } : {}),
        }),
      ),
    ],
    hooks: {
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, props.marks ?? [])],
    },
  }
}

export function Plot(props: Props) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const data = [[...props.x], ...props.series.map(({ values }) => [...values])] as uPlot.AlignedData
  const shape = `${props.xKind} ${props.log} ${props.series.map(({ color }) => color).join()}`

  // `shape` is all that options() depends on; the data has its own effect.
  useEffect(() => {
    const at = box.current!
    const made = new uPlot(options(props, Math.max(200, at.clientWidth), setCursor), data, at)
    plot.current = made
    const resized = new ResizeObserver(() => {
      made.setSize({ width: Math.max(200, at.clientWidth), height: HEIGHT })
    })
    resized.observe(at)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = (): void => made.redraw(false, true)
    scheme.addEventListener('change', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      resized.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape])
  useEffect(() => plot.current?.setData(data))

  const at = cursor !== null && cursor < props.x.length ? cursor : (props.rest ?? null)
  return (
    <figure class={props.wide ? 'card plot wide' : 'card plot'}>
      <figcaption>
        <h3>{props.title}</h3>
        <Readout props={props} at={at} />
      </figcaption>
      <div ref={box} role="img" aria-label={props.summary} />
    </figure>
  )
}

function nameOfX({ xKind: kind, xName = 'sweep' }: Props, x: number): string {
  if (kind === 'sweeps') return `${xName} ${formatNumber(x, 4)}`
  if (kind === 'rate') return `${formatShare(x, 1)} false positives`
  return kind === 'seconds' ? formatAxisTime(x) : `λ ${formatNumber(x, 4)}`
}

/** The values under the cursor, or the newest. */
function Readout({ props, at }: { props: Props; at: number | null }) {
  const x = at === null ? undefined : props.x[at]
  return (
    <p class="readout small figures">
      {x !== undefined && <span class="muted">{nameOfX(props, x)}</span>}
      {props.series.map(({ label, values, color, format }) => {
        const value = at === null ? values.findLast((entry) => entry !== null) : values[at]
        return (
          <span key={label} class="key" style={{ '--key': `var(${color})` }}>
            {label} {value == null ? '–' : (format ?? formatNumber)(value)}
          </span>
        )
      })}
    </p>
  )
}
