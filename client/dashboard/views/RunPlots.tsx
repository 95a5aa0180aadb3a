/** The history of a run as curves whose cursors move together. */
import { useEffect, useState } from 'preact/hooks'
import type { JobView, RunLine } from '../../../shared/protocol.ts'
import { pageOf } from '../apps/pages.ts'
import { Curve } from '../parts/Curve.tsx'
import { formatCount } from '../pure/format.ts'
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

/** The app's own curves, and the one that every run has. */
function Curves({ job, lines }: { job: JobView; lines: readonly RunLine[] }) {
  const page = pageOf(job)
  return (
    <>
      <page.Curves job={job} lines={lines} />
      <Curve
        title="Leases computed at once"
        subject="The number of slots at work"
        lines={lines}
        syncKey={job.id}
        whole
        stairs
        series={[
          {
            ...{ label: 'slots', color: '--accent', format: formatCount },
            values: lines.map(({ slots }) => slots),
          },
        ]}
      />
    </>
  )
}
