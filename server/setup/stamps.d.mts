/** Types of stamps.mjs, for its test. */
export interface Part {
  name: string
  sources: readonly string[]
  only?: RegExp
  outputs: readonly string[]
}
export function fingerprint(root: string, sources: readonly string[], only?: RegExp): string
export function isStale(root: string, part: Part): boolean
export function buildAndStamp(root: string, part: Part, build: () => Promise<void>): Promise<void>
