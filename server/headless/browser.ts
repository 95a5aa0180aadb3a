/** One headless Chromium, started the same way by the fleet, the benches and the browser specs. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright'
import { UserError } from '../../shared/errors.ts'
import { findBrowser } from '../setup/browser.mjs'

/** Required, not imported: an import reads through its 7 MB of bundles for names first, 0.1 s more. */
const { chromium } = createRequire(import.meta.url)('playwright') as typeof import('playwright')

/** From this folder and from the bundle in dist/server/ alike. */
const projectRoot = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Headless tabs are all "in the background"; without these switches Chromium slows their timers
 * and renderers down as it does for tabs nobody looks at. The rest keeps it off the network.
 */
const switches = [
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/** A software WebGPU adapter, for machines without a GPU: slow, and only on request. */
export const softwareGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

/** A GPU that Chromium would use for pages on Windows or macOS, but on Linux only on request. */
export const anyGpu = ['--enable-unsafe-webgpu', '--enable-features=Vulkan']

/** Chromium's sandbox refuses to run as root, which is who runs in most containers. */
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** The caller closes it; signals are the caller's, too. */
export async function launchBrowser(extraSwitches: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.SHOAL_BROWSER ?? (await findBrowser(projectRoot))
  if (!executablePath)
    throw new UserError(
      'No browser was found; run `npm run setup`, or set SHOAL_BROWSER to the path of Chromium.',
    )
  try {
    return await chromium.launch({
      executablePath,
      args: [...sandbox, ...switches, ...extraSwitches],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
  } catch (error) {
    // Of Playwright's pages of switches, what the program itself has said: a library it misses, …
    const said = /\[err\] (.+)/.exec((error as Error).message)?.[1]
    throw new UserError(
      `The browser ${executablePath} did not start${said ? ` (${said})` : ''}; ` +
        'set SHOAL_BROWSER to the path of a Chromium or Chrome that does.',
    )
  }
}
