/**
 * One honest tab among volunteers that leave, sleep, repeat themselves, lie and shout: each is
 * refused with its reason, the job ends right and certified, and nothing stalls longer than one
 * deadline.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readRecord } from '../server/io/store/logRecord.ts'
import { setup } from '../server/setup/setup.mjs'
import * as liars from './kit/liars.ts'
import { ingestSet, startServer, withStore } from './kit/server.ts'
import { openBrowser, openTab, setDuty, tabUntil } from './kit/tabs.ts'
import { volunteer } from './kit/volunteer.ts'
import { figure, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'

/** The server looks for passed deadlines ten times a second; the rest is a busy machine. */
const slackMs = 3500

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

test('liars, sleepers and strangers do not spoil a job', async () => {
  const dataDir = world.folder()
  const { shards } = await ingestSet(leukemia, dataDir)
  const server = await startServer(world, { dataDir })
  const { url } = server
  const make: liars.Make = (agent, hello) => volunteer(world, { url, hello: { agent, ...hello } })

  const context = await (await openBrowser(world)).newContext({ reducedMotion: 'reduce' })
  const tab = await openTab(context, url, { duty: 10 })
  await tabUntil(tab, 'online', ({ link }) => link === 'online')
  const { id } = await server.submit('leukemia', { path: 30, cv: 10, tol: 1e-6 })
  // The sleepers one after the other, so that every stall is the work of one.
  const withheld: liars.Withheld[] = []
  const cached = shards.map(({ hash }) => hash)
  await liars.silent(make, cached, withheld)
  await liars.late(make, cached, withheld)
  const [repeated] = await Promise.all([
    liars.twice(make),
    liars.leaver(make),
    liars.thief(make),
    liars.liar(make, 'NaN', liars.notFinite),
    liars.liar(make, 'shapes', liars.wrongShapes),
    liars.liar(make, 'values', liars.wrongValues),
    liars.babbler(make),
    liars.giant(make),
    liars.flooder(make),
    liars.strangers(make),
  ])

  await setDuty(tab, 100)
  const job = await server.finished(id, 90_000)
  checkPath(await server.api.result(id, 'path.csv'))
  // An honest tab is refused only by the grid's own races.
  if ((await tabUntil(tab, 'open', () => true)).refused > 0)
    await expect(tab.getByText('the latest because').textContent()).resolves.toMatch(
      /has ended|is over|deadline|computed the same block/,
    )

  const records = await withStore(dataDir, (store) => [...store.log(id)].map(readRecord))
  expect(records.filter(({ lease }) => lease === repeated)).toHaveLength(1)
  const deadlineMs = Math.max(...withheld.map((lease) => lease.deadlineMs))
  for (const { heldMs, deadlineMs } of withheld) expect(heldMs).toBeLessThan(deadlineMs + slackMs)
  const times = [0, ...records.map(({ atMs }) => atMs), job.runningMs]
  const stallMs = Math.max(...times.slice(1).map((atMs, k) => atMs - times[k]!))
  expect(stallMs).toBeLessThan(deadlineMs + slackMs)
  figure(
    `longest stall ${Math.round(stallMs)} ms with deadlines of ${Math.round(deadlineMs)} ms; ` +
      `leases withheld for ${withheld.map(({ heldMs }) => Math.round(heldMs))} ms; ` +
      `${records.length} records, ${job.counters.refused} deltas refused, ` +
      `${job.counters.expired} leases expired, ${Math.round(job.runningMs)} ms in all`,
  )
}, 180_000)

/** Every λ certified, and the last one at the optimum that others have found. */
function checkPath(csv: string): void {
  const rows = csv.trim().split('\n').slice(1)
  const points = rows.map((row) => row.split(',').map(Number))
  expect(points).toHaveLength(30)
  for (const [, , , , , gap] of points) expect(gap).toBeLessThanOrEqual(1e-6)
  const [, ratio, , , objective] = points.at(-1)!
  const reference = leukemia.references[1]!
  expect(ratio).toBeCloseTo(reference.ratio, 12)
  expect(Math.abs(objective! - reference.objective) / reference.objective).toBeLessThan(1e-6)
}
