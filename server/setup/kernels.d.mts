/** Types of kernels.mjs, for the tests that build before they run. */
export function buildKernels(options?: {
  force?: boolean
}): Promise<{ app: string; path: string; built: boolean }[]>

/** An AssemblyScript source to a .wasm file; @throws with the compiler's words. */
export function compileKernel(source: string, path: string): Promise<void>
