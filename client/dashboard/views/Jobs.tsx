/** All jobs, newest first; before the first one, the three steps that lead to it. */
import type { JobView } from '../../../shared/protocol.ts'
import { pageOf } from '../apps/pages.ts'
import { JobPill } from '../parts/Status.tsx'
import { formatAgo, formatDuration, plural } from '../pure/format.ts'
import { progressOf } from '../pure/progress.ts'
import { datasets, fleet, jobs, urls } from '../state/grid.ts'
import { jobHref } from '../state/route.ts'

export function Jobs() {
  const list = jobs.value
  return (
    <div class="stack">
      <div class="row head">
        <h1 tabIndex={-1}>Jobs</h1>
        {list !== null && list.length > 0 && (
          <a class="button primary" href="#/launch">
            Launch a job
          </a>
        )}
      </div>
      {list === null ? (
        <p class="muted">Asking the server…</p>
      ) : list.length === 0 ? (
        <FirstSteps />
      ) : (
        <>
          <NobodyHelps jobs={list} />
          <ul class="job-list">
            {list.map((job) => (
              <li key={job.id}>
                <JobCard job={job} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

/** A running job without volunteers does not move; say so where one looks for it. */
export function NobodyHelps({ jobs }: { jobs: readonly JobView[] }) {
  const running = jobs.some(({ status }) => status === 'running')
  if (!running || fleet.value === null || fleet.value.total > 0) return null
  const url = urls.value?.volunteer[0]
  return (
    <p class="note warn">
      No volunteer is here, so nothing moves yet.{' '}
      {url !== undefined && (
        <>
          Open{' '}
          <a href={url} target="_blank" rel="noreferrer">
            {url}
          </a>{' '}
          in another tab and press Start, or{' '}
        </>
      )}
      <a href="#/fleet">invite others</a>.
    </p>
  )
}

function JobCard({ job }: { job: JobView }) {
  const { values, spec } = job
  return (
    <a class={`card job ${job.status}`} href={jobHref(job.id)}>
      <div class="row spread">
        <h2>{job.name}</h2>
        <JobPill status={job.status} />
      </div>
      <p class="small muted">
        {job.title} on {job.dataset.name} · {pageOf(job).line(spec)} ·{' '}
        {formatAgo(job.createdMs, Date.now())}
      </p>
      {(job.status === 'running' || job.status === 'paused') && <JobProgress job={job} />}
      {job.error !== null && <p class="small error">{job.error}</p>}
      {Object.keys(values).length > 0 && <Numbers job={job} />}
    </a>
  )
}

function Numbers({ job }: { job: JobView }) {
  const figures = [
    ...pageOf(job).brief(job),
    { name: 'Time', value: formatDuration(job.runningMs) },
  ]
  return (
    <dl class="inline-figures figures">
      {figures.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

export function JobProgress({ job }: { job: JobView }) {
  const fraction = progressOf(job)
  const percent = fraction === null ? null : Math.floor(100 * fraction)
  const estimated = job.fraction === null && fraction !== null
  const share = percent === null ? '' : ` · ${estimated ? 'about ' : ''}${percent} %`
  const label = `${job.phase}${share}`
  return (
    <div class="progress">
      {/* Without a number the bar moves; beside a paused job that would be a lie. */}
      {(fraction !== null || job.status === 'running') && (
        <progress
          aria-label={`Progress of ${job.name}`}
          {...(fraction === null ? {} : { value: fraction, max: 1 })}
        />
      )}
      <span class="small muted figures">{label}</span>
    </div>
  )
}

function FirstSteps() {
  const haveData = (datasets.value?.length ?? 0) > 0
  const volunteers = fleet.value?.total ?? 0
  return (
    <div class="card stack">
      <h2>Three steps to the first result</h2>
      <ol class="steps">
        <li class={haveData ? 'done' : ''}>
          <h3>Upload a dataset</h3>
          <p class="muted">
            A table of numbers with the column y that should be explained, ratings of users, or
            texts; also gzipped.
          </p>
          <a class={haveData ? 'button small' : 'button small primary'} href="#/datasets">
            {haveData ? `You have ${plural(datasets.value!.length, 'dataset')}` : 'Upload a file'}
          </a>
        </li>
        <li class={volunteers > 0 ? 'done' : ''}>
          <h3>Invite volunteers</h3>
          <p class="muted">
            Every browser tab that opens the volunteer page and presses Start helps compute.
          </p>
          <a class="button small" href="#/fleet">
            {volunteers > 0 ? `${plural(volunteers, 'volunteer')} here` : 'Show the address'}
          </a>
        </li>
        <li>
          <h3>Launch a job</h3>
          <p class="muted">
            Choose what to learn from which dataset; every answer of a volunteer is checked.
          </p>
          <a class={haveData ? 'button small primary' : 'button small'} href="#/launch">
            Launch a job
          </a>
        </li>
      </ol>
    </div>
  )
}
