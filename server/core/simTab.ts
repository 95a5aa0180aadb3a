/** A volunteer as the simulator plays it: a queue of leases, some workers, and its vices. */
import { type Random, seededRandom } from '../../shared/random.ts'
import type { Arrays } from '../../shared/wire.ts'
import type { World } from './sim.ts'

/** A volunteer's speed, and how likely each of its vices is for a lease. */
export interface SimVolunteer {
  name: string
  workers: number
  /** Entries a worker reads per millisecond. */
  workPerMs: number
  rttMs: number
  joinMs: number
  /** When it goes, and when it comes back; null: never. */
  leaveMs: number | null
  backMs: number | null
  vices: Partial<Record<Vice, number>>
}

export const VICES = [
  'lie', //    sends something wrong, of any kind
  'stall', //  never answers
  'late', //   answers after its deadline
  'twice', //  answers twice
  'fail', //   gives the lease back
] as const
export type Vice = (typeof VICES)[number]

export interface SimLease {
  job: string
  lease: number
  shards: readonly number[]
  deadlineMs: number
  work: number
  arrays: Arrays
}

export class SimTab {
  readonly #world: World
  readonly #plan: SimVolunteer
  readonly #random: Random
  readonly #cached = new Set<string>()
  readonly #queue: SimLease[] = []
  readonly #computing = new Set<number>()
  /** Deltas that were ready while the connection was down; sent on reconnect. */
  readonly #outbox: (() => void)[] = []
  #isHere = false
  #isConnected = false
  /** Counts connections: a message belongs to one and is lost with it. */
  #connection = 0

  constructor(world: World, plan: SimVolunteer) {
    this.#world = world
    this.#plan = plan
    this.#random = seededRandom(world.random.u32())
  }

  join(): void {
    this.#isHere = true
    this.#connection++
    this.#isConnected = this.#world.server.isUp
    if (!this.#isConnected) return
    const { name, workers, rttMs } = this.#plan
    this.#send(() => this.#world.server.hello(name, workers, [...this.#cached], rttMs))
    for (const action of this.#outbox.splice(0)) this.#send(action)
  }

  leave(): void {
    this.#isHere = false
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#connection++
    this.#queue.length = 0
    this.#world.agenda.after(this.#oneWayMs(), () => {
      if (!this.#isConnected) this.#world.server.lost(this.#plan.name)
    })
  }

  /** The server was away and is back: whoever is here says hello again. */
  reconnect(): void {
    if (this.#isHere) this.join()
  }

  /** A message of the server to this tab; lost with the connection. */
  deliver(action: (tab: SimTab) => void): void {
    const connection = this.#connection
    this.#world.agenda.after(this.#oneWayMs(), () => {
      if (connection === this.#connection) action(this)
    })
  }

  leased(lease: SimLease): void {
    this.#queue.push(lease)
    this.#compute()
  }

  revoked(lease: number): void {
    const at = this.#queue.findIndex((queued) => queued.lease === lease)
    if (at >= 0) this.#queue.splice(at, 1)
    if (this.#computing.delete(lease)) this.#compute()
  }

  #compute(): void {
    while (this.#computing.size < this.#plan.workers && this.#queue.length > 0) {
      const lease = this.#queue.shift()!
      this.#computing.add(lease.lease)
      const vice = VICES.find((v) => this.#random.next() < (this.#plan.vices[v] ?? 0)) ?? null
      const { delta, work } = this.#push(lease)
      const computeMs = (work / this.#plan.workPerMs) * (0.8 + 0.4 * this.#random.next())
      const lateMs = vice === 'late' ? 1.5 * lease.deadlineMs : 0
      this.#world.agenda.after(computeMs + lateMs, () =>
        this.#finish(lease, delta, computeMs, vice),
      )
    }
  }

  #finish(lease: SimLease, delta: Arrays, computeMs: number, vice: Vice | null): void {
    const { server } = this.#world
    const { name } = this.#plan
    if (vice === 'stall') return // until it is revoked
    const wasRevoked = !this.#computing.delete(lease.lease)
    this.#compute()
    if (wasRevoked && vice !== 'late') return
    if (vice === 'fail') {
      this.#sendOrKeep(() => server.failed(name, lease.lease))
      return
    }
    const number = vice === 'lie' ? this.#lie(delta, lease.lease) : lease.lease
    const send = (): void => server.settled(name, number, computeMs, delta)
    this.#sendOrKeep(send)
    if (vice === 'twice') this.#sendOrKeep(send)
  }

  #push({ job, arrays, shards, work }: SimLease): { delta: Arrays; work: number } {
    const { dataset, push, workDone } = this.#world.options.jobs.find(({ id }) => id === job)!
    for (const k of shards) this.#cached.add(dataset.manifest.shards[k]!.hash)
    const delta = push(
      arrays,
      shards.map((k) => dataset.shard(k)),
    )
    return { delta, work: workDone ? workDone(arrays, delta, work) : work }
  }

  /** Spoil a delta in one of the ways there are. Returns the lease to claim it for. */
  #lie(delta: Arrays, lease: number): number {
    const names = Object.keys(delta)
    const name = names[this.#random.below(names.length)]!
    const array = delta[name]!
    const at = this.#random.below(Math.max(1, array.length))
    switch (this.#random.below(6)) {
      case 0:
        array[at] = Number.NaN
        break
      case 1:
        array[at] = (array[at] ?? 0) + 1
        break
      case 2:
        delta[name] = new Float64Array(array.length + 1)
        break
      case 3:
        delete delta[name]
        break
      case 4:
        delta.surprise = Uint8Array.of(1)
        break
      case 5:
        return lease + 1
    }
    return lease
  }

  #sendOrKeep(action: () => void): void {
    if (this.#isConnected) this.#send(action)
    else this.#outbox.push(action)
  }

  #send(action: () => void): void {
    const connection = this.#connection
    this.#world.agenda.after(this.#oneWayMs(), () => {
      if (connection === this.#connection) action()
    })
  }

  #oneWayMs(): number {
    return this.#plan.rttMs * (0.25 + 0.5 * this.#random.next())
  }
}
