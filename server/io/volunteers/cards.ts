/** Job cards: what volunteers are told of the jobs that run, sent to all when it has changed. */
import type { AnyApp } from '../../../shared/app.ts'
import type { JobCard } from '../../../shared/protocol.ts'
import type { Jobs } from '../jobs.ts'

export interface CardsOptions {
  jobs: Jobs
  apps: Readonly<Record<string, AnyApp>>
  /** To everyone who has said hello. */
  broadcast: (cards: JobCard[]) => void
}

/** Progress goes to every volunteer, so not often; a job that comes or goes is told at once. */
const SEND_MS = 2000

export class Cards {
  readonly #options: CardsOptions
  readonly #timer: NodeJS.Timeout
  #sent = '[]'

  constructor(options: CardsOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.send(), SEND_MS)
  }

  list(): JobCard[] {
    const { jobs, apps } = this.#options
    return jobs
      .activeRecords()
      .filter(({ status }) => status === 'running')
      .map(({ id, name, app, purpose, phase, fraction, datasetShape }) => {
        const title = apps[app]?.title ?? app
        const datasetBytes = datasetShape.bytes
        return { job: id, name, app, title, purpose, phase, fraction, datasetBytes }
      })
  }

  send(): void {
    const cards = this.list()
    const text = JSON.stringify(cards)
    if (text === this.#sent) return
    this.#sent = text
    this.#options.broadcast(cards)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
