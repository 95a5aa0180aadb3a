/**
 * The owner's whole path in a real browser, by keyboard alone: log in, upload, launch, watch,
 * download. And every view on a phone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContext, FileChooser, Locator, Page } from 'playwright'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { setup } from '../server/setup/setup.mjs'
import { seededRandom } from '../shared/random.ts'
import { startServer, type TestServer } from './kit/server.ts'
import { type Complaints, listenForComplaints, openBrowser, openTab } from './kit/tabs.ts'
import { World } from './kit/world.ts'

let world: World
let server: TestServer
let context: BrowserContext
let complaints: Complaints

beforeAll(() => setup({ browser: true }), 300_000)
beforeEach(async () => {
  world = new World()
  server = await startServer(world, { dataDir: world.folder() })
  context = await (await openBrowser(world)).newContext()
  complaints = listenForComplaints(context)
})
afterEach(async () => {
  await world.close()
  expect(complaints.list).toEqual([])
})

/** 80 rows, 30 columns; y is twice the first column less the second, and a little noise. */
function table(): string {
  const random = seededRandom(7)
  const path = join(world.folder(), 'houses.csv')
  const names = Array.from({ length: 30 }, (_, j) => `m${j + 1}`)
  const rows = Array.from({ length: 80 }, () => {
    const x = names.map(() => random.normal())
    return [...x, 2 * x[0]! - x[1]! + 0.1 * random.normal()].join(',')
  })
  writeFileSync(path, `${[...names, 'price'].join(',')}\n${rows.join('\n')}\n`)
  return path
}

/** Press Tab until the focus is there, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor({ state: 'attached' })
  for (let presses = 0; presses < 80; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${target}`)
}

async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target)
  await page.keyboard.press('Enter')
}

async function logIn(page: Page): Promise<void> {
  await page.goto(`${server.url}/dashboard`)
  // The field has the focus already.
  await expect(
    page.getByLabel('Owner token').evaluate((e) => e === document.activeElement),
  ).resolves.toBe(true)
  await page.keyboard.type(server.token)
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Datasets' }).waitFor()
}

async function upload(page: Page, path: string): Promise<void> {
  await press(page, page.getByRole('link', { name: 'Datasets' }))
  const picker = page.locator('input[type=file]').first()
  await (await chooserOf(page, picker)).setFiles(path)
  await tabTo(page, page.getByLabel('Target column'))
  await page.keyboard.type('price')
  await press(page, page.getByRole('button', { name: 'Upload', exact: true }))
  await page.getByText('houses is ready').waitFor()
}

/** A busy Chromium now and then swallows the key that opens a file chooser: a person presses again. */
async function chooserOf(page: Page, picker: Locator): Promise<FileChooser> {
  for (let attempt = 1; ; attempt++) {
    await tabTo(page, picker)
    const opened = page.waitForEvent('filechooser', { timeout: 5_000 })
    await page.keyboard.press('Space')
    const chooser = await opened.catch((error: unknown) => {
      if (attempt === 4) throw error
    })
    if (chooser) return chooser
  }
}

test('log in, upload, launch, watch, download: without a mouse', async () => {
  const page = await context.newPage()
  await logIn(page)
  await upload(page, table())
  await press(page, page.getByRole('link', { name: 'Fit houses' }))
  await press(page, page.getByRole('button', { name: 'Launch', exact: true }))
  await page
    .getByText(/running/i)
    .first()
    .waitFor()
  await openTab(context, server.url)
  await page.getByText('certified ≤').waitFor()
  const file = page.getByRole('button', { name: 'coefficients.csv' })
  await tabTo(page, file)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.keyboard.press('Enter'),
  ])
  const rows = readFileSync(await download.path(), 'utf8')
    .trim()
    .split('\n')
  expect(rows[0]).toBe('name,value')
  const found = new Map(rows.slice(1).map((row) => row.split(',') as [string, string]))
  expect(Number(found.get('m1'))).toBeCloseTo(2, 0)
  expect(Number(found.get('m2'))).toBeCloseTo(-1, 0)
}, 90_000)

test('every view fits a phone', async () => {
  const page = await context.newPage()
  await page.setViewportSize({ width: 360, height: 740 })
  const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth)
  await page.goto(`${server.url}/dashboard`)
  expect(await widthOf()).toBeLessThanOrEqual(360)
  await logIn(page)
  await upload(page, table())
  await openTab(context, server.url)
  const { id } = await server.submit('houses', { path: 10 }, 'Prices of houses in a long street')
  await server.finished(id)
  await page.bringToFront()
  for (const view of ['jobs', `jobs/${id}`, 'launch', 'datasets', 'fleet']) {
    await page.goto(`${server.url}/dashboard#/${view}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    if (view === `jobs/${id}`) await page.getByText('certified ≤').waitFor()
    expect(await widthOf(), view).toBeLessThanOrEqual(360)
  }
}, 90_000)
