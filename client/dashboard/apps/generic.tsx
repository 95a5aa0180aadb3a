/** An app that has no page of its own: whatever it names is shown by its name. */
import type { PlotSpec } from '../../../shared/app.ts'
import type { JobView } from '../../../shared/protocol.ts'
import { Curve } from '../parts/Curve.tsx'
import { COLORS, FilePlot } from '../parts/FilePlot.tsx'
import { formatNumber, formatSize } from '../pure/format.ts'
import { spaced } from '../pure/kinds.ts'
import { numbersOf } from '../pure/progress.ts'
import { column, positive } from '../pure/series.ts'
import type { JobPage } from './page.ts'

/** More of a spec does not fit a line. */
const SPEC_SHOWN = 4

const title = (name: string): string => {
  const words = spaced(name)
  return words[0]!.toUpperCase() + words.slice(1)
}

function figures(job: JobView) {
  const numbers = numbersOf(job)
  return Object.keys(job.values).map((name) => ({
    name: title(name),
    value: name === 'gap' ? formatSize(numbers[name]) : formatNumber(numbers[name]),
  }))
}

/** `plots` as the app describes them; without them every value has a plot of its own. */
export const genericPage = (plots: readonly PlotSpec[] = []): JobPage => ({
  line: (spec) =>
    Object.entries(spec)
      .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
      .slice(0, SPEC_SHOWN)
      .map(([name, value]) => `${spaced(name)} ${value}`)
      .join(', '),
  details: () => [],
  brief: (job) => figures(job).slice(0, 3),
  figures,
  Curves({ job, lines }) {
    const names = [...new Set(lines.flatMap(({ values }) => Object.keys(values)))]
    const shown =
      plots.length > 0 ? plots : names.map((name) => ({ title: title(name), values: [name] }))
    return (
      <>
        {shown.map(({ title, values, log = false }: PlotSpec) => (
          <Curve
            key={title}
            title={title}
            subject={`The value “${spaced(values[0]!)}”`}
            lines={lines}
            log={log}
            syncKey={job.id}
            series={values.map((name, i) => {
              const found = column(lines, (all) => all[name])
              const color = COLORS[i % COLORS.length]!
              const label = spaced(name)
              return log
                ? { label, color, values: positive(found), format: formatSize }
                : { label, color, values: found }
            })}
          />
        ))}
      </>
    )
  },
  reads: [...new Set(plots.flatMap(({ file }) => file ?? []))],
  Results({ job, texts }) {
    const drawn = plots.filter(({ file, over }) => over !== undefined && file && texts[file])
    if (drawn.length === 0) return null
    return (
      <div class="plots">
        {drawn.map((plot) => (
          <FilePlot
            key={plot.title}
            plot={{ ...plot, over: plot.over!, title: `${plot.title} over ${spaced(plot.over!)}` }}
            text={texts[plot.file!]!.text}
            syncKey={`${job.id} ${plot.file}`}
          />
        ))}
      </div>
    )
  },
})
