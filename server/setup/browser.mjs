/**
 * A Chromium for headless tabs: the one SHOAL_BROWSER names, one on the PATH, or Playwright's own;
 * where there is none, installed. What was found is remembered, because asking a browser for its
 * version takes longer than all the rest of a set-up with nothing to do.
 */
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { runQuietly, SetupError, step } from './terminal.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const applications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const installMsMax = 5 * 60_000

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Ubuntu's chromium-browser is a script that only asks to install a snap: so ask the version. */
async function runs(/** @type {string} */ path) {
  try {
    await runQuietly(path, ['--version'], { timeoutMs: 20_000 })
    return true
  } catch {
    return false // not a working browser: try the next one
  }
}

async function playwrightsOwn() {
  const { chromium } = await import('playwright')
  return chromium.executablePath()
}

/** @param {string} notes where the last answer is kept */
function remembered(notes) {
  try {
    const { path, mtimeMs } = JSON.parse(readFileSync(notes, 'utf8'))
    return isExecutable(path) && statSync(path).mtimeMs === mtimeMs ? path : null
  } catch {
    return null // never asked before
  }
}

/**
 * @param {string} root the project's folder
 * @returns {Promise<string | null>} path of the browser
 */
export async function findBrowser(root) {
  const chosen = process.env.SHOAL_BROWSER
  if (chosen) {
    if (isExecutable(chosen)) return chosen
    throw new SetupError(
      `SHOAL_BROWSER names ${chosen}, which is not a program; correct it or unset it.`,
    )
  }
  const notes = join(root, 'node_modules', '.shoal', 'browser.json')
  const known = remembered(notes)
  if (known) return known
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)))
  for (const path of [...candidates, ...applications, await playwrightsOwn()]) {
    if (!isExecutable(path) || !(await runs(path))) continue
    mkdirSync(dirname(notes), { recursive: true })
    writeFileSync(notes, JSON.stringify({ path, mtimeMs: statSync(path).mtimeMs }))
    return path
  }
  return null
}

/** @param {string} root @returns {Promise<string>} */
export async function findOrInstallBrowser(root) {
  const found = await findBrowser(root)
  if (found) return found
  const playwright = join(root, 'node_modules', 'playwright', 'cli.js')
  const attempts = [
    {
      what: 'installing a browser (playwright install chromium)',
      possible: true,
      install: () =>
        runQuietly(process.execPath, [playwright, 'install', 'chromium'], {
          timeoutMs: installMsMax,
        }),
    },
    {
      what: 'installing a browser (apt-get install chromium)',
      possible: process.getuid?.() === 0 && isExecutable('/usr/bin/apt-get'),
      install: () =>
        runQuietly(
          'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium',
          [],
          {
            shell: true,
            timeoutMs: installMsMax,
          },
        ),
    },
  ]
  let reason = ''
  for (const { what, possible, install } of attempts) {
    if (!possible) continue
    try {
      await step(what, install)
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error)
      continue
    }
    const installed = await findBrowser(root)
    if (installed) return installed
    reason =
      'the installed browser does not start; run it with --version to see which library it lacks'
  }
  throw new SetupError(
    'No browser for headless tabs was found and none could be installed; install Chromium or ' +
      `Chrome, or set SHOAL_BROWSER to the path of one.\n(${reason})`,
  )
}
