/**
 * One run of Shoal: the built command line, a server of its own, one real Chromium tab, and where the
 * time went.
 *
 *   solve    submission to certified result, by the server's clock
 *   open     of that: the engine's thread starts and reads the data; results are written
 *   kernel   time inside WebAssembly, as the tab measured it
 *   queue    a lease in the tab, but not in the kernel: fetching shards, waiting for a worker
 *   network  a lease on its way, there and back, hops between threads included
 *   engine   schedule, check, commit
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunLine } from '../../shared/protocol.ts'
import { type RunReport, runJob } from '../shoal.ts'
import { type Case, isLinear } from './cases.ts'
import type { Point, Trajectory } from './quality.ts'

export interface OurRun {
  readonly workers: number
  readonly ingestSeconds: number
  readonly solveSeconds: number
  readonly openSeconds: number
  readonly kernelSeconds: number
  readonly queueSeconds: number
  readonly networkSeconds: number
  readonly engineSeconds: number
  /** Of one core, over the solve phase; null where the system does not tell. */
  readonly serverCpuShare: number | null
  readonly leases: number
  readonly updatesPerSecond: number
  readonly bytesPerUpdate: number
  readonly objective: number
  readonly gap: number
  readonly nonZeros: number
  /** Of a case that is compared by quality. */
  readonly trajectory: Trajectory
}

const TIMEOUT_MS = 30 * 60_000

export async function runOurs(asked: Case, workers: number): Promise<OurRun> {
  const tab = ['--tabs', '1', '--workers', String(workers)]
  const args = [asked.app, ...asked.arguments, ...tab]
  if (isLinear(asked))
    return { workers, trajectory: [], ...split(await runJob(args, { timeoutMs: TIMEOUT_MS })) }
  const out = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  try {
    const report = await runJob([...args, '--out', out], { timeoutMs: TIMEOUT_MS })
    return { workers, trajectory: trajectoryOf(out, asked.quality.field, report), ...split(report) }
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
}

/** A point wherever the quality has changed; seconds count from the submission. */
function trajectoryOf(folder: string, field: string, report: RunReport): Trajectory {
  const { solveSeconds, runningSeconds } = report
  const points: Point[] = []
  for (const text of readFileSync(join(folder, 'run.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { atMs, values } = JSON.parse(text) as RunLine
    const quality = values[field]
    if (quality === undefined || quality === points.at(-1)?.[1]) continue
    points.push([solveSeconds - runningSeconds + atMs / 1000, quality])
  }
  const last = (report as unknown as Record<string, unknown>)[field]
  if (typeof last === 'number') points.push([solveSeconds, last])
  return points
}

function split(report: RunReport): Omit<OurRun, 'workers' | 'trajectory'> {
  const { solveSeconds, runningSeconds, computeMs, heldMs, elapsedMs, engineMs } = report
  const { updates, bytesDown, bytesUp, serverCpuSeconds } = report
  const { ingestSeconds, leases, objective, gap, nnz } = report
  return {
    ...{ ingestSeconds, solveSeconds, leases, objective, gap },
    openSeconds: Math.max(0, solveSeconds - runningSeconds),
    kernelSeconds: computeMs / 1000,
    queueSeconds: (heldMs - computeMs) / 1000,
    networkSeconds: (elapsedMs - heldMs) / 1000,
    engineSeconds: engineMs / 1000,
    serverCpuShare: serverCpuSeconds === null ? null : serverCpuSeconds / solveSeconds,
    updatesPerSecond: updates / solveSeconds,
    bytesPerUpdate: (bytesDown + bytesUp) / Math.max(1, updates),
    nonZeros: nnz,
  }
}

/** Everything but kernel time, as a share of the wall: what one worker's computing is wrapped in. */
export const overheadOf = ({ solveSeconds, kernelSeconds, workers }: OurRun): number =>
  Math.max(0, 1 - kernelSeconds / workers / solveSeconds)
