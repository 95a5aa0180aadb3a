/** The history of a run as four curves with one time axis. */
import { useEffect, useState } from 'preact/hooks'
import type { JobView, RunLine } from '../../../shared/protocol.ts'
import { Plot, type PlotSeries } from '../parts/Plot.tsx'
import { formatCount, formatDuration, formatNumber } from '../pure/format.ts'
import { column, positive } from '../pure/series.ts'
import { type RunView, watchRun } from '../state/run.ts'

const NOTHING: RunView = { lines: [], total: 0, loaded: false }

export function RunPlots({ job }: { job: JobView }) {
  const [view, setView] = useState(NOTHING)
  useEffect(() => {
    const watched = watchRun(job.id)
    const unsubscribe = watched.view.subscribe(setView)
    return () => {
      unsubscribe()
      watched.stop()
    }
  }, [job.id])
  const { lines, total, loaded } = view
  if (!loaded) return <p class="muted">Loading the history…</p>
  if (lines.length < 2) {
    return <p class="card muted">Curves appear here with the first commits.</p>
  }
  return (
    <section class="stack-tight" aria-labelledby="history-title">
      <div class="row spread">
        <h2 id="history-title">History</h2>
        {lines.length < total && (
          <span class="small muted figures">
            {formatCount(lines.length)} of {formatCount(total)} points drawn
          </span>
        )}
      </div>
      <div class="plots">
        <Curves job={job} lines={lines} />
      </div>
    </section>
  )
}

function Curves({ job, lines }: { job: JobView; lines: readonly RunLine[] }) {
  const x = lines.map(({ atMs }) => atMs / 1000)
  const tol = Number(job.spec.tol)
  const objective = column(lines, (values) => values.objective)
  const gap = positive(column(lines, (values) => values.gap))
  const nonZeros = column(lines, (values) => values.nnz)
  const slots = lines.map((line) => line.slots)
  const short = (value: number): string => formatNumber(value, 2)
  // Along a path the gap starts anew at every λ.
  const isPath = typeof job.spec.path === 'number'
  const shared = { x, xKind: 'seconds', syncKey: job.id } as const
  const limit: PlotSeries[] =
    tol > 0
      ? [
          {
            label: 'tolerance',
            values: x.map(() => tol),
            color: '--coral',
            dash: [6, 4],
            format: short,
          },
        ]
      : []
  return (
    <>
      <Plot
        {...shared}
        title="Relative gap"
        summary={describe('The relative duality gap', gap, lines, short)}
        log
        series={[
          { label: 'gap', values: gap, color: '--accent', thin: isPath, format: short },
          ...limit,
        ]}
      />
      <Plot
        {...shared}
        title="Objective"
        summary={describe('The objective', objective, lines, formatNumber)}
        series={[{ label: 'objective', values: objective, color: '--accent' }]}
      />
      <Plot
        {...shared}
        title="Non-zero coefficients"
        whole
        summary={describe('The number of non-zero coefficients', nonZeros, lines, formatCount)}
        series={[{ label: 'non-zeros', values: nonZeros, color: '--accent', format: formatCount }]}
      />
      <Plot
        {...shared}
        title="Leases computed at once"
        whole
        summary={describe('The number of slots at work', slots, lines, formatCount)}
        series={[{ label: 'slots', values: slots, color: '--accent', format: formatCount }]}
      />
    </>
  )
}

/** A curve in a sentence, for those who do not see it. */
function describe(
  subject: string,
  values: readonly (number | null)[],
  lines: readonly RunLine[],
  format: (value: number) => string,
): string {
  const known = values.filter((value) => value !== null)
  const first = known[0]
  const last = known.at(-1)
  if (first === undefined || last === undefined) return `${subject}: no values yet.`
  const time = formatDuration(lines.at(-1)!.atMs)
  return `${subject} went from ${format(first)} to ${format(last)} within ${time}.`
}
