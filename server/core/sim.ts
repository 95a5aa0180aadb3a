/**
 * The simulator: the real engine, the real fleet and a real app under a virtual clock, with a host,
 * a network, a disk and volunteers that are played. One seed makes one run, bit for bit.
 *
 *   SimServer (simServer.ts)   performs effects as server/io does: an accept waits for the disk, a
 *                              crash loses what the disk does not have, a boot replays the log
 *   SimTab (simTab.ts)         joins, computes with the app's own push, stalls, lies, repeats itself,
 *                              leaves, comes back, and says hello again after a crash
 *
 * Every message takes its own random time, so that messages overtake each other.
 */
import type { AnyApp, Dataset, Push } from '../../shared/app.ts'
import type { Memory } from '../../shared/apps/kernel.ts'
import { type Random, seededRandom } from '../../shared/random.ts'
import type { Arrays } from '../../shared/wire.ts'
import { Agenda } from './agenda.ts'
import type { Engine } from './engine.ts'
import type { EngineEffect, EngineEvent, LogRecord } from './events.ts'
import type { FleetEffect, FleetEvent } from './fleet.ts'
import { SimServer } from './simServer.ts'
import { SimTab, type SimVolunteer } from './simTab.ts'

export type { SimVolunteer } from './simTab.ts'

export interface SimJob {
  id: string
  app: AnyApp
  /** Parsed by the app. */
  spec: unknown
  dataset: Dataset
  push: Push
  /** What tabs remember of the job; by default nothing. */
  openMemory?: () => Memory
  /** Work that a push really did, where it may end before the lease's; by default all of it. */
  workDone?: (lease: Arrays, delta: Arrays, work: number) => number
  seed: number
  submittedMs: number
}

export interface SimOptions {
  seed: number
  jobs: readonly SimJob[]
  volunteers: readonly SimVolunteer[]
  /** When the server dies, if it is up; it is back 500 ms later. */
  crashesMs?: readonly number[]
  /** Time until an append is durable. */
  diskMs?: number
  /** Give up then. */
  untilMs: number
  /** Looks at every step of an engine, right after it. */
  watch?: (moment: SimMoment) => void
  watchFleet?: (event: FleetEvent, effects: FleetEffect[]) => void
}

export interface SimMoment {
  job: string
  engine: Engine
  event: EngineEvent
  effects: EngineEffect[]
  log: readonly LogRecord[]
}

export interface SimResult {
  endMs: number
  /** By job: its status, what it concluded with, its durable log. */
  jobs: Record<string, SimJobResult>
  /** Leases whose acceptance reached the tab, by job. */
  acknowledged: Record<string, number[]>
  /** Answers sent to tabs, by reason, 'accepted' included. */
  answers: Record<string, number>
  steps: number
}

export interface SimJobResult {
  conclusion: Extract<EngineEffect, { type: 'conclude' }> | null
  log: LogRecord[]
  /** Kernel time of accepted leases. */
  computeMs: number
}

export interface World {
  readonly options: SimOptions
  readonly agenda: Agenda
  readonly random: Random
  readonly result: SimResult
  readonly tabs: Map<string, SimTab>
  server: SimServer
}

const RESTART_MS = 500

export function simulate(options: SimOptions): SimResult {
  const agenda = new Agenda()
  const random = seededRandom(options.seed)
  const result: SimResult = { endMs: 0, jobs: {}, acknowledged: {}, answers: {}, steps: 0 }
  for (const { id } of options.jobs) {
    result.jobs[id] = { conclusion: null, log: [], computeMs: 0 }
    result.acknowledged[id] = []
  }
  const world = { options, agenda, random, result, tabs: new Map<string, SimTab>() } as World
  world.server = new SimServer(world)
  world.server.boot()
  for (const plan of options.volunteers) {
    const tab = new SimTab(world, plan)
    world.tabs.set(plan.name, tab)
    agenda.at(plan.joinMs, () => tab.join())
    if (plan.leaveMs !== null) agenda.at(plan.leaveMs, () => tab.leave())
    if (plan.backMs !== null) agenda.at(plan.backMs, () => tab.join())
  }
  for (const crashMs of options.crashesMs ?? [])
    agenda.at(crashMs, () => {
      if (!world.server.isUp) return
      world.server.crash()
      agenda.after(RESTART_MS, () => {
        world.server.boot()
        for (const tab of world.tabs.values()) tab.reconnect()
      })
    })
  const isOver = (): boolean => Object.values(result.jobs).every((job) => job.conclusion !== null)
  while (!isOver() && agenda.nowMs <= options.untilMs && agenda.next());
  result.endMs = agenda.nowMs
  return result
}
