/** One compute worker: what it holds, what it has to do, and what must go when there is no room. */
import * as comlink from 'comlink'
import type { LeaseHead } from '../../shared/protocol.ts'
import { Lru } from './lru.ts'
import type { Compute, Holding, WorkerState } from './messages.ts'
import type { Spawned } from './spawner.ts'

/** Shards, and the app whose backend needs them. */
export type Needs = Pick<LeaseHead, 'app' | 'shards'>

export interface Task {
  head: LeaseHead
  frame: ArrayBuffer
  ready: Promise<string | null>
  arrivedMs: number
  startedMs: number | null
}

export interface Slot {
  spawned: Spawned
  /** Its script runs. */
  isAwake: boolean
  api: comlink.Remote<Compute>
  memory: Lru
  /** Shards on their way into the worker. */
  holding: Map<string, Promise<string | null>>
  /** To be called when the worker is gone: whoever waits for bytes that it has. */
  losses: Set<() => void>
  /** The first one runs, or is next. */
  tasks: Task[]
  looping: boolean
  /** The number of workers was lowered: ends after its running lease. */
  leaving: boolean
  state: WorkerState
}

export const openSlot = (spawned: Spawned, holdBytesMax: number): Slot => ({
  spawned,
  isAwake: false,
  api: comlink.wrap<Compute>(spawned.port),
  memory: new Lru(holdBytesMax),
  holding: new Map(),
  losses: new Set(),
  tasks: [],
  looping: false,
  leaving: false,
  state: 'idle',
})

/**
 * The worker's memory cannot grow, whatever we had hoped: hold half as much from now on. False when
 * all that is held is needed now.
 */
export function makeRoom(slot: Slot): boolean {
  const out = slot.memory.shrink(slot.memory.bytes / 2, neededBy(slot))
  for (const old of out) void slot.api.drop(appOf(old), hashOf(old))
  return out.length > 0
}

/** Moves the bytes into the worker and back; null when it is gone, and they with it. */
export function holdIn(
  slot: Slot,
  app: string,
  hash: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Holding | null> {
  return new Promise((resolve, reject) => {
    const lose = (): void => resolve(null)
    slot.losses.add(lose)
    const holding = slot.api.hold(app, hash, comlink.transfer(bytes, [bytes.buffer]))
    holding.then(resolve, reject).finally(() => slot.losses.delete(lose))
  })
}

/** Is this shard needed for a lease in hand? */
export function neededBy(slot: Slot): (key: string) => boolean {
  const needed = new Set(slot.tasks.flatMap((task) => keysOf(task.head)))
  return (key) => needed.has(key)
}

/** Bytes that would have to travel into this worker first. */
export function missing(slot: Slot, { app, shards }: Needs): number {
  let sum = 0
  for (const { hash, bytes } of shards) if (!slot.memory.has(keyOf(app, hash))) sum += bytes
  return sum
}

export const less = (a: [number, number], b: [number, number]): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1]

export const keyOf = (app: string, hash: string): string => `${app} ${hash}`
export const appOf = (key: string): string => key.slice(0, key.indexOf(' '))
export const hashOf = (key: string): string => key.slice(key.indexOf(' ') + 1)
const keysOf = (head: LeaseHead): string[] => head.shards.map(({ hash }) => keyOf(head.app, hash))
