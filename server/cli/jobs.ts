/** What several commands do with a job: one line about it, waiting for its end, its files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../shared/errors.ts'
import type { JobView } from '../../shared/protocol.ts'
import type { OwnerApi } from './api.ts'
import { formatCount } from './format.ts'
import { shortMeasures } from './measures.ts'
import { sleep, unlessAborted } from './signals.ts'

/** "λ 3/100 · gap 3.2e-5 · objective 0.121265 · 36 non-zeros · 1,204 updates/s" */
export function progressLine(job: JobView): string {
  const perSecond = job.runningMs > 0 ? (job.counters.updates / job.runningMs) * 1000 : 0
  const state = job.status === 'running' ? job.phase : job.status
  const speed = `${formatCount(perSecond)} updates/s`
  return [state, ...shortMeasures(job.values), speed].join(' · ')
}

const hasEnded = ({ status }: JobView): boolean => status !== 'running' && status !== 'paused'

/** Ask until the job has ended; throws the signal's reason when it aborts. */
export async function waitForEnd(
  api: OwnerApi,
  id: string,
  {
    everyMs,
    signal,
    onView,
  }: { everyMs: number; signal: AbortSignal; onView: (job: JobView) => void },
): Promise<JobView> {
  for (;;) {
    const job = await unlessAborted(signal, api.job(id))
    onView(job)
    if (hasEnded(job)) return job
    await sleep(everyMs, signal)
  }
}

/** @throws UserError that says how it ended, unless it finished. */
export function checkFinished({ id, status, error }: JobView): void {
  if (status === 'failed') throw new UserError(`Job ${id} failed: ${error ?? 'no reason is known'}`)
  if (status === 'cancelled') throw new UserError(`Job ${id} was cancelled before its end.`)
}

/** Write the job's result files into `dir`; answers their paths. */
export async function saveResults(api: OwnerApi, job: JobView, dir: string): Promise<string[]> {
  if (job.results.length === 0)
    throw new UserError(
      `Job ${job.id} is ${job.status} and has no results yet; try again when it has finished.`,
    )
  createDirectory(dir)
  const paths: string[] = []
  for (const name of job.results) {
    const path = join(dir, name)
    writeFileSync(path, await api.resultBytes(job.id, name))
    paths.push(path)
  }
  return paths
}

export function createDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
  } catch (error) {
    throw new UserError(
      `--out: ${dir} cannot be created (${(error as Error).message}); choose another folder.`,
    )
  }
}
