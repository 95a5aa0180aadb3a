/** One case: all programs in turns, so that a busy machine slows each of them alike. */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { openFile } from '../evaluate/realSets.ts'
import { projectDir } from '../lassoSets.ts'
import {
  type Case,
  isLinear,
  type LinearCase,
  labelOf,
  provide,
  type QualityCase,
} from './cases.ts'
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
  type QualityTask,
  runPeer,
  runQualityPeer,
} from './peers.ts'
import type { Comparison } from './results.ts'

export async function compare(
  asked: Case,
  peers: readonly Peer[],
  options: Options,
): Promise<Comparison> {
  const before = loadavg()[0]!
  const say = (what: string): void => console.error(`${labelOf(asked)}: ${what}`)
  say('data')
  await provide(asked)
  const timed = isLinear(asked)
    ? await prepare(asked, peers, options, say)
    : prepareQuality(asked, peers, options)
  const ours = options.workers.map((workers) => ({ workers, runs: [] as OurRun[] }))
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const { workers, runs } of ours) {
      say(`Shoal, ${workers} workers, run ${repeat} of ${options.repeats}`)
      runs.push(await runOurs(asked, workers))
    }
    for (const each of timed) {
      // The run that found the tolerance is the first.
      if (each.runs.length >= repeat || each.failed !== null) continue
      say(`${each.name}, run ${repeat} of ${options.repeats}`)
      const run = await each.again()
      if ('failed' in run) each.failed = run.failed
      else each.runs.push(run)
    }
  }
  const results = timed.map(({ name, runs, failed }) => ({ name, runs, failed }))
  return { case: asked, ours, peers: results, load: [before, loadavg()[0]!] }
}

interface Timed {
  readonly name: string
  readonly runs: PeerRun[]
  readonly again: () => Promise<PeerRun | Failure>
  failed: string | null
}

const folderOf = ({ app, set }: Case): string =>
  join(projectDir, 'dist/bench/exchange', app === 'lasso' ? set : `${app}-${set}`)

function prepareQuality(asked: QualityCase, peers: readonly Peer[], options: Options): Timed[] {
  const { timeoutSeconds } = options
  const threads = Math.max(...options.workers)
  return peers
    .filter(({ apps }) => apps.includes(asked.app))
    .map((peer) => {
      const folder = join(folderOf(asked), peer.name)
      const task: QualityTask = { case: asked, folder, threads, timeoutSeconds }
      return { name: peer.name, runs: [], again: () => runQualityPeer(peer, task), failed: null }
    })
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
  const { data, target } = asked
  const dataset = await openFile({ path: data, ...(target !== null && { targetPath: target }) })
  // Named by content: another file under the same name is another folder.
  const folder = `${folderOf(asked)}-${dataset.manifest.id.slice(0, 8)}`
  const exchange = await writeExchange(dataset, folder)
  const exact = openExact(dataset, asked)
  const task: PeerTask = { case: asked, exact, exchange, timeoutSeconds: options.timeoutSeconds }
  const timed: Timed[] = []
  for (const peer of able) {
    say(`${peer.name}, which tolerance`)
    const { name } = peer
    const found = await calibrate(peer, task)
    const again = 'failed' in found ? async () => found : () => runPeer(peer, task, found.tolerance)
    if ('failed' in found) timed.push({ name, runs: [], again, ...found })
    else timed.push({ name, runs: [found.run], again, failed: null })
  }
  return timed
}
