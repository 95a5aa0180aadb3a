/** The host as the simulator plays it: it does with effects what server/io does, and can crash. */
import { type Arrays, bytesOf } from '../../shared/wire.ts'
import { type Engine, openEngine, step } from './engine.ts'
import type { EngineEffect, EngineEvent, Timeless } from './events.ts'
import { type Fleet, type FleetEvent, openFleet, quarantinedUntilMs, stepFleet } from './fleet.ts'
import { epochOf } from './lease.ts'
import type { Scene, ServerSide, SimJob } from './simWorld.ts'

const TICK_MS = 100
/** From the fleet's thread to an engine's and back. */
const THREAD_MS = 0.05

export class SimServer implements ServerSide {
  readonly #world: Scene
  readonly #engines = new Map<string, Engine>()
  readonly #jobOfEpoch = new Map<number, string>()
  #fleet: Fleet = openFleet()
  /** Which life of the server this is; whatever was planned in an earlier one does not happen. */
  #life = 0
  #isUp = false
  #epoch = 0
  #durableAtMs = 0
  readonly #durableCount = new Map<string, number>()

  constructor(world: Scene) {
    this.#world = world
  }

  get isUp(): boolean {
    return this.#isUp
  }

  boot(): void {
    this.#isUp = true
    this.#fleet = openFleet()
    for (const job of this.#world.options.jobs)
      this.#later(job.submittedMs - this.#nowMs, () => this.#open(job))
    this.#tick()
  }

  /** Memory is gone; of what the disk has not confirmed, some is there and some is not. */
  crash(): void {
    this.#life++
    this.#isUp = false
    this.#engines.clear()
    for (const { id } of this.#world.options.jobs) {
      const { log } = this.#world.result.jobs[id]!
      const durable = this.#durableCount.get(id) ?? 0
      log.length = durable + this.#world.random.below(log.length - durable + 1)
      this.#durableCount.set(id, log.length)
    }
  }

  hello(volunteer: string, workers: number, cached: readonly string[], rttMs: number): void {
    if (this.#isUp) this.#tell({ type: 'joined', volunteer, workers, cached, rttMs })
  }

  /** The connection has closed. */
  lost(volunteer: string): void {
    if (!this.#isUp) return
    this.#tell({ type: 'left', volunteer })
    this.#askAll({ type: 'left', volunteer })
  }

  settled(volunteer: string, lease: number, computeMs: number, arrays: Arrays): void {
    if (!this.#isUp) return
    const job = this.#jobOf(lease)
    if (quarantinedUntilMs(this.#fleet, volunteer, this.#nowMs) !== null)
      this.#answer('quarantined')
    else if (job === undefined) this.#answer('unknown-lease')
    else this.#ask(job, { type: 'settled', volunteer, lease, computeMs, arrays })
  }

  failed(volunteer: string, lease: number): void {
    const job = this.#jobOf(lease)
    if (this.#isUp && job !== undefined)
      this.#ask(job, { type: 'failed', volunteer, lease, reason: 'kernel-error' })
  }

  #open(job: SimJob): void {
    const { log, snapshots } = this.#world.result.jobs[job.id]!
    const { app, spec, dataset, seed } = job
    const epoch = ++this.#epoch
    const snapshot = snapshots.at(-1)
    const { snapshotEveryBytes } = this.#world.options
    this.#jobOfEpoch.set(epoch, job.id)
    this.#engines.set(
      job.id,
      openEngine({
        ...{ app, spec, dataset, seed, epoch, snapshot, snapshotEveryBytes },
        log: log.slice(snapshot?.seq ?? 0),
      }),
    )
    const shards = dataset.manifest.shards.map((shard) => shard.hash)
    this.#tell({ type: 'started', job: job.id, shards, leasesAhead: app.leasesAhead === true })
  }

  #tick(): void {
    this.#tell({ type: 'tick' })
    this.#askAll({ type: 'tick' })
    this.#later(TICK_MS, () => this.#tick())
  }

  #tell(event: Timeless<FleetEvent>): void {
    const timed = { ...event, nowMs: this.#nowMs } as FleetEvent
    const effects = stepFleet(this.#fleet, timed)
    this.#world.options.watchFleet?.(timed, effects)
    for (const effect of effects) {
      switch (effect.type) {
        case 'offer': {
          const { job, ...offer } = effect
          const memory = this.#world.tabs.get(offer.volunteer)?.memoryOf(job)
          const named = memory === undefined ? {} : { memory }
          this.#ask(job, { ...offer, ...named, type: 'offered' })
          break
        }
        case 'quarantine':
          this.#askAll({ type: 'left', volunteer: effect.volunteer })
          break
        case 'notice':
          break
      }
    }
  }

  #ask(job: string, event: Timeless<EngineEvent>): void {
    this.#later(THREAD_MS, () => {
      const engine = this.#engines.get(job)
      if (!engine) return
      const timed = { ...event, nowMs: this.#nowMs } as EngineEvent
      const effects = step(engine, timed)
      const { result, options } = this.#world
      result.steps++
      for (const effect of effects) this.#perform(job, effect)
      options.watch?.({ job, engine, event: timed, effects, log: result.jobs[job]!.log })
    })
  }

  #askAll(event: Timeless<EngineEvent>): void {
    for (const job of this.#engines.keys()) this.#ask(job, event)
  }

  #perform(job: string, effect: EngineEffect): void {
    const { result } = this.#world
    const tellLater = (event: Timeless<FleetEvent>): void =>
      this.#later(THREAD_MS, () => this.#tell(event))
    switch (effect.type) {
      case 'grant': {
        const { volunteer, lease, shards, deadlineMs, work } = effect
        tellLater({ type: 'granted', job, volunteer, lease, shards })
        const arrays = copy(effect.arrays)
        const message = { job, lease, shards, deadlineMs, work, arrays }
        const to = this.#world.tabs.get(volunteer)
        // A socket keeps the order of leases, which memories rely on; here messages overtake each other.
        const recalled = to?.recall(message)
        to?.deliver((tab) => tab.leased(recalled ?? null, message), bytesOf(arrays))
        break
      }
      case 'decline':
        tellLater({ type: 'declined', job, volunteer: effect.volunteer })
        break
      case 'ended':
        if (effect.outcome === 'accepted') result.jobs[job]!.computeMs += effect.computeMs ?? 0
        tellLater({ ...effect, job })
        break
      case 'refuse':
        tellLater({ type: 'refused', volunteer: effect.volunteer, reason: effect.reason })
        this.#answer(effect.reason)
        break
      case 'append':
        this.#append(job, effect)
        break
      case 'snapshot': {
        const { snapshot } = effect
        const kept = { ...snapshot, arrays: copy(snapshot.arrays) }
        // Behind the records that it stands for, as a store writes them.
        this.#whenDurable(() => result.jobs[job]!.snapshots.push(kept))
        break
      }
      case 'accept':
        this.#whenDurable(() => this.#accepted(job, effect.volunteer, effect.lease))
        break
      case 'revoke':
        this.#world.tabs.get(effect.volunteer)?.deliver((tab) => tab.revoked(effect.lease))
        break
      case 'conclude':
        this.#whenDurable(() => {
          result.jobs[job]!.conclusion = effect
          this.#tell({ type: 'stopped', job })
        })
        break
      case 'report':
        break
    }
  }

  #append(job: string, { record }: Extract<EngineEffect, { type: 'append' }>): void {
    this.#world.result.jobs[job]!.log.push({ ...record, arrays: copy(record.arrays) })
    const diskMs = (this.#world.options.diskMs ?? 2) * (0.5 + this.#world.random.next())
    this.#durableAtMs = Math.max(this.#durableAtMs, this.#nowMs + diskMs)
    this.#whenDurable(() => this.#durableCount.set(job, record.seq + 1))
  }

  #whenDurable(action: () => void): void {
    this.#later(this.#durableAtMs - this.#nowMs, action)
  }

  #accepted(job: string, volunteer: string, lease: number): void {
    this.#answer('accepted')
    const acknowledged = this.#world.result.acknowledged[job]!
    this.#world.tabs.get(volunteer)?.deliver(() => acknowledged.push(lease))
  }

  #answer(answer: string): void {
    const { answers } = this.#world.result
    answers[answer] = (answers[answer] ?? 0) + 1
  }

  #jobOf(lease: number): string | undefined {
    return this.#jobOfEpoch.get(epochOf(lease))
  }

  #later(delayMs: number, action: () => void): void {
    const life = this.#life
    this.#world.agenda.after(Math.max(0, delayMs), () => {
      if (life === this.#life && this.#isUp) action()
    })
  }

  get #nowMs(): number {
    return this.#world.agenda.nowMs
  }
}

function copy(arrays: Arrays): Arrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()]))
}
