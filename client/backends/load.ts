/**
 * The backend of an app, chosen lazily and once: WebAssembly SIMD where the browser has it and the
 * kernel is there, else the reference, with the reason.
 */
import { kernels } from '../../shared/apps/kernels.ts'
import type { Backend } from './backend.ts'
import { ReferenceBackend } from './reference.ts'
import { WasmBackend } from './wasm.ts'

export interface LoadOptions {
  /** URL of the site's root, where kernels/<app>.wasm lies; the root of this origin by default. */
  root?: string
  /** The kernel itself, where nothing can be fetched (Node). */
  module?: BufferSource
}

const loaded = new Map<string, Promise<Backend>>()

/** Kernels that are on their way, or there. */
const modules = new Map<string, Promise<WebAssembly.Module>>()

/** Fetches and compiles the kernels of all apps, some 20 KiB each. One that fails is fetched again for its lease. */
export function prepareKernels(): void {
  if (!hasSimd()) return
  for (const app of Object.keys(kernels)) {
    const module = fetchKernel(app).then((bytes) => WebAssembly.compile(bytes))
    modules.set(app, module)
    module.catch(() => modules.delete(app))
  }
}

/** The options of the first call for an app count. @throws when no such app is known */
export function load(app: string, options: LoadOptions = {}): Promise<Backend> {
  let backend = loaded.get(app)
  if (!backend) {
    backend = choose(app, options)
    loaded.set(app, backend)
  }
  return backend
}

/** What `load` does, without remembering it: a backend of one's own. */
export async function choose(app: string, options: LoadOptions = {}): Promise<Backend> {
  const kernel = Object.hasOwn(kernels, app) ? kernels[app] : undefined
  if (!kernel)
    throw new Error(`this tab knows no app "${app}", only ${Object.keys(kernels).join(', ')}`)
  if (!hasSimd()) return new ReferenceBackend(kernel, 'this browser has no WebAssembly SIMD')
  try {
    const module =
      (options.module ? undefined : await modules.get(app)?.catch(() => undefined)) ??
      (await WebAssembly.compile(options.module ?? (await fetchKernel(app, options.root))))
    return new WasmBackend(kernel, await WebAssembly.instantiate(module))
  } catch (error) {
    if (error instanceof NoKernel) return new ReferenceBackend(kernel, error.message)
    const cause = error instanceof Error ? error.message : String(error)
    return new ReferenceBackend(kernel, `the WebAssembly kernel did not load: ${cause}`)
  }
}

/** Apps may do without one (shared/apps/README.md): nothing has gone wrong then. */
class NoKernel extends Error {}

/** Not streamed: a server may label .wasm as anything, and a kernel is a few kilobytes. */
async function fetchKernel(app: string, root = new URL('/', location.href).href) {
  const url = new URL(`kernels/${app}.wasm`, root)
  const response = await fetch(url)
  if (response.status === 404) throw new NoKernel(`the server has no ${url.pathname}`)
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`)
  return response.arrayBuffer()
}

/** A module of one function that splats and drops a vector: valid only where SIMD is known. */
export function hasSimd(): boolean {
  if (typeof WebAssembly !== 'object') return false
  const type = [1, 4, 1, 0x60, 0, 0]
  const functions = [3, 2, 1, 0]
  // i32.const 0 · i8x16.splat · drop · end
  const code = [10, 9, 1, 7, 0, 0x41, 0, 0xfd, 15, 0x1a, 0x0b]
  return WebAssembly.validate(
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, ...type, ...functions, ...code),
  )
}
