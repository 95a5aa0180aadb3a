/** Who this tab is: a secret that survives a reload, and a description for the owner's table. */

const KEY = 'shoal.volunteer'

/**
 * The tab's secret. It lives in sessionStorage only while no page does: it is taken out on arrival
 * and put back on leaving, because browsers copy sessionStorage into a duplicated tab, and two tabs
 * must not be one volunteer.
 */
export function takeVolunteerId(): string {
  const id = read() ?? freshId()
  write(null)
  addEventListener('pagehide', () => write(id))
  addEventListener('pageshow', () => write(null))
  return id
}

/** A random name that nobody can guess. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function read(): string | null {
  try {
    const id = sessionStorage.getItem(KEY)
    return id && /^[\w-]{16,64}$/.test(id) ? id : null
  } catch {
    // Storage is blocked: a new volunteer at every reload.
    return null
  }
}

function write(id: string | null): void {
  try {
    if (id === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, id)
  } catch {
    // As above.
  }
}

const BROWSERS: [RegExp, string][] = [
  [/Edg\/(\d+)/, 'Edge'],
  [/OPR\/(\d+)/, 'Opera'],
  [/Firefox\/(\d+)/, 'Firefox'],
  [/(?:Headless)?Chrome\/(\d+)/, 'Chromium'],
  [/Version\/(\d+).*Safari/, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** "lab-07 (Chromium 156, Linux)". */
export function describeAgent(userAgent: string, name: string | null): string {
  let browser = 'Browser'
  for (const [pattern, known] of BROWSERS) {
    const version = pattern.exec(userAgent)?.[1]
    if (!version) continue
    browser = `${known} ${version}`
    break
  }
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'unknown system'
  const agent = `${browser}, ${system}`
  return name ? `${name} (${agent})` : agent
}
