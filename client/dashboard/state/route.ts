/** Which view is open: the part of the address after #, so that Back and bookmarks work. */
import { signal } from '@preact/signals'

export type Route =
  | { view: 'jobs' }
  | { view: 'job'; id: string }
  | { view: 'launch'; app: string | null; dataset: string | null; like: string | null }
  | { view: 'datasets' }
  | { view: 'fleet' }

export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view = '', id = ''] = path.split('/')
  switch (view) {
    case 'jobs':
      return id === '' ? { view: 'jobs' } : { view: 'job', id: decode(id) }
    case 'launch': {
      const query = new URLSearchParams(search)
      const [app, dataset, like] = ['app', 'dataset', 'like'].map((name) => query.get(name))
      return { view: 'launch', app: app!, dataset: dataset!, like: like! }
    }
    case 'datasets':
    case 'fleet':
      return { view }
    default:
      return { view: 'jobs' }
  }
}

/** A hand-typed address may hold a broken escape; then it is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const route = signal<Route>({ view: 'jobs' })

export function followAddress(): void {
  const read = (): void => {
    route.value = parseRoute(location.hash)
  }
  addEventListener('hashchange', read)
  read()
}

export const jobHref = (id: string): string => `#/jobs/${encodeURIComponent(id)}`

export function go(href: string): void {
  location.hash = href
}
