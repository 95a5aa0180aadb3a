/** What several commands do with a job: one line about it, waiting for its end, its files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../shared/errors.ts'
import type { JobView } from '../../shared/protocol.ts'
import type { OwnerApi } from './api.ts'
import { formatCount, formatNumber } from './format.ts'
import { sleep, unlessAborted } from './signals.ts'

/** "λ 3/100 · gap 3.2e-5 · objective 0.121265 · 36 non-zeros · 1,204 updates/s" */
export function progressLine(job: JobView): string {
  const { gap, objective, nnz, ...rest } = job.values
  const perSecond = job.runningMs > 0 ? (job.counters.updates / job.runningMs) * 1000 : 0
  const parts = [job.status === 'running' ? job.phase : job.status]
  if (gap !== undefined) parts.push(`gap ${formatNumber(gap, 2)}`)
  if (objective !== undefined) parts.push(`objective ${formatNumber(objective)}`)
  if (nnz !== undefined) parts.push(`${formatCount(nnz)} non-zeros`)
  if (gap === undefined && objective === undefined)
    for (const [name, value] of Object.entries(rest)) parts.push(`${name} ${formatNumber(value)}`)
  parts.push(`${formatCount(perSecond)} updates/s`)
  return parts.join(' · ')
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
    writeFileSync(path, await api.result(job.id, name))
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
