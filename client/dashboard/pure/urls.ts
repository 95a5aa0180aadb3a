/** Addresses: those of the server to show to others, and those of results. */

/** Loopback: an address that means "here" on every machine. */
export function reachesOnlyThisMachine(url: string): boolean {
  const host = hostOf(url)
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

/**
 * The address the owner uses is known to work, unless it is loopback and another is not: then the
 * first that others can open. Null when there is none.
 */
export function preferredUrl(urls: readonly string[], ownHost: string): string | null {
  const reachable = urls.filter((url) => !reachesOnlyThisMachine(url))
  const candidates = reachable.length > 0 ? reachable : urls
  return candidates.find((url) => hostOf(url) === ownHost) ?? candidates[0] ?? null
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : ''
}

/** Of a result file, below the API's own address. */
export const resultPath = (job: string, name: string): string =>
  `/jobs/${encodeURIComponent(job)}/results/${encodeURIComponent(name)}`
