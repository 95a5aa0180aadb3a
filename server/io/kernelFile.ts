/** Where setup puts the WebAssembly kernels: from this folder and from the bundle in dist/server/ alike. */
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../public/kernels/', import.meta.url))

/** The path of a kernel, whether it was built or not. */
export const kernelFile = (name: string): string => `${folder}${name}.wasm`
