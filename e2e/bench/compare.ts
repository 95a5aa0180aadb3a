/** One case: all programs in turns, so that a busy machine slows each of them alike. */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { openFile } from '../evaluate/realSets.ts'
import { projectDir } from '../lassoSets.ts'
import { calibrate } from './calibrate.ts'
import { type Case, type ConvexCase, isMargin, isQuality, provide } from './case.ts'
import { type Exact, openExact } from './exact.ts'
import { writeExchange } from './exchange.ts'
import { openMargin } from './margin.ts'
import type { Options } from './options.ts'
import { type OurRun, runOurs } from './ours.ts'
import {
  type Failure,
  type Peer,
  type PeerRun,
  type PeerTask,
  runPeer,
  runQualityPeer,
} from './peers.ts'
import { type Comparison, programOf } from './results.ts'

/** Whoever takes turns. */
interface Program<Run> {
  readonly name: string
  readonly again: () => Promise<Run | Failure>
  readonly runs: Run[]
  /** Why it has no more turns. */
  failed: string | null
}

const program = <Run>(name: string, again: Program<Run>['again']): Program<Run> => ({
  ...{ name, again, runs: [], failed: null },
})

export async function compare(
  asked: Case,
  peers: readonly Peer[],
  options: Options,
  say: (what: string) => void,
): Promise<Comparison> {
  const [startMs, before] = [performance.now(), loadavg()[0]!]
  say('data')
  await provide(asked)
  const { repeats, timeoutSeconds, workers: counts } = options
  const ours = counts.map((workers) => ({
    workers,
    ...program(programOf(workers), () => runOurs(asked, workers, timeoutSeconds)),
  }))
  const able = peers.filter(({ apps }) => apps.includes(asked.app))
  const others = isQuality(asked)
    ? able.map((peer) => {
        const folder = join(folderOf(asked), peer.name)
        const task = { case: asked, folder, threads: Math.max(...counts), timeoutSeconds }
        return program(peer.name, () => runQualityPeer(peer, task))
      })
    : convexPrograms(asked, able, () => ours.flatMap(({ runs }) => runs), timeoutSeconds)
  for (let repeat = 1; repeat <= repeats; repeat++)
    for (const each of [...ours, ...others]) {
      if (each.failed !== null) continue
      say(`${each.name}, run ${repeat} of ${repeats}`)
      await takeTurn(each as Program<unknown>)
    }
  return {
    case: asked,
    ours: ours.map(({ workers, runs, failed }) => ({ workers, runs, failed })),
    peers: others.map(({ name, runs, failed }) => ({ name, runs, failed })),
    load: [before, loadavg()[0]!],
    seconds: (performance.now() - startMs) / 1000,
  }
}

async function takeTurn<Run>(each: Program<Run>): Promise<void> {
  const run = await each.again()
  if (isFailure(run)) each.failed = run.failed
  else each.runs.push(run)
}

const isFailure = (run: unknown): run is Failure => 'failed' in (run as object)

const folderOf = ({ app, set }: Case): string =>
  join(projectDir, 'dist/bench/exchange', app === 'lasso' ? set : `${app}-${set}`)

/** Of each peer the first run is the one that finds its tolerance. */
function convexPrograms(
  asked: ConvexCase,
  peers: readonly Peer[],
  ours: () => readonly OurRun[],
  timeoutSeconds: number,
): Program<PeerRun>[] {
  let opening: Promise<PeerTask> | null = null
  const open = async (): Promise<PeerTask> => {
    opening ??= openTask(asked, timeoutSeconds)
    const task = await opening
    for (const run of ours()) task.exact.bound(certifiedBy(asked, task.exact, run))
    return task
  }
  return peers.map((peer) => {
    let tolerance: number | null = null
    return program(peer.name, async () => {
      const task = await open()
      if (tolerance !== null) return runPeer(peer, task, tolerance)
      const found = await calibrate(peer, task)
      if ('failed' in found) return found
      tolerance = found.tolerance
      return found.run
    })
  })
}

/** The data in the peers' form, and what measures their answers. */
async function openTask(asked: ConvexCase, timeoutSeconds: number): Promise<PeerTask> {
  const { data, target } = asked
  const dataset = await openFile({ path: data, ...(target !== null && { targetPath: target }) })
  // Named by content: another file under the same name is another folder.
  const folder = `${folderOf(asked)}-${dataset.manifest.id.slice(0, 8)}`
  const exchange = await writeExchange(dataset, folder)
  const exact = isMargin(asked) ? openMargin(dataset, asked) : openExact(dataset, asked)
  return { case: asked, exact, exchange, timeoutSeconds }
}

/** The dual value that the server has certified. */
const certifiedBy = (asked: ConvexCase, { gapUnit }: Exact, { objective, gap }: OurRun): number =>
  objective - gap * (isMargin(asked) ? objective : gapUnit)
