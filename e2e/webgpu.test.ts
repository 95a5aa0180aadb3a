/**
 * WebGPU in a real browser, on Chromium's software adapter: every kernel against the reference, whole
 * jobs, refusals in words, and a GPU process that dies in the middle of a job.
 *
 * Unlike the unit tests this spec does not skip: without an adapter it fails.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ingestFiles } from '../server/cli/dataInput.ts'
import { softwareGpu } from '../server/headless/browser.ts'
import { setup } from '../server/setup/setup.mjs'
import { seededRandom } from '../shared/random.ts'
import type { GpuPage } from './kit/gpuPage.ts'
import { ingestSet, startServer, type TestServer } from './kit/server.ts'
import {
  type Complaints,
  listenForComplaints,
  openBrowser,
  openTab,
  type Shown,
  tabUntil,
} from './kit/tabs.ts'
import { until, World } from './kit/world.ts'
import { leukemia } from './lassoSets.ts'

/** Compiling for SwiftShader takes seconds, more on a machine that does other things as well. */
const JOB_MS = 100_000

const file = new World()
let server: TestServer
let browser: Browser
let world: World
let context: BrowserContext
let complaints: Complaints

beforeAll(async () => {
  await setup({ browser: true })
  const dataDir = file.folder()
  await ingestSet(leukemia, dataDir)
  const ratings = join(file.folder(), 'ratings.csv')
  writeFileSync(ratings, drawRatings())
  const quietly = [() => {}, new AbortController().signal] as const
  await ingestFiles({ path: ratings, name: 'ratings', kind: 'ratings' }, dataDir, ...quietly)
  server = await startServer(file, { dataDir })
  browser = await openBrowser(file, softwareGpu)
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
  // Nothing that the security policy forbids is needed, no eval least of all.
  expect(complaints.list).toEqual([])
})

/** 400 users, 60 items, 20 ratings each. */
function drawRatings(): string {
  const random = seededRandom(1)
  const lines = ['user,item,rating']
  for (let user = 0; user < 400; user++)
    for (const item of new Set(Array.from({ length: 20 }, () => random.below(60))))
      lines.push(`${user},${item},${1 + random.below(5)}`)
  return `${lines.join('\n')}\n`
}

async function submit(app: 'lasso' | 'mf', spec: Record<string, unknown>): Promise<string> {
  const dataset = app === 'lasso' ? 'leukemia' : 'ratings'
  return (await server.submitWithin(world, { app, dataset, spec })).id
}

/** What the page says of what it computes with, as soon as that is `pattern`. */
function computesWith(page: Page, pattern: RegExp): Promise<string> {
  let last = ''
  return until(
    () => `"Computes with" is ${pattern}; it is "${last}"`,
    async () => {
      const line = page.locator('dl.lines div', { hasText: 'Computes with' }).locator('dd')
      last = (await line.count()) > 0 ? ((await line.textContent()) ?? '') : ''
      return pattern.test(last) ? last : null
    },
  )
}

/** No answer was found wrong. Others may come late: for a block computed twice, for a job that is over. */
async function believed(page: Page): Promise<void> {
  const line = page.locator('dl.lines div', { hasText: 'Not accepted' })
  const text = (await line.count()) > 0 ? await line.textContent() : ''
  expect(text).not.toMatch(/row \d|cost|gradient|fit|shape|finite/)
}

describe('every kernel', () => {
  let page: Page
  beforeAll(async () => {
    const entry = fileURLToPath(new URL('./kit/gpuPage.ts', import.meta.url))
    const [bundle] = (await build({
      ...{ configFile: false, logLevel: 'error', publicDir: false },
      build: { write: false, lib: { entry, formats: ['es'] }, target: 'es2022' },
    })) as { output: { code: string }[] }[]
    page = await browser.newPage()
    // A page from this computer is one that browsers trust with WebGPU.
    const url = 'http://localhost:9/'
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<p>' }))
    await page.goto(url)
    await page.addScriptTag({ content: bundle!.output[0]!.code, type: 'module' })
    // A module runs some time after its element is there.
    await page.waitForFunction('globalThis.gpuPage')
    const name = await inPage((gpu) => gpu.open())
    expect(name).toMatch(/swiftshader/)
  })
  afterAll(() => page?.close())

  const inPage = <T>(ask: (gpu: GpuPage) => Promise<T>): Promise<T> =>
    page.evaluate(`(${ask})(globalThis.gpuPage)`) as Promise<T>

  test('of linear models agrees with the reference', async () => {
    const { count, wrong } = await inPage((gpu) => gpu.trials('lasso'))
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThanOrEqual(5)
  }, 180_000)

  test('of matrix factorisation agrees with the reference', async () => {
    const { count, wrong } = await inPage((gpu) => gpu.trials('mf'))
    expect(wrong).toEqual([])
    expect(count).toBeGreaterThanOrEqual(5)
  }, 180_000)

  test('fails as such when its device is destroyed', async () => {
    expect(await inPage((gpu) => gpu.destroyed())).toMatch(/the GPU is gone/)
  })

  test('fails as such where there is no memory', async () => {
    expect(await inPage((gpu) => gpu.full())).toMatch(/the GPU has no room for 1024 MiB more/)
  })
})

describe('a job', () => {
  test('of gradients on the GPU is certified at the reference optimum', async () => {
    const { ratio, objective, tol } = leukemia.references[0]!
    const id = await submit('lasso', { lambdaRatio: ratio, tol })
    const page = await openTab(context, server.url, { backend: 'webgpu' })
    const { values, counters } = await server.finished(id, JOB_MS)
    expect(values.objective).toBeCloseTo(objective, 6)
    expect(counters).toMatchObject({ expired: 0 })
    await believed(page)
    const text = await computesWith(page, /^WebGPU/)
    expect(text).toMatch(/^WebGPU: on google swiftshader, as was asked for\. Steps stay with SIMD/)
  }, 120_000)

  test('of rows on the GPU passes all audits', async () => {
    const id = await submit('mf', { rank: 8, sweeps: 3 })
    const page = await openTab(context, server.url, { backend: 'webgpu' })
    const { counters, summary } = await server.finished(id, JOB_MS)
    expect(counters).toMatchObject({ expired: 0 })
    await computesWith(page, /^WebGPU/)
    await believed(page)
    const again = await submit('mf', { rank: 8, sweeps: 3 })
    await page.close()
    await openTab(context, server.url, { backend: 'wasm' })
    const { summary: want } = await server.finished(again, JOB_MS)
    const [got, simd] = [summary!.objective, want!.objective] as number[]
    expect(Math.abs(got! - simd!)).toBeLessThan(1e-5 * simd!)
  }, 240_000)

  test('of rows by coordinates, in halves, passes all audits', async () => {
    const id = await submit('mf', { rank: 8, sweeps: 3, solver: 'ccd', precision: 'f16' })
    const page = await openTab(context, server.url, { backend: 'webgpu' })
    const { counters } = await server.finished(id, JOB_MS)
    await believed(page)
    expect(counters).toMatchObject({ expired: 0 })
    await computesWith(page, /^WebGPU/)
  }, 120_000)
})

describe('without a GPU of its own', () => {
  test('a tab computes with SIMD and says why, also after a reload', async () => {
    await submit('lasso', { path: 1000, cv: 10 })
    const page = await openTab(context, server.url)
    await tabUntil(page, 'working', ({ blocks, backend }) => blocks >= 3 && backend === 'wasm')
    await computesWith(page, /not WebGPU: there is no GPU, only software \(google swiftshader\)/)
    const kept = await page.evaluate(() => sessionStorage.getItem('shoal.decisions.auto'))
    expect(JSON.parse(kept!)).toMatchObject({ lasso: { use: 'simd' } })
    await page.reload()
    await computesWith(page, /only software/)
  })
})

test('a GPU process that dies in the middle of a job costs no lease', async () => {
  const id = await submit('mf', { rank: 8, sweeps: 400, tol: 0 })
  const page = await openTab(context, server.url, { backend: 'webgpu' })
  const isAtIt = (tab: Shown) => tab.blocks >= 3 && tab.backend === 'webgpu'
  await tabUntil(page, 'on the GPU', isAtIt, JOB_MS)
  const session = await browser.newBrowserCDPSession()
  await session.send('Browser.crashGpuProcess').catch(() => {}) // it has no time to answer
  const { blocks } = await tabUntil(page, 'on SIMD', ({ backend }) => backend === 'wasm')
  const after = await tabUntil(page, 'at work', (tab) => tab.blocks > blocks + 10)
  expect(await computesWith(page, /not WebGPU/)).toMatch(/the GPU is gone/)
  expect(after.refused).toBe(0)
  const { leases, deltas, refused, expired } = (await server.api.job(id)).counters
  expect({ refused, expired }).toEqual({ refused: 0, expired: 0 })
  // None was handed back: all others are in the tab now, at most two, or on their way.
  expect(leases - deltas).toBeLessThanOrEqual(3)
}, 180_000)
