/** The npm packages: are the installed ones those that package-lock.json names? If not, `npm ci`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runQuietly, SetupError } from './terminal.mjs'

/**
 * Why the installed packages are not those of the lock file, or null when they are. Compares
 * contents, not times: a checkout, an `npm install` and an unpacked archive each set times in
 * their own way. Packages for other platforms are optional and may be missing.
 *
 * @param {Record<string, any>} wanted `packages` of package-lock.json
 * @param {Record<string, any>} installed `packages` of node_modules/.package-lock.json
 * @param {{ dev: boolean }} options are the development packages needed too?
 * @returns {string | null}
 */
export function differsFromLock(wanted, installed, { dev }) {
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.optional || entry.devOptional || entry.link) continue
    if (entry.dev && !dev) continue
    if (!installed[path]) return `${path} is missing`
  }
  for (const [path, entry] of Object.entries(installed)) {
    if (!wanted[path]) return `${path} is not in package-lock.json`
    if (wanted[path].version !== entry.version)
      return `${path} is ${entry.version}, expected ${wanted[path].version}`
  }
  return null
}

/** @param {string} path @returns {Record<string, any> | null} */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return null // missing or half written: the same as not installed
  }
}

/** @param {string} root @param {{ dev: boolean }} options */
export function dependenciesAreStale(root, options) {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  if (!wanted) throw new Error('package-lock.json is missing or damaged; restore it from git')
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  return !installed || differsFromLock(wanted, installed, options) !== null
}

/** @param {string} root */
export async function installDependencies(root) {
  const npm = process.env.npm_execpath
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  try {
    await runQuietly(command, [...first, ...options], { cwd: root, shell: command === 'npm' })
  } catch (error) {
    const sentence = error instanceof Error ? networkFault(error.message) : null
    throw sentence === null ? error : new SetupError(sentence)
  }
}

const networkCodes =
  /\b(ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|ERR_SOCKET_TIMEOUT)\b/

/**
 * Of a page of npm's about a network that is not there, the one word that counts.
 *
 * @param {string} said
 * @returns {string | null} null when it is about something else
 */
export function networkFault(said) {
  const code = networkCodes.exec(said)?.[1]
  if (code === undefined) return null
  return `npm could not reach its registry (${code}); check the network, or npm's proxy, and try again.`
}
