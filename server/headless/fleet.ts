/**
 * Headless volunteers: N tabs of one browser that contribute until they are stopped.
 *
 * Every tab is one volunteer, because a volunteer's secret lives in sessionStorage; all tabs share
 * one browser context and with it one shard cache. Each tab is kept by a loop that never gives up:
 *
 * OPENING   asks for the page until the server answers, a second apart.
 * OPEN      until the tab crashes, is closed, or the browser goes away; then OPENING again.
 *
 * While the server is away an open tab stays open: reconnecting is the page's own business.
 */
import type { Browser } from 'playwright'
import { anyGpu, launchBrowser } from './browser.ts'
import { type Tab, Tabs } from './tab.ts'

export interface FleetOptions {
  tabs: number
  /** Compute workers in each tab; by default the page decides. */
  workers?: number | undefined
  /** Share of time a worker computes, percent. */
  duty: number
  /** What tabs compute with; by default each finds out what is faster. */
  backend?: 'wasm' | 'webgpu' | undefined
  /** Accept a certificate nobody has signed (a classroom's server). */
  anyCertificate?: boolean | undefined
  switches?: readonly string[] | undefined
  /** One line for people: a tab crashed, the server does not answer. */
  note?: ((line: string) => void) | undefined
}

export interface TabState {
  /** What the page says of itself: its <main data-state>. Null while there is no page. */
  state: string | null
  /** Blocks done since the tab was opened. */
  blocks: number
}

const retryMs = 1000
const openMsMax = 30_000
/** A page whose main thread does not answer within this time is not asked again this round. */
const askMsMax = 2000

export class Fleet {
  readonly #options: FleetOptions
  readonly #tabs: (Tab | null)[]
  /** Blocks done in each place: by the tabs that are gone, and by the one there is, when last asked. */
  readonly #blocks: { before: number; now: number }[]
  #url = ''
  #context: Promise<Tabs> | null = null
  #browser: Browser | null = null
  #loops: Promise<void>[] = []
  #closing: () => void = () => {}
  readonly #closed: Promise<void>
  #open = true
  #waiting = false

  constructor(options: FleetOptions) {
    this.#options = options
    this.#tabs = new Array(options.tabs).fill(null)
    this.#blocks = Array.from({ length: options.tabs }, () => ({ before: 0, now: 0 }))
    this.#closed = new Promise((resolve) => {
      this.#closing = resolve
    })
  }

  /** Start the browser; its failure is the caller's. */
  async launch(): Promise<void> {
    await this.#ensureContext()
  }

  /** Open the tabs on the page of the server at `url`, an origin. */
  open(url: string): void {
    this.#url = url
    this.#loops = this.#tabs.map((_, index) => this.#keep(index))
  }

  /** What every tab says of itself. */
  async states(): Promise<TabState[]> {
    return Promise.all(
      this.#tabs.map(async (tab, index) => {
        const blocks = this.#blocks[index]!
        const seen = tab ? await ask(tab) : null
        if (seen && tab === this.#tabs[index]) blocks.now = seen.blocks
        return { state: seen?.state ?? null, blocks: blocks.before + blocks.now }
      }),
    )
  }

  /** The open tabs. */
  tabs(): Tab[] {
    return this.#tabs.filter((tab) => tab !== null)
  }

  async close(): Promise<void> {
    this.#open = false
    this.#closing()
    // A launch may be under way: its browser has to be closed too.
    await this.#context?.catch(() => null)
    await this.#browser?.close()
    await Promise.all(this.#loops)
  }

  #note(line: string): void {
    this.#options.note?.(line)
  }

  /** The context all tabs live in; a new one when the browser has gone. */
  #ensureContext(): Promise<Tabs> {
    this.#context ??= this.#launch().catch((error) => {
      this.#context = null
      throw error
    })
    return this.#context
  }

  async #launch(): Promise<Tabs> {
    const { switches = [], backend, anyCertificate } = this.#options
    const browser = await launchBrowser([
      ...switches,
      // Nobody watches: without a GPU the swimming fish would take a sixth of a core from each tab.
      '--force-prefers-reduced-motion',
      ...(backend === 'webgpu' ? anyGpu : []),
      ...(anyCertificate ? ['--ignore-certificate-errors'] : []),
    ])
    this.#browser = browser
    browser.on('disconnected', () => {
      this.#context = null
      if (this.#open) this.#note('The browser went away; starting it again.')
    })
    return Tabs.open(browser)
  }

  async #keep(index: number): Promise<void> {
    while (this.#open) {
      try {
        const context = await this.#ensureContext()
        const tab = await context.newTab()
        if (await this.#goto(tab)) {
          this.#tabs[index] = tab
          const reason = await Promise.race([tab.gone, this.#closed])
          this.#tabs[index] = null
          const blocks = this.#blocks[index]!
          blocks.before += blocks.now
          blocks.now = 0
          if (this.#open) this.#note(`Tab ${index + 1} ${reason}; opening it again.`)
        }
        if (this.#open && !tab.isGone) await tab.close().catch(() => {}) // may be gone already
      } catch (error) {
        if (this.#open) this.#note(`Tab ${index + 1}: ${firstLine(error)}`)
      }
      await this.#pause()
    }
  }

  /** Load the volunteer page, however long the server is away. False when there is no point. */
  async #goto(tab: Tab): Promise<boolean> {
    const url = volunteerUrl(this.#url, this.#options)
    while (this.#open && !tab.isGone) {
      try {
        const fault = await tab.goto(url, openMsMax)
        if (fault === null) {
          this.#waiting = false
          return true
        }
        const status = /^\d+$/.test(fault)
        this.#sayWaiting(status ? `answers ${fault}` : silence(fault.replace('net::', '')))
        // Chromium reloads its error page by itself. Were that to succeed, our next visit would only
        // be a jump to #start within the page.
        await tab.goto('about:blank', openMsMax)
      } catch (error) {
        if (tab.isGone) return false
        this.#sayWaiting(`does not answer (${firstLine(error)})`)
      }
      await this.#pause()
    }
    return false
  }

  #sayWaiting(what: string): void {
    if (this.#waiting || !this.#open) return
    this.#waiting = true
    this.#note(`The server at ${this.#url} ${what}; trying again every second.`)
  }

  async #pause(): Promise<void> {
    if (!this.#open) return
    let timer: NodeJS.Timeout | undefined
    const wait = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, retryMs)
    })
    await Promise.race([wait, this.#closed])
    clearTimeout(timer)
  }
}

export async function openFleet(url: string, options: FleetOptions): Promise<Fleet> {
  const fleet = new Fleet(options)
  await fleet.launch()
  fleet.open(url)
  return fleet
}

/** The page that starts by itself. */
export function volunteerUrl(url: string, { workers, duty, backend }: FleetOptions): string {
  const query = new URLSearchParams({ duty: String(duty), pinned: '1' })
  if (workers !== undefined) query.set('workers', String(workers))
  if (backend !== undefined) query.set('backend', backend)
  return `${url}/?${query}#start`
}

async function ask(tab: Tab): Promise<{ state: string; blocks: number } | null> {
  const main = `document.querySelector('main[data-state]')?.dataset`
  try {
    const said = await tab.evaluate(`({ ...${main} })`, askMsMax)
    const { state, blocks } = said as { state?: string; blocks?: string }
    return state === undefined ? null : { state, blocks: Number(blocks ?? 0) }
  } catch {
    return null // still loading, or just gone: the tab's loop deals with that
  }
}

/** Why a page did not load, by Chromium's word for it. */
const silence = (word: string): string =>
  word.startsWith('ERR_CERT_')
    ? `has a certificate nobody here trusts (${word}; --insecure accepts it)`
    : `does not answer (${word})`

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!
