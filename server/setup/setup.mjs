/**
 * Everything a fresh clone needs before it can run: Node, npm packages, kernels, pages, server, a
 * browser. Plain JavaScript without packages, because it runs before there are any. Does only what
 * is not done yet, and says nothing when there is nothing to do.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

const nodeMin = [20, 19]

/** What is built, in order: each may use the outputs of those before it. */
const parts = [
  {
    name: 'kernels',
    what: 'building the WebAssembly kernels',
    sources: ['shared', 'server/io/ingest', 'server/setup/kernels.mjs', 'package-lock.json'],
    only: /\.as\.ts$|kernels\.mjs$|package-lock\.json$/,
    outputs: ['public/kernels'],
    build: async () => {
      const { buildKernels } = await import('./kernels.mjs')
      await buildKernels({ force: true })
    },
  },
  {
    name: 'client',
    what: 'building the pages',
    sources: ['client', 'shared', 'public', 'vite.config.ts', 'package-lock.json'],
    outputs: ['dist/client/index.html'],
    build: () => vite([]),
  },
  {
    name: 'server',
    what: 'building the server',
    sources: ['server', 'shared', 'vite.config.ts', 'package-lock.json'],
    outputs: ['dist/server/cli.js'],
    build: () => vite(['--mode', 'server']),
  },
]

/** @param {readonly string[]} options */
async function vite(options) {
  const { runQuietly } = await import('./terminal.mjs')
  const program = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const args = [program, 'build', '--logLevel', 'error', ...options]
  await runQuietly(process.execPath, args, { cwd: root })
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return
  process.stderr.write(
    `Shoal needs Node ${nodeMin.join('.')} or newer and this is ${process.versions.node}; ` +
      'install a newer one from https://nodejs.org.\n',
  )
  process.exit(1)
}

/**
 * @param {{ dev?: boolean, browser?: boolean }} needs development packages? headless tabs?
 * @returns {Promise<void>}
 */
export async function setup({ dev = false, browser = false } = {}) {
  checkNode()
  const { dependenciesAreStale, installDependencies } = await import('./dependencies.mjs')
  const { buildAndStamp, isStale } = await import('./stamps.mjs')
  const { exclusively } = await import('./lock.mjs')
  const { step } = await import('./terminal.mjs')

  const fresh = () => !dependenciesAreStale(root, { dev }) && !parts.some((p) => isStale(root, p))
  if (!fresh())
    await exclusively(root, async () => {
      if (dependenciesAreStale(root, { dev }))
        await step('installing dependencies (npm ci)', () => installDependencies(root))
      for (const part of parts)
        if (isStale(root, part)) await step(part.what, () => buildAndStamp(root, part, part.build))
    })
  if (!browser) return
  const { findOrInstallBrowser } = await import('./browser.mjs')
  process.env.SHOAL_BROWSER = await findOrInstallBrowser(root)
}

/** Set up or end the process with a sentence. @param {Parameters<typeof setup>[0]} needs */
export async function setupOrExit(needs) {
  try {
    await setup(needs)
  } catch (error) {
    const failure = /** @type {Error} */ (error)
    const text = failure.name === 'SetupError' ? failure.message : (failure.stack ?? failure)
    process.stderr.write(`setup: ${text}\n`)
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setupOrExit({ dev: true, browser: true })
  process.stderr.write('setup: ready\n')
}
