/** Types of dependencies.mjs, for its test. */
interface Packages {
  [path: string]: { version?: string; dev?: boolean; optional?: boolean }
}
export function differsFromLock(
  wanted: Packages,
  installed: Packages,
  options: { dev: boolean },
): string | null
export function networkFault(said: string): string | null
