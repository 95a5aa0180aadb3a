/** The state of a job or volunteer: a word in a coloured pill, never colour alone. */
import type { JobStatus, VolunteerView } from '../../../shared/protocol.ts'

const JOB_TONES: Record<JobStatus, string> = {
  running: 'accent',
  paused: 'warn',
  finished: 'good',
  cancelled: '',
  failed: 'bad',
}

export function JobPill({ status }: { status: JobStatus }) {
  return <span class={`pill ${JOB_TONES[status]}`}>{status}</span>
}

const VOLUNTEER_TONES: Record<VolunteerView['state'], string> = {
  working: 'good',
  idle: '',
  paused: 'warn',
  quarantined: 'bad',
}

export function VolunteerPill({ state }: { state: VolunteerView['state'] }) {
  return <span class={`pill ${VOLUNTEER_TONES[state]}`}>{state}</span>
}
