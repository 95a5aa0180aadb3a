/** A plot of a result file: some of its columns over another. */
import type { PlotSpec } from '../../../shared/app.ts'
import { rowsOf } from '../pure/csv.ts'
import { formatNumber, formatSize } from '../pure/format.ts'
import { spaced } from '../pure/kinds.ts'
import { positive } from '../pure/series.ts'
import { Plot } from './Plot.tsx'

/** Enough for three curves in one plot. */
export const COLORS = ['--accent', '--coral', '--ink-2'] as const

interface Props {
  readonly plot: PlotSpec & { readonly over: string }
  readonly text: string
  readonly syncKey: string
}

export function FilePlot({ plot: { title, values, over, log = false }, text, syncKey }: Props) {
  const rows = [...rowsOf(text)]
  const numbers = (name: string): (number | null)[] => {
    const all = rows.map((row) => (row[name] ? Number(row[name]) : null))
    return log ? positive(all) : all
  }
  const x = rows.map((row) => Number(row[over]))
  const series = values.map((name, i) => ({
    ...{ label: spaced(name), color: COLORS[i % COLORS.length]!, values: numbers(name) },
    ...(log && { format: formatSize }),
  }))
  const told = series.map(({ label, values }) => {
    const known = values.filter((value) => value !== null)
    return `${label} from ${formatNumber(known[0])} to ${formatNumber(known.at(-1))}`
  })
  return (
    <Plot
      {...{ title, x, series, log, syncKey }}
      summary={`${title} over ${formatNumber(x.at(-1))} ${over}: ${told.join(', ')}.`}
      xKind="sweeps"
      xName={over}
    />
  )
}
