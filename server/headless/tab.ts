/**
 * Tabs as people have them: nobody listens in.
 *
 * Playwright has DevTools watch the network of its pages and of their workers, so every message of a
 * socket comes out of the browser once more, as text: with deltas of 10 MB that took a third of all
 * processor time of a run. These tabs are in a context that Playwright does not know, and are spoken to
 * through one session of the browser, when there is something to ask.
 */
import type { Browser, CDPSession } from 'playwright'

/** A tab that is gone answers nothing any more. */
export class TabGone extends Error {
  override name = 'TabGone'
}

interface Reply {
  id?: number
  result?: Record<string, unknown>
  error?: { message: string }
}

/** The tabs of one browser; they share a context, and with it caches. */
export class Tabs {
  readonly #devtools: CDPSession
  readonly #context: string
  /** By target and by session. */
  readonly #tabs = new Map<string, Tab>()

  private constructor(devtools: CDPSession, context: string) {
    this.#devtools = devtools
    this.#context = context
    devtools.on('Target.targetCrashed', ({ targetId }) => this.#tabs.get(targetId)?.left('crashed'))
    devtools.on('Target.targetDestroyed', ({ targetId }) => {
      this.#tabs.get(targetId)?.left('was closed')
      this.#tabs.delete(targetId)
    })
    devtools.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
      this.#tabs.get(sessionId)?.heard(JSON.parse(message))
    })
  }

  static async open(browser: Browser): Promise<Tabs> {
    const devtools = await browser.newBrowserCDPSession()
    await devtools.send('Target.setDiscoverTargets', { discover: true })
    const { browserContextId } = await devtools.send('Target.createBrowserContext', {
      disposeOnDetach: true,
    })
    const tabs = new Tabs(devtools, browserContextId)
    browser.on('disconnected', () => {
      for (const tab of tabs.#tabs.values()) tab.left('was closed')
    })
    return tabs
  }

  async newTab(): Promise<Tab> {
    const { targetId } = await this.#devtools.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId: this.#context,
    })
    const { sessionId } = await this.#devtools.send('Target.attachToTarget', { targetId })
    const tab = new Tab(this.#devtools, targetId, sessionId)
    this.#tabs.set(targetId, tab).set(sessionId, tab)
    return tab
  }
}

export class Tab {
  /** Why it is no longer there. */
  readonly gone: Promise<string>
  isGone = false
  readonly #devtools: CDPSession
  readonly #target: string
  readonly #session: string
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #calls = 0
  #left: (why: string) => void = () => {}

  constructor(devtools: CDPSession, target: string, session: string) {
    this.#devtools = devtools
    this.#target = target
    this.#session = session
    this.gone = new Promise((resolve) => {
      this.#left = resolve
    })
  }

  /** Null when the page is there, or why not: "net::ERR_CONNECTION_REFUSED", "404". */
  async goto(url: string, timeoutMs: number): Promise<string | null> {
    const { errorText } = await this.#call('Page.navigate', { url }, timeoutMs)
    if (errorText !== undefined) return String(errorText)
    const status = `performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0`
    const parsed = `document.readyState === 'loading' && new Promise((resolve) => addEventListener('DOMContentLoaded', resolve))`
    const answered = await this.evaluate(
      `(async () => { await (${parsed}); return ${status} })()`,
      timeoutMs,
    )
    return Number(answered) >= 200 && Number(answered) < 400 ? null : String(answered)
  }

  /** The value of an expression in the page, or of its promise. */
  async evaluate(expression: string, timeoutMs: number): Promise<unknown> {
    const given = { expression, returnByValue: true, awaitPromise: true }
    const { result } = await this.#call('Runtime.evaluate', given, timeoutMs)
    return (result as { value?: unknown } | undefined)?.value
  }

  async close(): Promise<void> {
    await this.#devtools.send('Target.closeTarget', { targetId: this.#target })
  }

  left(why: string): void {
    this.isGone = true
    this.#left(why)
    for (const answer of [...this.#waiting.values()])
      answer({ error: { message: `the tab ${why}` } })
  }

  heard(reply: Reply): void {
    if (reply.id !== undefined) this.#waiting.get(reply.id)?.(reply)
  }

  async #call(
    method: string,
    params: Record<string, unknown>,
    timeoutMs: number,
  ): Promise<Record<string, unknown>> {
    if (this.isGone) throw new TabGone('the tab is gone')
    const id = ++this.#calls
    let timer: NodeJS.Timeout | undefined
    const reply = new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve)
      const late = { error: { message: `${method}: no answer within ${timeoutMs} ms` } }
      timer = setTimeout(() => resolve(late), timeoutMs)
    })
    try {
      const message = JSON.stringify({ id, method, params })
      await this.#devtools.send('Target.sendMessageToTarget', { sessionId: this.#session, message })
      const { result, error } = await reply
      if (error) throw this.isGone ? new TabGone(error.message) : new Error(error.message)
      return result ?? {}
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
    }
  }
}
