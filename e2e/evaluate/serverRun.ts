/**
 * The server's own work, by the real clock: fleet, engine and app between two messages, without a
 * network or a simulated one. Leases are answered at once, the oldest first, by the reference kernel;
 * its time is not counted.
 *
 * Everything is a median over leases, so that a machine that does other things too says little less.
 */
import { type Engine, openEngine, step } from '../../server/core/engine.ts'
import type { EngineEffect, EngineEvent, Timeless } from '../../server/core/events.ts'
import { openFleet, stepFleet } from '../../server/core/fleet.ts'
import type { FleetEvent } from '../../server/core/fleetEvents.ts'
import type { Dataset } from '../../shared/app.ts'
import { lasso } from '../../shared/apps/lasso/app.ts'
import { SCALARS } from '../../shared/linear/buffers.ts'
import { push } from '../../shared/linear/push.ts'

type Grant = Extract<EngineEffect, { type: 'grant' }>

export interface ServerCost {
  /** Median variables of a lease. */
  readonly variables: number
  /** Median microseconds of a lease: app.schedule; check, pull and advance; the engine apart; the fleet. */
  readonly scheduleUs: number
  readonly pullUs: number
  readonly engineUs: number
  readonly fleetUs: number
}

export interface ServerRunOptions {
  readonly dataset: Dataset
  /** Of a lasso's schedule. */
  readonly schedule: Record<string, unknown>
  readonly volunteers: number
  /** Variables a lease should have. */
  readonly variables: number
  /** Leases measured, after half as many that are not. */
  readonly leases: number
  readonly seed: number
}

/** A millisecond of a volunteer nobody has measured (deadline.ts), and no network: what sizes leases. */
const LEASE_MS = 1
const WORK_PER_MS = 100_000
const RTT_MS = 0.01
const PHASES = ['schedule', 'check', 'pull', 'advance'] as const

/** Microseconds since the last `take`, by who spent them. */
class Stopwatch {
  spent: Record<string, number> = {}

  time<R>(name: string, call: () => R): R {
    const startMs = performance.now()
    const result = call()
    this.spent[name] = (this.spent[name] ?? 0) + 1000 * (performance.now() - startMs)
    return result
  }

  take(): Record<string, number> {
    const { spent } = this
    this.spent = {}
    return spent
  }
}

function timedLasso(watch: Stopwatch): typeof lasso {
  const app = { ...lasso } as Record<string, unknown>
  for (const phase of PHASES) {
    const call = lasso[phase] as (...args: unknown[]) => unknown
    app[phase] = (...args: unknown[]) => watch.time(phase, () => call(...args))
  }
  return app as unknown as typeof lasso
}

/** A server with all its volunteers there, and the leases they hold. */
class Server {
  readonly watch = new Stopwatch()
  readonly inFlight: Grant[] = []
  readonly #fleet = openFleet()
  readonly #engine: Engine
  /** Messages not read yet: read one after the other, as between threads, not one inside the other. */
  readonly #messages: (() => void)[] = []
  #nowMs = 0

  constructor({ dataset, schedule, volunteers, variables, seed }: ServerRunOptions) {
    const { nonZeros, columns } = dataset.manifest
    const sweeps = Math.round((LEASE_MS * WORK_PER_MS * columns) / (variables * nonZeros))
    const spec = lasso.spec.parse({
      ...{ lambdaRatio: 0.1, standardize: false, intercept: false },
      schedule: { ...schedule, leaseMs: LEASE_MS, sweeps },
    })
    const app = timedLasso(this.watch)
    this.#engine = openEngine({ app, spec, dataset, seed, epoch: 1, log: [] })
    const shards = dataset.manifest.shards.map(({ hash }) => hash)
    for (let k = 0; k < volunteers; k++)
      this.#tell({ type: 'joined', volunteer: `v${k}`, workers: 1, cached: [], rttMs: RTT_MS })
    this.#tell({ type: 'started', job: 'job', shards })
    this.#read()
  }

  get isRunning(): boolean {
    return this.#engine.status === 'running'
  }

  tick(): void {
    this.#nowMs += 100
    this.#tell({ type: 'tick' })
    this.#read()
  }

  settle(grant: Grant, arrays: Extract<EngineEvent, { type: 'settled' }>['arrays'], ms: number) {
    const { volunteer, lease } = grant
    this.#nowMs += ms
    this.#ask({ type: 'settled', volunteer, lease, computeMs: ms, arrays })
    this.#read()
  }

  #read(): void {
    for (let k = 0; k < this.#messages.length; k++) this.#messages[k]!()
    this.#messages.length = 0
  }

  #tell(event: Timeless<FleetEvent>): void {
    this.#messages.push(() => this.#told({ ...event, nowMs: this.#nowMs } as FleetEvent))
  }

  #ask(event: Timeless<EngineEvent>): void {
    this.#messages.push(() => this.#asked({ ...event, nowMs: this.#nowMs } as EngineEvent))
  }

  #told(event: FleetEvent): void {
    const effects = this.watch.time('fleet', () => stepFleet(this.#fleet, event))
    for (const effect of effects) {
      if (effect.type !== 'offer') continue
      const { job: _, ...offer } = effect
      this.#ask({ ...offer, type: 'offered' })
    }
  }

  #asked(event: EngineEvent): void {
    const effects = this.watch.time('engine', () => step(this.#engine, event))
    for (const effect of effects) {
      if (effect.type === 'grant') {
        const { volunteer, lease, shards } = effect
        this.inFlight.push(effect)
        this.#tell({ type: 'granted', job: 'job', volunteer, lease, shards })
      } else if (effect.type === 'decline')
        this.#tell({ type: 'declined', job: 'job', volunteer: effect.volunteer })
      else if (effect.type === 'ended') this.#tell({ ...effect, job: 'job' })
    }
  }
}

/** Sweeps only: a scan has no variables of its own. */
export function serverRun(options: ServerRunOptions): ServerCost {
  const { dataset, leases } = options
  const server = new Server(options)
  const samples: Record<string, number>[] = []
  let sweeps = 0
  while (server.isRunning && sweeps < 1.5 * leases) {
    const grant = server.inFlight.shift()
    if (!grant) {
      server.tick()
      continue
    }
    const arrays = push(
      grant.arrays,
      grant.shards.map((k) => dataset.shard(k)),
    )
    // As if it had swept as often as it might: leases keep their size, whatever is solved by now.
    arrays.stats![0] = grant.arrays.scalars![SCALARS.sweepsMax]!
    server.watch.take()
    // Settling one offers its slot again: a lease costs what lies between two answers.
    server.settle(grant, arrays, grant.work / WORK_PER_MS)
    const variables = grant.arrays.beta!.length
    if (variables > 0 && ++sweeps > leases / 2) samples.push({ variables, ...server.watch.take() })
  }
  const of = (name: string): number => median(samples.map((sample) => sample[name] ?? 0))
  const app = (sample: Record<string, number>): number =>
    PHASES.reduce((sum, phase) => sum + (sample[phase] ?? 0), 0)
  return {
    variables: of('variables'),
    scheduleUs: of('schedule'),
    pullUs: median(samples.map((sample) => app(sample) - (sample.schedule ?? 0))),
    engineUs: median(samples.map((sample) => (sample.engine ?? 0) - app(sample))),
    fleetUs: of('fleet'),
  }
}

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1]!
}
