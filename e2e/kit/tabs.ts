/** Volunteer pages of a real Chromium, as people and fleets open them, and what they say of themselves. */
import type { Browser, BrowserContext, Page } from 'playwright'
import { launchBrowser } from '../../server/headless/browser.ts'
import { until, type World } from './world.ts'

export async function openBrowser(
  world: World,
  switches: readonly string[] = [],
): Promise<Browser> {
  const browser = await launchBrowser(switches)
  world.defer(() => browser.close())
  return browser
}

/** A tab that works at once and whatever happens, as the headless fleet opens it. */
export async function openTab(
  context: BrowserContext,
  url: string,
  {
    duty = 100,
    workers = 1,
    backend = '',
  }: { duty?: number; workers?: number; backend?: string } = {},
): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${url}/?duty=${duty}&workers=${workers}&pinned=1&backend=${backend}#start`)
  return page
}

export interface Shown {
  state: string
  link: string
  workers: number
  blocks: number
  refused: number
  bytesDown: number
  backend: string
}

/** The attributes of <main>; null while there is none. */
export async function shown(page: Page): Promise<Shown | null> {
  const data = await page.evaluate(() => ({ ...document.querySelector('main')?.dataset }))
  if (data.state === undefined) return null
  return {
    ...{ state: data.state, link: data.link ?? '', backend: data.backend ?? '' },
    ...{ workers: Number(data.workers), blocks: Number(data.blocks) },
    ...{ refused: Number(data.refused), bytesDown: Number(data.bytesDown) },
  }
}

export function tabUntil(
  page: Page,
  what: string,
  condition: (tab: Shown) => boolean,
  limitMs?: number,
): Promise<Shown> {
  let last: Shown | null = null
  return until(
    () => `tab ${what}; it says ${JSON.stringify(last)}`,
    async () => {
      last = await shown(page)
      return last && condition(last) ? last : null
    },
    limitMs,
  )
}

/** How many shards the page's own cache has (client/volunteer/cache.ts); it saves them within ten seconds. */
export function keptShards(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const db = await done(indexedDB.open('shoal'))
    const kept = await done(db.transaction('index').objectStore('index').count())
    db.close()
    return kept
  })
}

export interface Complaints {
  /** Errors on the console, exceptions, violations of the content security policy. */
  readonly list: string[]
}

/** Collects what a page (its workers too) complains of, from now on. */
export function listenForComplaints(context: BrowserContext): Complaints {
  const list: string[] = []
  context.on('console', (message) => {
    const isCsp = /content security policy/i.test(message.text())
    if (message.type() === 'error' || isCsp)
      list.push(`${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => list.push(String(error.error())))
  return { list }
}

/** As a person moves the slider. */
export async function setDuty(page: Page, duty: number): Promise<void> {
  await page.getByLabel('Effort').fill(String(duty))
}

/** In the background, or not: a headless browser shows every page, so the page is told by hand. */
export async function setVisibility(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((told) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => told })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}
