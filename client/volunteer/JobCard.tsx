/** What this tab computes, for whom, and why. */
import type { JobCard as Job } from '../../shared/protocol.ts'
import { snapshot } from './tab.ts'
import { formatBytes, formatJobs, formatPercent } from './view.ts'

export function JobCard() {
  const shown = snapshot.value
  const jobs = shown?.jobs ?? []
  const job = jobs.find((each) => each.job === shown?.job) ?? jobs[0]
  const others = jobs.filter((each) => each !== job)
  return (
    <section class="card job" aria-labelledby="job-heading">
      <h2 id="job-heading">What it is for</h2>
      {job ? <JobDetails job={job} /> : <NoJob online={shown?.link.state === 'online'} />}
      {others.length > 0 && (
        <p class="small muted">
          Also running: {formatJobs(others)}. Tabs share themselves out among jobs.
        </p>
      )}
    </section>
  )
}

function NoJob({ online }: { online: boolean }) {
  return online ? (
    <p class="muted">
      No job is running at present. A tab that has started joins the next one by itself.
    </p>
  ) : (
    <p class="muted">The server has not answered yet, so its jobs are not known.</p>
  )
}

function JobDetails({ job }: { job: Job }) {
  const { name, title, purpose, phase, fraction, datasetBytes } = job
  return (
    <div class="stack">
      <div>
        <p class="name">{name}</p>
        <p>{purpose}</p>
      </div>
      <div class="phase">
        <div class="row between small">
          <span>{phase || 'Starting'}</span>
          {fraction !== null && <span class="figures muted">{formatPercent(fraction)}</span>}
        </div>
        <progress aria-label={`Progress of ${name}`} max={1} value={fraction ?? undefined} />
      </div>
      <p class="small muted">
        {title} on {formatBytes(datasetBytes)} of data; this tab downloads only the pieces it works
        on, once.
      </p>
    </div>
  )
}
