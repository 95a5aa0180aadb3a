/** A volunteer as the simulator plays it: a queue of leases, some workers, and its vices. */
import { LeaseError, type Memory } from '../../shared/apps/kernel.ts'
import { type Random, seededRandom } from '../../shared/random.ts'
import { type Arrays, bytesOf } from '../../shared/wire.ts'
import {
  type SimJob,
  type SimLease,
  type SimVolunteer,
  type TabSide,
  VICES,
  type Vice,
  type World,
} from './simWorld.ts'

const FREEZE_MS = 30_000
const AWAY_MS = 1_000

export class SimTab implements TabSide {
  readonly #world: World
  readonly #plan: SimVolunteer
  readonly #random: Random
  readonly #cached = new Set<string>()
  readonly #queue: SimLease[] = []
  readonly #computing = new Set<number>()
  /** Leases whose shards are on their way. */
  readonly #fetching = new Set<number>()
  #frozenUntilMs = 0
  /** Deltas that were ready while the connection was down; sent on reconnect. */
  readonly #outbox: (() => void)[] = []
  /** Of this visit, by job; a page that was closed has forgotten all. */
  readonly #memories = new Map<string, Memory>()
  #visit = 0
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
    if (!this.#isHere) {
      this.#memories.clear()
      this.#visit++
    }
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
    this.#disconnect()
  }

  #disconnect(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#connection++
    this.#queue.length = 0
    this.#fetching.clear()
    this.#world.agenda.after(this.#oneWayMs(), () => {
      if (!this.#isConnected) this.#world.server.lost(this.#plan.name)
    })
  }

  /** The server was away and is back: whoever is here says hello again. */
  reconnect(): void {
    if (this.#isHere) this.join()
  }

  /** A message of the server to this tab; lost with the connection. */
  deliver(action: (tab: SimTab) => void, bytes = 0): void {
    const connection = this.#connection
    this.#world.agenda.after(this.#oneWayMs() + this.#lineMs(bytes), () => {
      if (connection === this.#connection) action(this)
    })
  }

  /** Names what this tab remembers; undefined where there is nothing to be remembered. */
  memoryOf(job: string): string | undefined {
    const { openMemory } = this.#jobOf({ job })
    return openMemory && `${this.#plan.name} ${this.#visit}`
  }

  /** The lease as its kernel takes it; null when it counts on what is not here. */
  recall(lease: SimLease): SimLease | null {
    const { openMemory } = this.#jobOf(lease)
    if (!openMemory) return lease
    const memory = this.#memories.get(lease.job) ?? openMemory()
    this.#memories.set(lease.job, memory)
    try {
      const { lease: arrays, keep, sent } = memory.recall(lease.arrays)
      return { ...lease, arrays, keep, ...(sent && { sent }) }
    } catch (error) {
      if (error instanceof LeaseError) return null
      throw error
    }
  }

  leased(recalled: SimLease | null, { lease: number }: SimLease): void {
    if (recalled) this.#receive(recalled)
    else this.#send(() => this.#world.server.failed(this.#plan.name, number))
  }

  #receive(lease: SimLease): void {
    const { shards } = this.#jobOf(lease).dataset.manifest
    const missing = lease.shards.filter((k) => !this.#cached.has(shards[k]!.hash))
    if (missing.length === 0 || this.#plan.bytesPerMs === undefined) {
      this.#queue.push(lease)
      this.#compute()
      return
    }
    this.#fetching.add(lease.lease)
    const bytes = missing.reduce((sum, k) => sum + shards[k]!.bytes, 0)
    this.#world.agenda.after(this.#plan.rttMs + this.#lineMs(bytes), () => {
      for (const k of missing) this.#cached.add(shards[k]!.hash)
      if (!this.#fetching.delete(lease.lease)) return
      this.#queue.push(lease)
      this.#compute()
    })
  }

  revoked(lease: number): void {
    this.#fetching.delete(lease)
    const at = this.#queue.findIndex((queued) => queued.lease === lease)
    if (at >= 0) this.#queue.splice(at, 1)
    if (this.#computing.delete(lease)) this.#compute()
  }

  #compute(): void {
    if (this.#world.agenda.nowMs < this.#frozenUntilMs) return
    while (this.#computing.size < this.#plan.workers && this.#queue.length > 0) {
      const lease = this.#queue.shift()!
      this.#computing.add(lease.lease)
      const vice = VICES.find((v) => this.#random.next() < (this.#plan.vices[v] ?? 0)) ?? null
      const { delta: computed, work } = this.#push(lease)
      lease.keep?.(computed)
      const travels = Object.entries(computed).filter(
        ([name]) => lease.sent?.includes(name) ?? true,
      )
      const delta = Object.fromEntries(travels)
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
    const frozenMs = this.#frozenUntilMs - this.#world.agenda.nowMs
    if (frozenMs > 0) {
      this.#world.agenda.after(frozenMs, () => this.#finish(lease, delta, computeMs, vice))
      return
    }
    if (vice === 'stall') return // until it is revoked
    if (vice === 'freeze') {
      this.#frozenUntilMs = this.#world.agenda.nowMs + FREEZE_MS
      this.#world.agenda.after(FREEZE_MS, () => this.#finish(lease, delta, computeMs, null))
      return
    }
    const wasRevoked = !this.#computing.delete(lease.lease)
    this.#compute()
    if (wasRevoked && vice !== 'late') return
    if (vice === 'fail') {
      this.#sendOrKeep(() => server.failed(name, lease.lease))
      return
    }
    const number = vice === 'lie' ? this.#lie(delta, lease.lease) : lease.lease
    const send = (): void => server.settled(name, number, computeMs, delta)
    if (vice === 'lose') this.#loseConnection()
    this.#sendOrKeep(send, bytesOf(delta))
    if (vice === 'twice') this.#sendOrKeep(send)
  }

  #loseConnection(): void {
    if (!this.#isConnected) return
    this.#disconnect()
    this.#world.agenda.after(AWAY_MS * (1 + this.#random.next()), () => {
      if (this.#isHere && !this.#isConnected) this.join()
    })
  }

  #jobOf({ job }: { job: string }): SimJob {
    return this.#world.options.jobs.find(({ id }) => id === job)!
  }

  #push(lease: SimLease): { delta: Arrays; work: number } {
    const { arrays, shards, work } = lease
    const { dataset, push, workDone } = this.#jobOf(lease)
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

  #sendOrKeep(action: () => void, bytes = 0): void {
    if (this.#isConnected) this.#send(action, bytes)
    else this.#outbox.push(action)
  }

  #send(action: () => void, bytes = 0): void {
    const connection = this.#connection
    this.#world.agenda.after(this.#oneWayMs() + this.#lineMs(bytes), () => {
      if (connection === this.#connection) action()
    })
  }

  #lineMs(bytes: number): number {
    return this.#plan.bytesPerMs === undefined ? 0 : bytes / this.#plan.bytesPerMs
  }

  #oneWayMs(): number {
    return this.#plan.rttMs * (0.25 + 0.5 * this.#random.next())
  }
}
