/**
 * The simulator: the real engine, the real fleet and a real app under a virtual clock, with a host,
 * a network, a disk and volunteers that are played. One seed makes one run, bit for bit.
 *
 *   SimServer (simServer.ts)   performs effects as server/io does: an accept waits for the disk, a
 *                              crash loses what the disk does not have, a boot replays the log
 *   SimTab (simTab.ts)         joins, computes with the app's own push, stalls, lies, repeats itself,
 *                              leaves, comes back, and says hello again after a crash
 *   simWorld.ts                what is to be run, and all that the two know of each other
 *
 * Every message takes its own random time, so that messages overtake each other.
 */
import { seededRandom } from '../../shared/random.ts'
import { Agenda } from './agenda.ts'
import { SimServer } from './simServer.ts'
import { SimTab } from './simTab.ts'
import type { SimOptions, SimResult } from './simWorld.ts'

export type { SimJob, SimMoment, SimOptions, SimResult, SimVolunteer } from './simWorld.ts'

const RESTART_MS = 500

export function simulate(options: SimOptions): SimResult {
  const agenda = new Agenda()
  const random = seededRandom(options.seed)
  const result: SimResult = { endMs: 0, jobs: {}, acknowledged: {}, answers: {}, steps: 0 }
  for (const { id } of options.jobs) {
    result.jobs[id] = { conclusion: null, log: [], snapshots: [], computeMs: 0 }
    result.acknowledged[id] = []
  }
  const tabs = new Map<string, SimTab>()
  const scene = { options, agenda, random, result, tabs }
  const server = new SimServer(scene)
  server.boot()
  for (const plan of options.volunteers) {
    const tab = new SimTab({ ...scene, server }, plan)
    tabs.set(plan.name, tab)
    agenda.at(plan.joinMs, () => tab.join())
    if (plan.leaveMs !== null) agenda.at(plan.leaveMs, () => tab.leave())
    if (plan.backMs !== null) agenda.at(plan.backMs, () => tab.join())
  }
  for (const crashMs of options.crashesMs ?? [])
    agenda.at(crashMs, () => {
      if (!server.isUp) return
      server.crash()
      agenda.after(RESTART_MS, () => {
        server.boot()
        for (const tab of tabs.values()) tab.reconnect()
      })
    })
  const isOver = (): boolean => Object.values(result.jobs).every((job) => job.conclusion !== null)
  while (!isOver() && agenda.nowMs <= options.untilMs && agenda.next());
  result.endMs = agenda.nowMs
  return result
}
