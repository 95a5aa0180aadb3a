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
 *   check    of that, to hold answers to what an honest tab could have sent
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunLine } from '../../shared/protocol.ts'
import { type TabMemory, watchTabs } from '../kit/tabMemory.ts'
import { lastJson, type RunReport, shoal } from '../shoal.ts'
import { type Case, isQuality } from './case.ts'
import { type Failure, lastLine } from './peers.ts'
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
  readonly checkSeconds: number
  /** Of one core, over the solve phase; null where the system does not tell. */
  readonly serverCpuShare: number | null
  /** The most memory the server has held, and the tab's process; null where the system does not tell. */
  readonly serverBytesMax: number | null
  readonly tabBytesMax: number | null
  readonly leases: number
  readonly updatesPerSecond: number
  readonly bytesPerUpdate: number
  readonly objective: number
  readonly gap: number
  readonly nonZeros: number | null
  /** Of a case that is compared by quality. */
  readonly trajectory: Trajectory
}

/** One run; ended, with its server and browser, when it takes longer. */
export async function runOurs(
  asked: Case,
  workers: number,
  timeoutSeconds: number,
): Promise<OurRun | Failure> {
  const out = mkdtempSync(join(tmpdir(), 'shoal-bench-'))
  const flags = ['--tabs', '1', '--workers', String(workers), '--out', out, '--json']
  let tab: TabMemory | undefined
  const onStart = (pid: number): void => {
    tab = watchTabs(pid)
  }
  try {
    const args = ['run', asked.app, ...asked.arguments, ...flags]
    const startMs = performance.now()
    const ran = await shoal(args, { timeoutMs: timeoutSeconds * 1000, onStart })
    if (performance.now() - startMs >= timeoutSeconds * 1000)
      return { failed: `> ${timeoutSeconds} s` }
    if (ran.code !== 0) return { failed: lastLine(ran.stderr) || `exit ${ran.code}` }
    const report = lastJson(ran) as unknown as RunReport
    const trajectory = isQuality(asked) ? trajectoryOf(out, asked.quality.field, report) : []
    return { workers, trajectory, tabBytesMax: tab?.peakBytes() ?? null, ...split(report) }
  } finally {
    tab?.close()
    rmSync(out, { recursive: true, force: true })
  }
}

/** A point wherever the quality has changed; seconds count from the submission. */
function trajectoryOf(folder: string, field: string, report: RunReport): Trajectory {
  const { solveSeconds, openSeconds } = report
  const points: Point[] = []
  for (const text of readFileSync(join(folder, 'run.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { atMs, values } = JSON.parse(text) as RunLine
    const quality = values[field]
    if (quality === undefined || quality === points.at(-1)?.[1]) continue
    points.push([openSeconds + atMs / 1000, quality])
  }
  const last = (report as unknown as Record<string, unknown>)[field]
  if (typeof last === 'number') points.push([solveSeconds, last])
  return points
}

function split(report: RunReport): Omit<OurRun, 'workers' | 'trajectory' | 'tabBytesMax'> {
  const { solveSeconds, openSeconds, computeMs, heldMs, elapsedMs, engineMs, checkMs } = report
  const { updates, bytesDown, bytesUp, serverCpuSeconds, serverRssBytesMax } = report
  const { ingestSeconds, leases, gap, nnz } = report
  const objective = report.primal ?? report.objective
  return {
    ...{ ingestSeconds, solveSeconds, openSeconds, leases, objective, gap },
    kernelSeconds: computeMs / 1000,
    queueSeconds: (heldMs - computeMs) / 1000,
    networkSeconds: (elapsedMs - heldMs) / 1000,
    engineSeconds: engineMs / 1000,
    checkSeconds: checkMs / 1000,
    serverBytesMax: serverRssBytesMax,
    serverCpuShare: serverCpuSeconds === null ? null : serverCpuSeconds / solveSeconds,
    updatesPerSecond: updates / solveSeconds,
    bytesPerUpdate: (bytesDown + bytesUp) / Math.max(1, updates),
    nonZeros: nnz ?? null,
  }
}

/** Everything but kernel time, as a share of the wall: what one worker's computing is wrapped in. */
export const overheadOf = ({ solveSeconds, kernelSeconds, workers }: OurRun): number =>
  Math.max(0, 1 - kernelSeconds / workers / solveSeconds)
