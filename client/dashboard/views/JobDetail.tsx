/** One job: what it does now, how it got there, what it has cost, what came out. */
import { useEffect, useMemo } from 'preact/hooks'
import type { JobView } from '../../../shared/protocol.ts'
import { pageOf } from '../apps/pages.ts'
import { confirmFirst } from '../parts/Confirm.tsx'
import { Figures } from '../parts/Figures.tsx'
import { JobPill } from '../parts/Status.tsx'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
} from '../pure/format.ts'
import { describeShape } from '../pure/kinds.ts'
import { Rate } from '../pure/series.ts'
import { findJob, jobs, kindOf, steerJob } from '../state/grid.ts'
import { attempt } from '../state/toasts.ts'
import { JobProgress, NobodyHelps } from './Jobs.tsx'
import { Results } from './Results.tsx'
import { RunPlots } from './RunPlots.tsx'

export function JobDetail({ id }: { id: string }) {
  const job = findJob(id)
  useEffect(() => {
    document.title = `${job?.name ?? 'Job'} – Shoal dashboard`
  }, [job?.name])
  if (job === undefined) {
    return (
      <div class="stack">
        <h1 tabIndex={-1}>Job</h1>
        {jobs.value === null ? (
          <p class="muted">Asking the server…</p>
        ) : (
          <p class="note">
            There is no job {id} on this server. <a href="#/jobs">All jobs</a>
          </p>
        )}
      </div>
    )
  }
  return (
    <div class="stack">
      <Head job={job} />
      {job.error !== null && <p class="note bad">{job.error}</p>}
      <NobodyHelps jobs={[job]} />
      <Now job={job} />
      {job.status === 'finished' && <Results job={job} />}
      <RunPlots job={job} />
      <Cost job={job} />
    </div>
  )
}

function Head({ job }: { job: JobView }) {
  const { spec, dataset } = job
  const page = pageOf(job)
  const details = [...page.details(spec), `seed ${job.seed}`]
  return (
    <div class="stack-tight">
      <a class="small back" href="#/jobs">
        ← Jobs
      </a>
      <div class="row head">
        <div class="row">
          <h1 tabIndex={-1}>{job.name}</h1>
          <JobPill status={job.status} />
        </div>
        <Steering job={job} />
      </div>
      <p class="muted">
        {job.title} on {dataset.name} ({describeShape(kindOf(job), dataset)}): {page.line(spec)}
        <span class="small"> · {details.join(' · ')}</span>
      </p>
    </div>
  )
}

function Steering({ job }: { job: JobView }) {
  const { id, status, name } = job
  const steer = (verb: 'pause' | 'resume' | 'cancel'): void => {
    void attempt(() => steerJob(id, verb))
  }
  const cancel = async (): Promise<void> => {
    const yes = await confirmFirst({
      title: `Cancel “${name}”?`,
      text: 'It stops for good, without results. To stop it for a while, pause it.',
      action: 'Cancel the job',
    })
    if (yes) steer('cancel')
  }
  const open = status === 'running' || status === 'paused'
  return (
    <div class="row">
      {status === 'running' && (
        <button type="button" onClick={() => steer('pause')}>
          Pause
        </button>
      )}
      {status === 'paused' && (
        <button type="button" class="primary" onClick={() => steer('resume')}>
          Resume
        </button>
      )}
      {open && (
        <button type="button" class="danger" onClick={cancel}>
          Cancel
        </button>
      )}
      {!open && (
        <a class="button" href={`#/launch?like=${encodeURIComponent(id)}`}>
          Launch again…
        </a>
      )}
    </div>
  )
}

function Now({ job }: { job: JobView }) {
  const { status } = job
  const time = { name: 'Running time', value: formatDuration(job.runningMs), note: job.phase }
  return (
    <section class="card stack" aria-label="State of the job">
      {(status === 'running' || status === 'paused') && <JobProgress job={job} />}
      <Figures large figures={[...pageOf(job).figures(job), time]} />
    </section>
  )
}

/** Speeds are over this long: shorter flickers, longer hides a stall. */
const SPEED_WINDOW_MS = 5000

function Cost({ job }: { job: JobView }) {
  const { counters: c, runningMs, id } = job
  // Another job has another clock.
  const rate = useMemo(() => new Rate(SPEED_WINDOW_MS), [id])
  rate.push(runningMs, c.updates)
  const average = runningMs > 0 ? (1000 * c.updates) / runningMs : null
  const speed =
    job.status === 'running'
      ? `${formatRate(rate.perSecond ?? average)} now`
      : `${formatRate(average)} on average`
  const answers = c.deltas + c.refused
  return (
    <section class="card stack" aria-labelledby="cost-title">
      <h2 id="cost-title">Work and cost</h2>
      <Figures
        figures={[
          { name: 'Volunteers', value: formatCount(c.volunteers), note: 'have contributed' },
          {
            name: 'Updates',
            value: formatCount(c.updates),
            note: c.updates === 0 ? null : speed,
          },
          { name: 'Leases', value: formatCount(c.leases) },
          {
            name: 'Deltas committed',
            value: formatCount(c.deltas),
            note: formatShare(c.deltas, answers),
          },
          {
            name: 'Deltas refused',
            value: formatCount(c.refused),
            note: formatShare(c.refused, answers),
          },
          {
            name: 'Leases expired',
            value: formatCount(c.expired),
            note: formatShare(c.expired, c.leases),
          },
          {
            name: 'Lease latency',
            value: formatDuration(c.leaseP50Ms),
            note: `median; p95 ${formatDuration(c.leaseP95Ms)}`,
          },
          {
            name: 'Compute time',
            value: formatDuration(c.computeMs),
            note: 'in the volunteers’ tabs',
          },
          { name: 'Bytes down', value: formatBytes(c.bytesDown), note: 'to volunteers' },
          { name: 'Bytes up', value: formatBytes(c.bytesUp), note: 'from volunteers' },
        ]}
      />
    </section>
  )
}
