/** What a person who lends a tab can rely on: Start, Stop, a reload, the background, a fair share. */
import type { Browser, BrowserContext, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import type { JobView, VolunteerView } from '../shared/protocol.ts'
import { askMs, ingestSet, startServer, type TestServer } from './kit/server.ts'
import {
  type Complaints,
  keptShards,
  listenForComplaints,
  openBrowser,
  openTab,
  setVisibility,
  shown,
  tabUntil,
} from './kit/tabs.ts'
import { figure, until, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'

/** Work for longer than any test lasts, in short leases; and some hundred leases that take longer. */
const endless = { path: 1000, cv: 10 }
const hard = { lambdaRatio: 1e-5, tol: 1e-12 }

const file = new World()
let server: TestServer
let shardCount: number
let browser: Browser
let world: World
let context: BrowserContext
let complaints: Complaints

beforeAll(async () => {
  await setup({ browser: true })
  const dataDir = file.folder()
  shardCount = (await ingestSet(leukemia, dataDir)).shards.length
  server = await startServer(file, { dataDir })
  browser = await openBrowser(file)
}, 300_000)
afterAll(() => file.close())

beforeEach(async () => {
  world = new World()
  context = await browser.newContext()
  world.defer(() => context.close())
  complaints = listenForComplaints(context)
})
afterEach(async () => {
  await world.close()
  // No errors on the console, no violation of the security policy, whatever the test did.
  expect(complaints.list).toEqual([])
})

const submit = (spec: Record<string, unknown> = endless): Promise<JobView> =>
  server.submitWithin(world, { app: 'lasso', dataset: 'leukemia', spec })

/** A page nobody has started yet, and how the owner sees it. */
async function visit(query = 'workers=1&duty=100&pinned=1'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${server.url}/?${query}`)
  await tabUntil(page, 'online', ({ link }) => link === 'online')
  return page
}

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: true })

/** The only volunteer there is, as soon as the owner sees it as `condition` says. */
function volunteerUntil(
  what: string,
  condition: (volunteer: VolunteerView) => boolean,
): Promise<VolunteerView> {
  let last: VolunteerView[] = []
  return until(
    () => `volunteer ${what}; there are ${JSON.stringify(last)}`,
    async () => {
      last = (await server.api.fleet()).volunteers
      return last.length === 1 && condition(last[0]!) ? last[0]! : null
    },
    20_000,
    askMs,
  )
}

const shardBytesServed = async (): Promise<number> => (await server.api.fleet()).shardBytesServed

describe('a tab', () => {
  test('computes nothing before Start, and works after it', async () => {
    const { id } = await submit()
    const before = await shardBytesServed()
    const page = await visit()
    await volunteerUntil(
      'paused',
      ({ state, reason }) => state === 'paused' && reason === 'stopped',
    )
    await page.waitForTimeout(1000)
    expect(await shown(page)).toMatchObject({ state: 'idle', workers: 0, blocks: 0 })
    expect((await server.api.job(id)).counters.leases).toBe(0)
    expect(await shardBytesServed()).toBe(before)

    await button(page, 'Start').click()
    const { backend } = await tabUntil(page, 'working', ({ blocks }) => blocks >= 3)
    expect(backend).toBe('wasm')
    // The owner's page is told of progress a few times a second, so a little after the tab.
    await until('the owner sees deltas', async () => (await server.api.job(id)).counters.deltas > 0)
  })

  test('downloads no shard again after a reload', async () => {
    await submit()
    const page = await visit()
    const before = await shardBytesServed()
    await button(page, 'Start').click()
    await tabUntil(page, 'working', ({ blocks }) => blocks >= 20)
    await until('all shards are kept', async () => (await keptShards(page)) === shardCount)
    const first = await shardBytesServed()
    expect(first).toBeGreaterThan(before)
    const { id, cachedShards } = await volunteerUntil('there', () => true)

    await page.reload()
    await tabUntil(page, 'online again', ({ link }) => link === 'online')
    await button(page, 'Start').click()
    await tabUntil(page, 'working again', ({ blocks }) => blocks >= 20)
    const again = await volunteerUntil('the same', (volunteer) => volunteer.id === id)
    expect(await shardBytesServed()).toBe(first)
    expect(again.cachedShards).toBe(cachedShards)
    figure(`first visit: ${first - before} shard bytes; after a reload: 0`)
  })

  test('stops within one lease, and hands back the rest', async () => {
    const { id } = await submit()
    const page = await visit()
    await button(page, 'Start').click()
    await tabUntil(page, 'working', ({ blocks }) => blocks >= 10)
    const clickedMs = performance.now()
    await button(page, 'Stop').click()
    await volunteerUntil('idle', (seen) => seen.workers === 0 && seen.leasesInFlight === 0)
    const stoppedMs = performance.now() - clickedMs
    await tabUntil(page, 'stopped', ({ state, workers }) => state === 'stopped' && workers === 0)
    const { counters } = await server.api.job(id)
    // The owner's view of a job follows four times a second.
    await page.waitForTimeout(500)
    const { deltas, leases, leaseP95Ms } = (await server.api.job(id)).counters
    await page.waitForTimeout(500)
    expect((await server.api.job(id)).counters).toMatchObject({ deltas, leases })
    expect(stoppedMs).toBeLessThan(leaseP95Ms! + 2000)
    figure(
      `stopped after ${Math.round(stoppedMs)} ms, ${deltas - counters.deltas} deltas later; ` +
        `a lease takes ${Math.round(leaseP95Ms!)} ms (p95)`,
    )
  })

  test('rests while it is hidden, unless it is pinned', async () => {
    await submit()
    const page = await visit('workers=1&duty=100')
    await button(page, 'Start').click()
    await tabUntil(page, 'working', ({ blocks }) => blocks >= 5)
    await setVisibility(page, 'hidden')
    await tabUntil(page, 'paused', ({ state }) => state === 'paused')
    const { reason } = await volunteerUntil('paused', (seen) => seen.leasesInFlight === 0)
    expect(reason).toBe('hidden')
    await setVisibility(page, 'visible')
    const { blocks } = await tabUntil(page, 'working again', ({ state }) => state === 'working')
    await page.getByLabel('Keep working in the background').check()
    await setVisibility(page, 'hidden')
    await tabUntil(page, 'working in the background', (seen) => seen.blocks > blocks + 20)
    expect(await shown(page)).toMatchObject({ state: 'working' })
  })
})

test('two jobs share the fleet fairly', async () => {
  const first = await submit(hard)
  const second = await submit({ ...hard, schedule: { leaseMs: 20 } })
  await Promise.all([openTab(context, server.url), openTab(context, server.url)])
  const computeMs = async (): Promise<[number, number]> => {
    const [one, other] = await Promise.all([server.api.job(first.id), server.api.job(second.id)])
    return [one.counters.computeMs, other.counters.computeMs]
  }
  await until('both have begun', async () => Math.min(...(await computeMs())) > 20, 30_000, askMs)
  const begun = await computeMs()
  // Views are up to a quarter of a second old, and a lease may be cut short by the system: what one
  // job got too much is given back in the leases that follow.
  let given: number[] = []
  await until(
    () => `equal shares; they are ${given}`,
    async () => {
      given = (await computeMs()).map((ms, k) => Math.round(ms - begun[k]!))
      const most = Math.max(...given)
      return most >= 200 && most - Math.min(...given) <= 0.25 * most
    },
    30_000,
    askMs,
  )
  figure(`compute granted: ${given.join(' and ')} ms`)
}, 90_000)

test('the volunteer page fits a phone', async () => {
  await submit()
  const page = await visit()
  await page.setViewportSize({ width: 360, height: 740 })
  await button(page, 'Start').click()
  await tabUntil(page, 'working', ({ blocks }) => blocks >= 3)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
})
