/**
 * What keeps tabs from computing, and what was wrong with what they sent, for the server's log. The
 * first of each kind in a job is a warning: whoever writes an app learns there why nothing moves. All
 * later ones are details, so that strangers cannot fill a log.
 */
import type { Failed, Refusal } from '../../../shared/protocol.ts'
import type { Jobs } from '../jobs.ts'
import type { Log } from '../log.ts'

/** Reasons that can be the app's fault; the others are tabs that come and go. */
const faults = new Set<Failed['reason'] | Refusal>([
  // A tab that lacks an app's kernel cannot even hold a shard for it.
  ...(['kernel-error', 'unknown-app', 'shard-unavailable'] as const),
  ...(['malformed', 'wrong-shape', 'not-finite', 'wrong-values'] as const),
])

interface Complaint {
  readonly volunteer: string
  readonly lease: number
  readonly reason: Failed['reason'] | Refusal
  readonly detail: string
}

export class Complaints {
  readonly #log: Log
  /** "job reason" of what has been warned of. */
  readonly #warned = new Set<string>()

  constructor({ jobs, log }: { jobs: Pick<Jobs, 'on'>; log: Log }) {
    this.#log = log
    jobs.on('engine', (job, message) => {
      if (message.type === 'refused') this.hear(job, 'a delta was refused', message)
    })
  }

  /** `what` has happened, as a log says it; no job is one that is over. */
  hear(
    job: string | undefined,
    what: string,
    { volunteer, lease, reason, detail }: Complaint,
  ): void {
    const key = `${job} ${reason}`
    const isNews = job !== undefined && faults.has(reason) && !this.#warned.has(key)
    if (isNews) this.#warned.add(key)
    this.#log[isNews ? 'warn' : 'debug']({ job, volunteer, lease, reason, detail }, what)
  }
}
