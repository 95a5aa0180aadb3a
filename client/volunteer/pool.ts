/**
 * The compute workers and what each has to do.
 *
 * A lease is given to one worker on arrival and its shards start travelling to that worker at
 * once, while it still computes the lease before: that is why the server keeps two leases per
 * slot. Each worker is served by one loop: wait for shards, compute, rest (the duty cycle), next.
 *
 * A worker that crashes, or answers nothing for five deadlines, is replaced; what it held is gone
 * and its running lease is reported as broken.
 */
import * as comlink from 'comlink'
import type { Failed, LeaseHead } from '../../shared/protocol.ts'
import type { Admissions } from './admissions.ts'
import type { BackendUse, Outcome, WorkerState } from './messages.ts'
import type { ShardSource } from './shards.ts'
import {
  appOf,
  hashOf,
  holdIn,
  keyOf,
  less,
  makeRoom,
  missing,
  type Needs,
  neededBy,
  openSlot,
  type Slot,
  type Task,
} from './slot.ts'
import type { Spawner } from './spawner.ts'
import { restMs } from './throttle.ts'

/** Shards in one worker's memory; a 32-bit WASM memory ends at 4 GiB, a phone far below. */
export const HOLD_BYTES_MAX = 256 * 2 ** 20
/** Silence this many deadlines long means a hung kernel … */
const HUNG_DEADLINES = 5
/** … but not before this, because the first run compiles. */
const HUNG_MS_MIN = 15_000
/** Crashes in a row, without one good lease between, after which a worker is not replaced. */
const CRASHES_MAX = 3
const SHARE_WINDOW_MS = 10_000

export interface PoolOptions {
  spawner: Spawner
  /** Without them workers compute with SIMD. */
  admissions?: Admissions
  lend: ShardSource['lend']
  duty: () => number
  /** A worker is there that was not. */
  onAwake: () => void
  onStarted: (lease: number) => void
  onComputed: (lease: number, frame: ArrayBuffer, backend: BackendUse) => void
  onBroke: (lease: number, reason: Failed['reason'], detail: string) => void
  onChange: () => void
  holdBytesMax?: number
}

export class Pool {
  readonly #options: PoolOptions
  #slots: Slot[] = []
  #crashes = 0
  #busy: { fromMs: number; toMs: number }[] = []
  #problem: string | null = null

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Why no worker is left, when crashes are the reason. */
  get problem(): string | null {
    return this.#problem
  }

  /** Is there anybody to compute a lease? Slots are offered from then on: scripts come slowly beside shards. */
  get isAwake(): boolean {
    return this.#problem === null && this.#slots.some(({ isAwake, leaving }) => isAwake && !leaving)
  }

  /** Past crashes do not count any more. */
  forgive(): void {
    this.#crashes = 0
    this.#problem = null
  }

  get states(): WorkerState[] {
    return this.#slots.filter((slot) => !slot.leaving).map((slot) => slot.state)
  }

  /** Shards in the memory of any worker. */
  held(): string[] {
    const hashes = this.#slots.flatMap((slot) => slot.memory.keys().map(hashOf))
    return [...new Set(hashes)]
  }

  resize(count: number): void {
    const staying = this.#slots.filter((slot) => !slot.leaving)
    for (const slot of staying.slice(count)) {
      slot.leaving = true
      const moving = slot.tasks.filter((task) => task.startedMs === null)
      slot.tasks = slot.tasks.filter((task) => task.startedMs !== null)
      if (slot.tasks.length === 0) this.#end(slot)
      for (const task of moving) this.assign(task.head, task.frame)
    }
    for (let k = staying.length; k < count; k++) this.#slots.push(this.#spawn())
    this.#options.onChange()
  }

  /** To the worker with the least to do; among equals, to the one that holds most of it already. */
  assign(head: LeaseHead, frame: ArrayBuffer): void {
    const open = this.#slots.filter((slot) => !slot.leaving)
    if (open.length === 0) {
      this.#options.onBroke(head.lease, 'stopped', this.#problem ?? 'no worker is left')
      return
    }
    const cost = (slot: Slot): [number, number] => [slot.tasks.length, missing(slot, head)]
    const slot = open.reduce((best, each) => (less(cost(each), cost(best)) ? each : best))
    const arrivedMs = performance.now()
    const task: Task = { head, frame, ready: Promise.resolve(null), arrivedMs, startedMs: null }
    slot.tasks.push(task)
    task.ready = this.#provide(slot, head)
    if (!slot.looping) void this.#serve(slot)
  }

  /** Leases will need these shards: every worker gets them now. What fails is tried again with a lease. */
  ahead(needs: Needs): void {
    for (const slot of this.#slots) if (!slot.leaving) void this.#provide(slot, needs)
  }

  /** Forget a lease that has not started. */
  cancel(lease: number): void {
    for (const slot of this.#slots)
      slot.tasks = slot.tasks.filter((task) => task.head.lease !== lease || task.startedMs !== null)
  }

  /** Stop what is running: the kernel cannot be interrupted, its worker can. */
  terminateRunning(detail: string): void {
    for (const slot of [...this.#slots])
      if (slot.tasks[0] && slot.tasks[0].startedMs !== null) this.#replace(slot, 'stopped', detail)
  }

  /** Call about once a second. */
  check(nowMs: number): void {
    for (const slot of [...this.#slots]) {
      const task = slot.tasks[0]
      if (!task || task.startedMs === null) continue
      const waitMs = Math.max(HUNG_MS_MIN, HUNG_DEADLINES * task.head.deadlineMs)
      if (nowMs - task.startedMs > waitMs)
        this.#replace(slot, 'kernel-error', `no answer for ${Math.round(waitMs / 1000)} s`)
    }
  }

  /** Share of `cores` cores used over the last seconds, 0 … 1. */
  cpuShare(nowMs: number, cores: number): number {
    const fromMs = nowMs - SHARE_WINDOW_MS
    this.#busy = this.#busy.filter(({ toMs }) => toMs > fromMs)
    let busyMs = 0
    for (const span of this.#busy) busyMs += span.toMs - Math.max(span.fromMs, fromMs)
    for (const { tasks } of this.#slots) {
      const startedMs = tasks[0]?.startedMs
      if (startedMs != null) busyMs += nowMs - Math.max(startedMs, fromMs)
    }
    return Math.min(1, busyMs / (SHARE_WINDOW_MS * cores))
  }

  #spawn(): Slot {
    const spawned = this.#options.spawner.spawn((message) => {
      this.#replace(slot, 'kernel-error', message)
    })
    const slot = openSlot(spawned, this.#options.holdBytesMax ?? HOLD_BYTES_MAX)
    const awake = slot.api.prepare(this.#options.admissions?.choice ?? 'wasm')
    void awake.then(() => {
      slot.isAwake = true
      this.#options.onAwake()
    })
    return slot
  }

  #end(slot: Slot): void {
    slot.spawned.terminate()
    for (const lose of slot.losses) lose()
    this.#options.admissions?.gone(slot.api)
    this.#slots = this.#slots.filter((each) => each !== slot)
  }

  #replace(slot: Slot, reason: Failed['reason'], detail: string): void {
    if (!this.#slots.includes(slot)) return
    this.#end(slot)
    const running = slot.tasks.find((task) => task.startedMs !== null)
    if (running) this.#options.onBroke(running.head.lease, reason, detail)
    if (reason !== 'stopped') this.#crashes++
    if (this.#crashes >= CRASHES_MAX) this.#problem = `Computing fails on this device: ${detail}`
    else if (!slot.leaving) this.#slots.push(this.#spawn())
    for (const task of slot.tasks) if (task !== running) this.assign(task.head, task.frame)
    this.#options.onChange()
  }

  async #provide(slot: Slot, { app, shards }: Needs): Promise<string | null> {
    if (this.#options.admissions) await this.#options.admissions.admit(slot.api, app)
    const failures = await Promise.all(
      shards.map(({ hash, bytes }) => {
        const key = keyOf(app, hash)
        if (slot.memory.touch(key)) return slot.holding.get(key) ?? null
        for (const old of slot.memory.add(key, bytes, neededBy(slot)))
          void slot.api.drop(appOf(old), hashOf(old))
        const held = this.#hold(slot, app, hash)
        slot.holding.set(key, held)
        return held
      }),
    )
    return failures.find((failure) => failure !== null) ?? null
  }

  async #hold(slot: Slot, app: string, hash: string): Promise<string | null> {
    const key = keyOf(app, hash)
    let failure: string | null = null
    try {
      await this.#options.lend(hash, async (bytes) => {
        // Its lease may have been cancelled and its place given away in the meantime.
        if (!slot.memory.has(key)) {
          failure = 'no longer needed'
          return bytes
        }
        let held = await holdIn(slot, app, hash, bytes)
        if (held?.failure?.isFull && makeRoom(slot))
          held = await holdIn(slot, app, hash, held.bytes)
        failure = held ? (held.failure?.detail ?? null) : 'its worker is gone'
        return held?.bytes ?? null
      })
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
    }
    slot.holding.delete(key)
    if (failure !== null) slot.memory.delete(key)
    return failure
  }

  async #serve(slot: Slot): Promise<void> {
    slot.looping = true
    for (let task = slot.tasks[0]; task; task = slot.tasks[0]) {
      this.#enter(slot, 'loading')
      const failure = await task.ready
      if (slot.tasks[0] !== task) continue
      if (failure !== null) {
        slot.tasks.shift()
        this.#options.onBroke(task.head.lease, 'shard-unavailable', failure)
        continue
      }
      const computedMs = await this.#compute(slot, task)
      if (!slot.leaving) await this.#rest(slot, computedMs)
    }
    slot.looping = false
    if (slot.leaving) this.#end(slot)
    this.#enter(slot, 'idle')
  }

  async #compute(slot: Slot, task: Task): Promise<number> {
    this.#enter(slot, 'computing')
    const fromMs = performance.now()
    task.startedMs = fromMs
    const { lease } = task.head
    this.#options.onStarted(lease)
    // A worker that dies never answers; `#replace` has then spoken for its lease.
    const outcome: Outcome = await slot.api.run(
      comlink.transfer(task.frame, [task.frame]),
      fromMs - task.arrivedMs,
    )
    slot.tasks.shift()
    const toMs = performance.now()
    this.#busy.push({ fromMs, toMs })
    if (outcome.ok) {
      this.#crashes = 0
      this.#options.onComputed(lease, outcome.frame, outcome.backend)
    } else {
      if (outcome.isFull) makeRoom(slot)
      this.#options.onBroke(lease, outcome.reason, outcome.detail)
    }
    return toMs - fromMs
  }

  async #rest(slot: Slot, computedMs: number): Promise<void> {
    const ms = restMs(computedMs, this.#options.duty())
    if (ms < 1) return
    this.#enter(slot, 'resting')
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  #enter(slot: Slot, state: WorkerState): void {
    slot.state = state
    this.#options.onChange()
  }
}
