/** Where the entries of threads are. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The built threads lie beside the built server (vite.config.ts). */
export function threadEntry(name: string): string {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url))
  if (existsSync(file)) return file
  throw new Error(`${file} is missing: build the server first (vite build --mode server)`)
}
