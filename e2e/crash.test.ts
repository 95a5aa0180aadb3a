/**
 * `kill -9` of the server in mid-job, three times in one run: the job goes on by itself, the tabs
 * come back by themselves, the certified result is that of a quiet run, and every delta that was
 * acknowledged is in the log, once.
 */
import type { Page } from 'playwright'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readRecord } from '../server/io/store/logRecord.ts'
import { setup } from '../server/setup/setup.mjs'
import type { JobView } from '../shared/protocol.ts'
import { type Random, seededRandom } from '../shared/random.ts'
import { ingestSet, startServer, type TestServer, withStore } from './kit/server.ts'
import { openBrowser, openTab, setDuty, tabUntil } from './kit/tabs.ts'
import { type ScriptedVolunteer, volunteer } from './kit/volunteer.ts'
import { figure, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'
import { lastJson, shoal } from './shoal.ts'

const kills = 3
const spec = { path: 30, tol: 1e-6 }
/**
 * The same path, and folds after it. Together with lazy tabs and a lazy script they make the job
 * outlast the return of the slowest tab (it waits up to 5 s between two tries) on any machine.
 */
const longSpec = { ...spec, cv: 36 }
const lazyDuty = 10
const lazyMs = 20

const seed = Number(process.env.SHOAL_SEED ?? 20_260)

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

interface Acknowledged {
  job: string
  lease: number
}

/** An honest volunteer in Node that remembers every lease whose delta was acknowledged. */
async function keepWorking(
  script: ScriptedVolunteer,
  acknowledged: Acknowledged[],
  isOver: () => boolean,
): Promise<void> {
  for (;;) {
    await script.until('a lease or the end', () => script.leases.length > 0 || isOver(), 120_000)
    const lease = script.leases.shift()
    if (!lease) return
    try {
      const verdict = await script.settle(lease, await script.compute(lease))
      const { job, lease: number } = lease.head
      if (verdict.accepted) acknowledged.push({ job, lease: number })
    } catch {
      // The server went away before it answered: whether the delta counts is not known.
    }
    await new Promise((resolve) => setTimeout(resolve, lazyMs))
  }
}

interface Logged {
  seq: number
  lease: number | null
}

const logOf = (dataDir: string, job: string): Promise<Logged[]> =>
  withStore(dataDir, (store) =>
    [...store.log(job)].map((bytes) => {
      const { seq, lease } = readRecord(bytes)
      return { seq, lease }
    }),
  )

/**
 * The job goes on for a seeded number of the script's deltas and of milliseconds; then comes the
 * power cut. The owner's view would be a quarter of a second late: half a path on a fast machine.
 */
async function killMidway(
  server: TestServer,
  script: ScriptedVolunteer,
  acknowledged: () => readonly number[],
  random: Random,
): Promise<void> {
  const count = acknowledged().length + 5 + random.below(15)
  const what = `${count} acknowledged deltas; the job was too short for this kill`
  await script.until(what, () => acknowledged().length >= count)
  await new Promise((resolve) => setTimeout(resolve, random.below(20)))
  await server.kill()
}

async function blocksOf(tabs: readonly Page[]): Promise<number[]> {
  return Promise.all(tabs.map(async (tab) => (await tabUntil(tab, 'open', () => true)).blocks))
}

test(`a server killed three times goes on by itself and loses nothing (seed ${seed})`, async () => {
  const random = seededRandom(seed)
  const dataDir = world.folder()
  await ingestSet(leukemia, dataDir)
  let server = await startServer(world, { dataDir })
  const { url, port } = server
  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const tabs = await Promise.all([1, 2].map(() => openTab(context, url, { duty: lazyDuty })))
  const script = volunteer(world, { url, reconnects: true })
  await script.join()
  const acknowledged: Acknowledged[] = []
  let isOver = false
  const work = keepWorking(script, acknowledged, () => isOver)
  const { id } = await server.submit('leukemia', longSpec)
  const mine = (): number[] =>
    acknowledged.filter(({ job }) => job === id).map(({ lease }) => lease)

  const snapshots: { acknowledged: number[]; log: Logged[] }[] = []
  const awayMs: number[] = []
  for (let kill = 0; kill < kills; kill++) {
    await killMidway(server, script, mine, random)
    const log = await logOf(dataDir, id)
    snapshots.push({ acknowledged: mine(), log })
    const before = await blocksOf(tabs)
    const killedMs = performance.now()
    server = await startServer(world, { dataDir, port })
    // By themselves: nobody touches job or tabs.
    for (const [k, tab] of tabs.entries())
      await tabUntil(tab, 'computing again', ({ blocks }) => blocks > before[k]!)
    awayMs.push(Math.round(performance.now() - killedMs))
  }
  for (const tab of tabs) await setDuty(tab, 100)
  const end = await server.finished(id, 120_000)
  const quiet = await server.finished((await server.submit('leukemia', spec)).id, 60_000)
  isOver = true
  script.close()
  await work

  const log = await logOf(dataDir, id)
  checkLog(log, snapshots, mine())
  expect(end.counters.deltas).toBe(log.filter(({ lease }) => lease !== null).length)
  figure(
    `killed after ${snapshots.map((seen) => seen.log.length)} of ${log.length} records; ` +
      `${mine().length} acknowledged to the script, ` +
      `${end.counters.refused} refused; all tabs back at work after ${awayMs} ms`,
  )
  await checkSameResult(server, end, quiet)
  await checkReplay(dataDir, end)
}, 240_000)

/** Grown only at its end, each delta once, and all that were ever acknowledged. */
function checkLog(
  log: readonly Logged[],
  snapshots: readonly { acknowledged: number[]; log: Logged[] }[],
  acknowledged: readonly number[],
): void {
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, k) => k))
  const leases = log.flatMap(({ lease }) => lease ?? [])
  expect(new Set(leases).size).toBe(leases.length)
  for (const snapshot of snapshots) {
    expect(log.slice(0, snapshot.log.length)).toEqual(snapshot.log)
    const atKill = new Set(snapshot.log.map(({ lease }) => lease))
    expect(snapshot.acknowledged.length).toBeGreaterThan(0)
    expect(snapshot.acknowledged.filter((lease) => !atKill.has(lease))).toEqual([])
  }
  const atEnd = new Set(leases)
  expect(acknowledged.filter((lease) => !atEnd.has(lease))).toEqual([])
}

/** Both are certified, so at every λ their objectives differ by no more than the larger gap. */
async function checkSameResult(server: TestServer, one: JobView, other: JobView): Promise<void> {
  const points = async ({ id }: JobView): Promise<Record<string, number>[]> => {
    const [head, ...rows] = (await server.api.result(id, 'path.csv')).trim().split('\n')
    const names = head!.split(',')
    return rows.map((row) =>
      Object.fromEntries(row.split(',').map((cell, k) => [names[k]!, Number(cell)])),
    )
  }
  const [mine, theirs] = await Promise.all([points(one), points(other)])
  expect(mine).toHaveLength(theirs.length)
  let furthest = 0
  for (const [k, point] of mine.entries()) {
    const twin = theirs[k]!
    const difference = Math.abs(point.objective! - twin.objective!)
    furthest = Math.max(furthest, difference)
    expect(point.lambda).toBe(twin.lambda)
    expect(point.gap).toBeLessThanOrEqual(spec.tol)
    // Gaps are relative to ½‖y − ȳ‖²/n, which is at most ½ for a y of ±1.
    expect(difference).toBeLessThanOrEqual(Math.max(point.gap!, twin.gap!) / 2 + 1e-12)
  }
  figure(`objectives differ by at most ${furthest.toExponential(1)} along ${mine.length} λ`)
}

/** The log alone gives the model again, to the last bit. */
async function checkReplay(dataDir: string, job: JobView): Promise<void> {
  const ran = await shoal(['replay', job.id, '--data-dir', dataDir, '--json'])
  expect(ran).toMatchObject({ code: 0 })
  const { objective, gap } = job.summary!
  const { deltas } = job.counters
  expect(lastJson(ran)).toMatchObject({ equal: true, differing: [], objective, gap, deltas })
  expect(lastJson(ran).compared).toContain('coefficients.csv')
}
