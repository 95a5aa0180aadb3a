/** Axes: where values lie, which round numbers are written beside them, and how. */

export interface Axis {
  /** With its unit. */
  readonly label: string
  readonly log?: boolean
  readonly min?: number
  readonly max?: number
  /** Where labels stand; by default wherever round numbers are. */
  readonly ticks?: readonly number[]
}

export interface Scale {
  place(value: number): number
  readonly ticks: readonly number[]
}

/** Share of the range that is left free at an end that is not fixed. */
const ROOM = 0.04

/** Decades of a logarithmic axis at least: a factor of 2.5, so that noise does not fill a picture. */
const SPAN_MIN = 0.4

/** A scale that holds all of `values`, from pixel `from` to pixel `to`. */
export function scaleOf(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const { log = false } = axis
  const shown = values.filter((v) => Number.isFinite(v) && (!log || v > 0))
  const scale = (v: number): number => (log ? Math.log10(v) : v)
  const of = (limit: number | undefined, fallback: (all: number[]) => number): number =>
    limit !== undefined ? scale(limit) : shown.length > 0 ? fallback(shown.map(scale)) : 0
  let low = of(axis.min, (all) => all.reduce((a, b) => Math.min(a, b)))
  let high = of(axis.max, (all) => all.reduce((a, b) => Math.max(a, b)))
  const room = ROOM * (high - low)
  if (axis.min === undefined) low -= room
  if (axis.max === undefined) high += room
  const missing =
    log && axis.min === undefined && axis.max === undefined ? SPAN_MIN - (high - low) : 0
  if (missing > 0) [low, high] = [low - missing / 2, high + missing / 2]
  if (!(high - low > 1e-9)) [low, high] = [low - (log ? 0.3 : 0.5), high + (log ? 0.3 : 0.5)]
  const ticks = axis.ticks ?? (log ? logTicks(low, high) : plainTicks(low, high))
  const isInside = (v: number): boolean => scale(v) >= low - 1e-9 && scale(v) <= high + 1e-9
  return {
    place: (v) => from + ((scale(v) - low) / (high - low)) * (to - from),
    ticks: ticks.filter(isInside),
  }
}

const TICKS_MAX = 7

/** Powers of ten; 2 and 5 times them, too, where there are few. */
function logTicks(low: number, high: number): number[] {
  const decades = high - low
  if (decades < 0.5) return plainTicks(10 ** low, 10 ** high)
  const factors = decades < 1.2 ? [1, 2, 3, 5, 7] : decades < 3 ? [1, 2, 5] : [1]
  const step = Math.max(1, Math.ceil(decades / TICKS_MAX))
  const ticks: number[] = []
  for (let e = Math.floor(low); e <= high + 1e-9; e++)
    if (factors.length > 1 || e % step === 0) for (const f of factors) ticks.push(f * 10 ** e)
  return ticks
}

function plainTicks(low: number, high: number): number[] {
  const rough = (high - low) / (TICKS_MAX - 2)
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= rough * 0.999)!
  const ticks: number[] = []
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    ticks.push(Number((k * step).toPrecision(12)))
  return ticks
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** 0.01, 5, 2000, 10⁶, 2·10⁻⁵ */
export function tickLabel(v: number): string {
  const size = Math.abs(v)
  if (v === 0 || (size >= 1e-3 && size < 1e5)) return String(Number(v.toPrecision(3)))
  const exponent = Math.floor(Math.log10(size) + 1e-9)
  const factor = Number((v / 10 ** exponent).toPrecision(2))
  const power = `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((c) => SUPERSCRIPTS[Number(c)]).join('')}`
  return factor === 1 ? power : `${factor}·${power}`
}
