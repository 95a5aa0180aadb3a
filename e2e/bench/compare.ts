/** One case: all programs in turns, so that a busy machine slows each of them alike. */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { openFile } from '../evaluate/realSets.ts'
import { projectDir } from '../lassoSets.ts'
import { type Case, isLinear, type LinearCase, labelOf, provide } from './cases.ts'
import { openExact } from './exact.ts'
import { writeExchange } from './exchange.ts'
import type { Options } from './options.ts'
import { type OurRun, runOurs } from './ours.ts'
import {
  calibrate,
  type Failure,
  type Peer,
  type PeerRun,
  type PeerTask,
  runPeer,
} from './peers.ts'

export interface PeerResult {
  readonly name: string
  readonly runs: readonly PeerRun[]
  /** Why there are no runs. */
  readonly failed: string | null
}

export interface Comparison {
  readonly case: Case
  /** By number of workers. */
  readonly ours: ReadonlyMap<number, readonly OurRun[]>
  readonly peers: readonly PeerResult[]
  /** Processes that wanted a core, a minute's mean, before and after. */
  readonly load: readonly [number, number]
}

export async function compare(
  asked: Case,
  peers: readonly Peer[],
  options: Options,
): Promise<Comparison> {
  const before = loadavg()[0]!
  const say = (what: string): void => console.error(`${labelOf(asked)}: ${what}`)
  say('data')
  await provide(asked)
  const timed = isLinear(asked) ? await prepare(asked, peers, options, say) : []
  const ours = new Map<number, OurRun[]>(options.workers.map((workers) => [workers, []]))
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const [workers, runs] of ours) {
      say(`Shoal, ${workers} workers, run ${repeat} of ${options.repeats}`)
      runs.push(await runOurs(asked, workers))
    }
    for (const { peer, task, tolerance, runs } of timed) {
      // The run that found the tolerance is the first.
      if (runs.length >= repeat || tolerance === null) continue
      say(`${peer.name}, run ${repeat} of ${options.repeats}`)
      const run = await runPeer(peer, task, tolerance)
      if (!('failed' in run)) runs.push(run)
    }
  }
  const results = timed.map(({ peer, runs, failed }) => ({ name: peer.name, runs, failed }))
  return { case: asked, ours, peers: results, load: [before, loadavg()[0]!] }
}

interface Timed {
  readonly peer: Peer
  readonly task: PeerTask
  readonly tolerance: number | null
  readonly runs: PeerRun[]
  readonly failed: string | null
}

/** Data for the peers, and for each the tolerance that gives the gap. */
async function prepare(
  asked: LinearCase,
  peers: readonly Peer[],
  options: Options,
  say: (what: string) => void,
): Promise<Timed[]> {
  const able = peers.filter(({ apps }) => apps.includes(asked.app))
  if (able.length === 0) return []
  const { data, target, app, set } = asked
  const dataset = await openFile({ path: data, ...(target !== null && { targetPath: target }) })
  const folder = join(projectDir, 'dist/bench/exchange', app === 'logistic' ? `${set}-labels` : set)
  const exchange = await writeExchange(dataset, folder)
  const exact = openExact(dataset, asked)
  const task = { case: asked, exact, exchange, timeoutSeconds: options.timeoutSeconds }
  const timed: Timed[] = []
  for (const peer of able) {
    say(`${peer.name}, which tolerance`)
    const found: Awaited<ReturnType<typeof calibrate>> | Failure = await calibrate(peer, task)
    if ('failed' in found) timed.push({ peer, task, tolerance: null, runs: [], ...found })
    else {
      const { tolerance, run } = found
      timed.push({ peer, task, tolerance, runs: [run], failed: null })
    }
  }
  return timed
}
