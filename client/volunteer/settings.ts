/**
 * What a person has set, and how a URL may preset it for a lab or a headless fleet:
 *
 *   ?workers=2        compute workers (1 … cores)
 *   ?duty=100         percent of the time a worker computes (10 … 100)
 *   ?pinned=1         keep working while the tab is hidden
 *   ?backend=wasm     compute with SIMD, or (webgpu) with the GPU even where it is slower
 *   ?name=lab-07      shown to the owner beside the browser's name
 *   ?start=1, #start  begin without a click
 *
 * Nothing runs before an explicit Start. Opening a URL that says `start` is one, made by whoever
 * opened it; inside a frame it is not, because somebody else wrote that URL.
 */
import type { Choice } from '../backends/runner.ts'
import { DUTY_MAX, DUTY_MIN } from './throttle.ts'

export interface Settings {
  workers: number
  duty: number
  pinned: boolean
}

export interface Launch {
  settings: Settings
  start: boolean
  name: string | null
  backend: Choice
}

const BACKENDS: readonly Choice[] = ['wasm', 'webgpu']

const clamp = (x: number, min: number, max: number): number => Math.min(max, Math.max(min, x))

/** Half the cores, half the time: what a person does not notice. */
export function defaults(cores: number): Settings {
  return { workers: Math.max(1, Math.floor(cores / 2)), duty: 50, pinned: false }
}

export function serialise(settings: Settings): string {
  return JSON.stringify(settings)
}

/** The inverse of `serialise`; whatever is damaged or missing falls back to its default. */
export function parse(stored: string | null, cores: number): Settings {
  const fallback = defaults(cores)
  let found: Partial<Record<keyof Settings, unknown>> = {}
  try {
    const value: unknown = JSON.parse(stored ?? '{}')
    if (typeof value === 'object' && value !== null) found = value
  } catch {
    return fallback
  }
  return {
    workers: whole(found.workers, fallback.workers, 1, cores),
    duty: whole(found.duty, fallback.duty, DUTY_MIN, DUTY_MAX),
    pinned: typeof found.pinned === 'boolean' ? found.pinned : fallback.pinned,
  }
}

/** What this visit starts with. A URL's settings win for the visit and are never stored. */
export function launchOf(
  url: URL,
  stored: string | null,
  { cores, framed }: { cores: number; framed: boolean },
): Launch {
  const settings = parse(stored, cores)
  const query = url.searchParams
  const number = (name: string): number | undefined =>
    query.has(name) ? Number(query.get(name)) : undefined
  return {
    settings: {
      workers: whole(number('workers'), settings.workers, 1, cores),
      duty: whole(number('duty'), settings.duty, DUTY_MIN, DUTY_MAX),
      pinned: query.has('pinned') ? query.get('pinned') !== '0' : settings.pinned,
    },
    start: !framed && (query.get('start') === '1' || url.hash === '#start'),
    name: query.get('name')?.trim().slice(0, 60) || null,
    backend: BACKENDS.find((each) => each === query.get('backend')) ?? 'auto',
  }
}

function whole(value: unknown, fallback: number, min: number, max: number): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? clamp(Math.round(value), min, max)
    : fallback
}
