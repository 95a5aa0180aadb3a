/**
 * A job, or several alike, on a simulated grid, with what it cost: the virtual clock tells the job's time, the real
 * one what the server's own work took (app.schedule, check, pull, advance), per lease.
 */
import type { EngineEffect } from '../../server/core/events.ts'
import {
  type SimMoment,
  type SimOptions,
  type SimResult,
  type SimVolunteer,
  simulate,
} from '../../server/core/sim.ts'
import type { AnyApp, Dataset, Push } from '../../shared/app.ts'
import { bytesOf } from '../../shared/wire.ts'

export interface GridOptions {
  app: AnyApp
  spec: unknown
  dataset: Dataset
  push: Push
  workDone?: SimOptions['jobs'][number]['workDone']
  volunteers: readonly SimVolunteer[]
  seed: number
  /** As many at once, of one owner each, all on this data set; 1 by default. */
  jobs?: number
  untilMs?: number
  crashesMs?: readonly number[]
  watch?: (moment: SimMoment) => void
}

export interface GridRun {
  result: SimResult
  /** Of all jobs: that of the first that did not finish, if there is one. */
  status: string
  /** Of the first job. */
  summary: Record<string, unknown>
  endMs: number
  granted: number
  accepted: number
  /** Leases of the volunteer that got most: round trips one after the other. */
  leasesMost: number
  updates: number
  /** Kernel time of accepted leases. */
  computeMs: number
  /** Share of the workers' time that was kernel time of accepted leases. */
  utilisation: number
  bytesDown: number
  bytesUp: number
  /** Real milliseconds of the server's work: opening the job; per phase since. */
  openMs: number
  costMs: Record<Phase, number>
  /**
   * Processor time of everything but kernels and opening the job (ms): app, engine, fleet, and the simulator with them.
   * Not what the clock says, which on a busy machine is the others' time, too.
   */
  serverMs: number
}

const PHASES = ['schedule', 'check', 'pull', 'advance'] as const
export type Phase = (typeof PHASES)[number]

/** The same app, its calls timed. */
function timed(app: AnyApp): { app: AnyApp; openMs: number; costMs: Record<Phase, number> } {
  const cost = { openMs: 0, costMs: { schedule: 0, check: 0, pull: 0, advance: 0 } }
  const clock =
    <A extends unknown[], R>(call: (...args: A) => R, spent: (ms: number) => void) =>
    (...args: A): R => {
      const startMs = performance.now()
      const value = call(...args)
      spent(performance.now() - startMs)
      return value
    }
  const of = (phase: Phase) => (ms: number) => {
    cost.costMs[phase] += ms
  }
  const wrapped: AnyApp = {
    ...app,
    open: clock(app.open, (ms) => {
      cost.openMs += ms
    }),
    schedule: clock(app.schedule, of('schedule')),
    check: clock(app.check, of('check')),
    pull: clock(app.pull, of('pull')),
    advance: clock(app.advance, of('advance')),
  }
  return Object.assign(cost, { app: wrapped })
}

/** Of this process so far. */
function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export function runGrid(options: GridOptions): GridRun {
  const { spec, dataset, push, volunteers, seed, jobs = 1, untilMs = 3_600_000, watch } = options
  const cost = timed(options.app)
  const leasesOf = new Map<string, number>()
  let granted = 0
  let bytesDown = 0
  let bytesUp = 0
  const count = (effect: EngineEffect): void => {
    if (effect.type !== 'grant') return
    granted++
    bytesDown += bytesOf(effect.arrays)
    leasesOf.set(effect.volunteer, (leasesOf.get(effect.volunteer) ?? 0) + 1)
  }
  let kernelMs = 0
  const timedPush: Push = (...lease) => {
    const startMs = performance.now()
    const delta = push(...lease)
    kernelMs += performance.now() - startMs
    return delta
  }
  const [startMs, startCpuMs] = [performance.now(), processorMs()]
  const result = simulate({
    seed,
    jobs: Array.from({ length: jobs }, (_, k) => ({
      ...{ id: `job${k}`, app: cost.app, spec, dataset, seed: seed + k, submittedMs: 0 },
      push: timedPush,
      ...(options.workDone && { workDone: options.workDone }),
    })),
    volunteers,
    ...(options.crashesMs && { crashesMs: options.crashesMs }),
    untilMs,
    watch: (moment) => {
      moment.effects.forEach(count)
      if (moment.event.type === 'settled') bytesUp += bytesOf(moment.event.arrays)
      watch?.(moment)
    },
  })
  // Asking for processor time costs as much as many a kernel: they take of it what they take of the clock.
  const otherShare = (kernelMs + cost.openMs) / (performance.now() - startMs)
  const serverMs = (processorMs() - startCpuMs) * (1 - otherShare)
  const done = Object.values(result.jobs)
  const sum = (of: (job: (typeof done)[number]) => number): number =>
    done.reduce((total, job) => total + of(job), 0)
  const statuses = done.map(({ conclusion }) => conclusion?.status ?? 'unfinished')
  const computeMs = sum((job) => job.computeMs)
  const workers = volunteers.reduce((sum, { workers: own }) => sum + own, 0)
  return {
    result,
    status: statuses.find((status) => status !== 'finished') ?? 'finished',
    summary: done[0]!.conclusion?.summary ?? {},
    endMs: result.endMs,
    granted,
    accepted: result.answers.accepted ?? 0,
    leasesMost: Math.max(0, ...leasesOf.values()),
    updates: sum(({ log }) => log.reduce((total, { updates }) => total + updates, 0)),
    computeMs,
    utilisation: computeMs / Math.max(1e-9, workers * result.endMs),
    bytesDown,
    bytesUp,
    openMs: cost.openMs,
    costMs: cost.costMs,
    serverMs,
  }
}

/** Volunteers that are all alike, there from the start, without vices. */
export function alike(
  count: number,
  { workPerMs, rttMs, workers = 1 }: { workPerMs: number; rttMs: number; workers?: number },
): SimVolunteer[] {
  return Array.from({ length: count }, (_, k) => ({
    ...{ name: `v${k}`, workers, workPerMs, rttMs },
    ...{ joinMs: 0, leaveMs: null, backMs: null, vices: {} },
  }))
}

/** What a lasso's push has really read: it may end before its last sweep. */
export const lassoWorkDone: NonNullable<GridOptions['workDone']> = (lease, delta, work) => {
  const [, , sweepsMax, , scan] = lease.scalars as Float64Array
  return scan === 1 ? work : work * (delta.stats![0]! / sweepsMax!)
}
