/** Curves of a run over its time or its sweeps, each with a sentence for those who do not see it. */
import type { RunLine } from '../../../shared/protocol.ts'
import { formatDuration, formatNumber } from '../pure/format.ts'
import { Plot, type PlotSeries } from './Plot.tsx'

export interface CurveProps {
  readonly title: string
  /** What the first curve shows, as the beginning of a sentence. */
  readonly subject: string
  readonly lines: readonly RunLine[]
  readonly series: readonly PlotSeries[]
  /** Sweep numbers of the lines; by default the curve is over time. */
  readonly sweeps?: readonly number[] | undefined
  readonly log?: boolean | undefined
  readonly whole?: boolean | undefined
  readonly wide?: boolean | undefined
  readonly stairs?: boolean | undefined
  readonly syncKey: string
}

export function Curve({ title, subject, lines, series, sweeps, syncKey, ...look }: CurveProps) {
  const { log = false, whole = false, wide = false, stairs = false } = look
  return (
    <Plot
      {...{ title, series, log, whole, wide, stairs }}
      summary={describe(subject, series[0]!, lines, sweeps)}
      x={sweeps ?? lines.map(({ atMs }) => atMs / 1000)}
      xKind={sweeps ? 'sweeps' : 'seconds'}
      syncKey={`${syncKey} ${sweeps ? 'sweeps' : 'seconds'}`}
    />
  )
}

function describe(
  subject: string,
  { values, format = formatNumber }: PlotSeries,
  lines: readonly RunLine[],
  sweeps: readonly number[] | undefined,
): string {
  const known = values.filter((value) => value !== null)
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined) return `${subject}: no values yet.`
  const span = sweeps ? `${sweeps.at(-1)} sweeps` : formatDuration(lines.at(-1)!.atMs)
  return `${subject} went from ${format(first)} to ${format(last)} within ${span}.`
}
