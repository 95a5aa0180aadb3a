/**
 * The build of the kernels: every shared/apps/<app>/push.as.ts becomes public/kernels/<app>.wasm, and
 * so do the server's own.
 *
 * Plain JavaScript, because it runs before anything else is built: `node server/setup/kernels.mjs
 * [--force]`. A kernel is compiled only when a source is newer than it.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const appsDir = join(root, 'shared/apps')
const kernelsDir = join(root, 'public/kernels')

/** The server's own: passes over the data, and text files. */
const serverKernels = [
  ['columns', 'shared/columns/passes.as.ts'],
  ['text', 'server/io/ingest/text/text.as.ts'],
]

/** Fixed tables of the kernels live below this address (columns/u2.as.ts). */
const MEMORY_BASE = 32_768

/**
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<{ app: string, path: string, built: boolean }[]>}
 */
export async function buildKernels({ force = false } = {}) {
  await mkdir(kernelsDir, { recursive: true })
  const kernels = []
  for (const app of (await readdir(appsDir)).sort()) {
    const source = join(appsDir, app, 'push.as.ts')
    if (!existsSync(source)) continue
    const path = join(kernelsDir, `${app}.wasm`)
    const built = force || (await isStale(path, source))
    if (built) await compileKernel(source, path)
    kernels.push({ app, path, built })
  }
  for (const [app, file] of serverKernels) {
    const path = join(kernelsDir, `${app}.wasm`)
    const source = join(root, file)
    const built = force || (await isStale(path, source))
    if (built) await compileKernel(source, path)
    kernels.push({ app, path, built })
  }
  return kernels
}

/** @param {string} path @param {string} source */
async function isStale(path, source) {
  if (!existsSync(path)) return true
  const { mtimeMs } = await stat(path)
  const sources = [fileURLToPath(import.meta.url), ...(await sourcesOf(source))]
  const times = await Promise.all(sources.map(async (file) => (await stat(file)).mtimeMs))
  return times.some((time) => time > mtimeMs)
}

/**
 * A source and all that it imports.
 * @param {string} source
 * @param {Set<string>} seen
 * @returns {Promise<Set<string>>}
 */
async function sourcesOf(source, seen = new Set()) {
  if (seen.has(source)) return seen
  seen.add(source)
  const text = await readFile(source, 'utf8')
  for (const [, path] of text.matchAll(/\bfrom '(\.[^']+)'/g))
    await sourcesOf(resolve(dirname(source), `${path}.ts`), seen)
  return seen
}

/** @param {string} source @param {string} path */
export async function compileKernel(source, path) {
  // Loaded only here: the compiler takes a second to start, and most runs find nothing to do.
  const { default: asc } = await import('assemblyscript/asc')
  // Renamed when complete, so that two builds at once never leave half a kernel.
  const part = `${path}.${randomUUID()}.part`
  const options = ['--enable', 'simd', '-O3', '--runtime', 'stub', '--noAssert', '--use', 'abort=']
  const { error, stderr } = await asc.main([
    relative(root, source),
    ...['--baseDir', root, '--outFile', relative(root, part)],
    ...['--memoryBase', String(MEMORY_BASE)],
    ...options,
  ])
  if (error) {
    await rm(part, { force: true })
    throw new Error(`${relative(root, source)} does not compile:\n${stderr.toString()}`)
  }
  await rename(part, path)
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  for (const { app, path, built } of await buildKernels({
    force: process.argv.includes('--force'),
  }))
    console.log(`${app}: ${relative(root, path)} ${built ? 'built' : 'is up to date'}`)
}
