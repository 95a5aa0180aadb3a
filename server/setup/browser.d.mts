/** Types of browser.mjs, which is plain JavaScript because it runs before anything is built. */
export function findBrowser(root: string): Promise<string | null>
export function findOrInstallBrowser(root: string): Promise<string>
