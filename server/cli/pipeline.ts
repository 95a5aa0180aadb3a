/**
 * All of it in one go, for `shoal run` and `shoal demo`: ingest a file, start a server, open
 * headless tabs, submit a job, wait for its certified end, save its results, clean up.
 *
 * Three processes: this one reads the file and drives the tabs, a child serves, a browser
 * computes. So the server's memory is a server's, and its death is seen from outside.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Manifest } from '../../shared/dataset.ts'
import { UserError } from '../../shared/errors.ts'
import type { JobView } from '../../shared/protocol.ts'
import type { Fleet } from '../headless/fleet.ts'
import { makeDataDir } from '../io/dataDir.ts'
import type { IngestInput } from '../io/ingest/ingest.ts'
import { ingestInThread } from '../io/ingest/ingestInThread.ts'
import { ingestLine } from './dataInput.ts'
import { checkFinished, saveResults, waitForEnd } from './jobs.ts'
import { type ServerProcess, startServer } from './serverProcess.ts'
import { sleep, unlessAborted } from './signals.ts'
import { type JobOptions, jobFields } from './submit.ts'

export interface Plan {
  app: string
  spec: Record<string, unknown>
  data: IngestInput
  job: JobOptions
  tabs: number
  workers: number
  duty: number
  backend?: 'wasm' | 'webgpu' | undefined
  /** Absent: a folder that is gone afterwards. */
  dataDir: string | undefined
  port: number
  host: string
  /** Where the results go. */
  out: string | undefined
}

/** What happens, as it happens. */
export interface Observer {
  note(line: string): void
  ingesting(line: string): void
  ingested(manifest: Manifest, seconds: number): void
  serving(server: ServerProcess): void
  computing(job: JobView): void
  progress(job: JobView): void
}

type Cleanup = () => unknown

export interface Outcome {
  job: JobView
  manifest: Manifest
  server: ServerProcess
  files: string[]
  ingestSeconds: number
  /** From the ingest on until all volunteers have arrived (or one, and the others dawdle). */
  startSeconds: number
  /** Submission to certified end, by the server's clock. */
  solveSeconds: number
  /** Processor time of the server over the same span; null where the system does not tell. */
  serverCpuSeconds: number | null
}

/** Reading, the browser and the server at once would only slow each other. */
const FEW_CORES = 2
const askEveryMs = 250
const arriveEveryMs = 50
const arriveMsMax = 120_000
const straggleMsMax = 10_000

/** `afterwards` runs while server and tabs are still there. Whatever happens, nothing stays. */
export async function runPipeline<T>(
  plan: Plan,
  observer: Observer,
  signal: AbortSignal,
  afterwards: (outcome: Outcome) => Promise<T>,
): Promise<T> {
  const cleanups: Cleanup[] = []
  try {
    return await afterwards(await perform(plan, observer, signal, cleanups))
  } catch (error) {
    // What fails because of a stop (a closed socket) is part of the stop.
    if (signal.aborted) throw signal.reason
    throw error
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
}

async function perform(
  plan: Plan,
  observer: Observer,
  signal: AbortSignal,
  cleanups: Cleanup[],
): Promise<Outcome> {
  const dataDir = plan.dataDir ?? mkdtempSync(join(tmpdir(), 'shoal-'))
  makeDataDir(dataDir)
  if (plan.dataDir === undefined)
    cleanups.push(() => rmSync(dataDir, { recursive: true, force: true }))

  let sinceMs = performance.now()
  const lap = (): number => {
    const nowMs = performance.now()
    const seconds = (nowMs - sinceMs) / 1000
    sinceMs = nowMs
    return seconds
  }
  // All three at once, but for a machine of two cores: there the server waits for one of the others.
  const reading = ingestInThread(
    dataDir,
    plan.data,
    ingestLine(plan.data, observer.ingesting),
    signal,
  )
  const starting = startBoth(plan, dataDir, observer, cleanups, reading)
  starting.catch(() => {}) // heard below, unless the file has failed before
  const manifest = await reading
  const ingestSeconds = lap()
  observer.ingested(manifest, ingestSeconds)

  const { server, fleet } = await starting
  signal.throwIfAborted()
  observer.serving(server)
  fleet.open(server.url)
  const died = server.ended.then(() => {
    throw new UserError('The server ended before the job did; its reason stands above.')
  })
  died.catch(() => {}) // heard only while it is raced below; at the end it is expected
  await Promise.race([waitForVolunteers(plan, server, fleet, signal), died])
  const startSeconds = lap()

  const { app, spec } = plan
  const cpuBefore = server.cpuSeconds()
  const submitted = await server.api.submit({
    ...{ app, spec, dataset: manifest.id },
    ...jobFields(plan.job),
  })
  observer.computing(submitted)
  const ended = waitForEnd(server.api, submitted.id, {
    everyMs: askEveryMs,
    signal,
    onView(job) {
      server.rssBytesMax()
      observer.progress(job)
    },
  })
  const job = await Promise.race([ended, died])
  checkFinished(job)
  const solveSeconds = ((job.finishedMs ?? job.createdMs) - job.createdMs) / 1000
  const cpuAfter = server.cpuSeconds()
  const serverCpuSeconds = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore
  const files = plan.out === undefined ? [] : await saveResults(server.api, job, plan.out)
  const seconds = { ingestSeconds, startSeconds, solveSeconds, serverCpuSeconds }
  return { job, manifest, server, files, ...seconds }
}

/**
 * Server and browser start side by side; whichever has started is closed if the other fails.
 *
 * The tabs' way is the longest: the browser's driver is loaded (0.25 s of a core), the browser starts
 * (0.2 s), and only then does the server's page load. So on few cores reading goes beside that, and the
 * server, another 0.35 s, comes afterwards.
 */
async function startBoth(
  plan: Plan,
  dataDir: string,
  observer: Observer,
  cleanups: Cleanup[],
  reading: Promise<unknown>,
): Promise<{ server: ServerProcess; fleet: Fleet }> {
  const launching = launchFleet(plan, observer)
  const isFree = availableParallelism() > FEW_CORES || Promise.race([reading, launching])
  const starting = Promise.resolve(isFree).then(() =>
    startServer({ dataDir, port: plan.port, host: plan.host }),
  )
  const closeIfThere = (thing: Promise<{ close(): Promise<void> }>): Cleanup => {
    return async () => (await thing.catch(() => null))?.close() // its failure is thrown elsewhere
  }
  cleanups.push(closeIfThere(starting), closeIfThere(launching))
  await Promise.allSettled([starting, launching])
  return { server: await starting, fleet: await launching }
}

async function launchFleet(plan: Plan, observer: Observer): Promise<Fleet> {
  // Loaded late: Playwright takes a while, and most commands have no use for it.
  const { Fleet } = await import('../headless/fleet.ts')
  const { tabs, workers, duty, backend } = plan
  const fleet = new Fleet({ tabs, workers, duty, backend, note: (line) => observer.note(line) })
  await fleet.launch()
  return fleet
}

/** Until the tabs have started, or the first has and the others keep it waiting. */
async function waitForVolunteers(
  plan: Plan,
  server: ServerProcess,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<void> {
  const sinceMs = performance.now()
  let firstMs: number | null = null
  for (;;) {
    const { volunteers } = await unlessAborted(signal, server.api.fleet())
    const ready = volunteers.filter(({ workers }) => workers > 0).length
    const nowMs = performance.now()
    if (ready > 0) firstMs ??= nowMs
    if (ready >= plan.tabs || (firstMs !== null && nowMs - firstMs > straggleMsMax)) return
    if (firstMs === null && nowMs - sinceMs > arriveMsMax) {
      const states = (await fleet.states()).map(({ state }) => state ?? 'no page')
      throw new UserError(
        `No tab has started within ${arriveMsMax / 1000} s (${states.join(', ')}); ` +
          'try `shoal serve` and open its page in a browser to see why.',
      )
    }
    await sleep(arriveEveryMs, signal)
  }
}
