/** Types of kernels.mjs, for the tests that build before they run. */
export function buildKernels(options?: {
  force?: boolean
}): Promise<{ app: string; path: string; built: boolean }[]>
