/** Types of setup.mjs, for the specs that need a build before they run. */
export const root: string
export function setup(needs?: { dev?: boolean; browser?: boolean }): Promise<void>
export function setupOrExit(needs?: { dev?: boolean; browser?: boolean }): Promise<void>
