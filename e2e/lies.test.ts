/**
 * One honest tab among volunteers that leave, sleep, repeat themselves, lie and shout: each is
 * refused with its reason, the job ends right and certified, and nothing stalls longer than one
 * deadline.
 */
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { readRecord } from '../server/io/codec.ts'
import { setup } from '../server/setup/setup.mjs'
import * as liars from './kit/liars.ts'
import { ingestSet, startServer, type TestServer, withStore } from './kit/server.ts'
import { openBrowser, openTab, tabUntil } from './kit/tabs.ts'
import { volunteer } from './kit/volunteer.ts'
import { figure, until, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'

/** The server looks for passed deadlines ten times a second; the rest is a busy machine. */
const slackMs = 2500

let world: World
beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

test('liars, sleepers and strangers do not spoil a job', async () => {
  const dataDir = world.folder()
  await ingestSet(leukemia, dataDir)
  const server = await startServer(world, { dataDir })
  const { url } = server
  const make: liars.Make = (agent, hello) => volunteer(world, { url, hello: { agent, ...hello } })

  const withheld: liars.Withheld[] = []
  const lies = Promise.all([
    liars.twice(make),
    liars.silent(make, withheld),
    liars.late(make, withheld),
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
  await volunteersJoined(server, 10)
  const context = await (await openBrowser(world)).newContext()
  const tab = await openTab(context, url)
  const { id } = await server.submit('leukemia', { path: 30, tol: 1e-6 })
  const [repeated] = await lies

  const job = await server.finished(id, 90_000)
  const { objective, gap } = job.summary as { objective: number; gap: number }
  const reference = leukemia.references[1]!
  expect(Math.abs(objective - reference.objective) / reference.objective).toBeLessThan(1e-6)
  expect(gap).toBeLessThanOrEqual(1e-6)
  // An honest tab is refused only by the grid's own races.
  if ((await tabUntil(tab, 'open', () => true)).refused > 0)
    await expect(tab.getByText('the latest because').textContent()).resolves.toMatch(
      /has ended|is over|deadline/,
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

/** All of them wait for work before there is any, so that nobody comes too late to lie. */
function volunteersJoined(server: TestServer, count: number): Promise<boolean> {
  return until(`${count} volunteers`, async () => (await server.api.fleet()).total >= count)
}
