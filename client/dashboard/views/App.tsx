/** The frame around every view: who is logged in, where one can go, whether the line is open. */
import { useEffect, useRef } from 'preact/hooks'
import { ConfirmDialog } from '../parts/Confirm.tsx'
import { Mark } from '../parts/Mark.tsx'
import { Toasts } from '../parts/Toasts.tsx'
import { connect, fleet, line, lostMs } from '../state/grid.ts'
import { type Route, route } from '../state/route.ts'
import { forget, token } from '../state/session.ts'
import { Datasets } from './Datasets.tsx'
import { Fleet } from './Fleet.tsx'
import { JobDetail } from './JobDetail.tsx'
import { Jobs } from './Jobs.tsx'
import { Launch } from './Launch.tsx'
import { Login } from './Login.tsx'

export function App() {
  return (
    <>
      {token.value === null ? <Login /> : <Dashboard key={token.value} />}
      <Toasts />
      <ConfirmDialog />
    </>
  )
}

function Dashboard() {
  useEffect(connect, [])
  return (
    <>
      <Header />
      <LostLine />
      <main id="main">
        <View key={JSON.stringify(route.value)} route={route.value} />
      </main>
    </>
  )
}

const PLACES = [
  { href: '#/jobs', name: 'Jobs', views: ['jobs', 'job', 'launch'] },
  { href: '#/datasets', name: 'Datasets', views: ['datasets'] },
  { href: '#/fleet', name: 'Fleet', views: ['fleet'] },
] as const

function Header() {
  const { view } = route.value
  const volunteers = fleet.value?.total
  return (
    <header class="top">
      <button type="button" class="skip" onClick={skipToMain}>
        Skip to the content
      </button>
      <a class="brand" href="#/jobs">
        <Mark /> Shoal
      </a>
      <nav aria-label="Dashboard">
        {PLACES.map(({ href, name, views }) => (
          <a
            key={href}
            href={href}
            aria-current={(views as readonly string[]).includes(view) ? 'page' : undefined}
          >
            {name}
            {name === 'Fleet' && volunteers ? <span class="count">{volunteers}</span> : null}
          </a>
        ))}
      </nav>
      <button type="button" class="small" onClick={() => forget(null)}>
        Log out
      </button>
    </header>
  )
}

/** A button, not a link: the fragment belongs to the router. */
function skipToMain(): void {
  document.querySelector<HTMLElement>('#main h1')?.focus()
}

function LostLine() {
  return (
    <div aria-live="assertive">
      {line.value === 'lost' && (
        <p class="banner">
          <strong>Connection lost.</strong> Trying again; what you see is from{' '}
          {new Date(lostMs.value ?? Date.now()).toLocaleTimeString()}.
        </p>
      )}
    </div>
  )
}

const TITLES: Partial<Record<Route['view'], string>> = {
  jobs: 'Jobs',
  launch: 'Launch a job',
  datasets: 'Datasets',
  fleet: 'Fleet',
}

let first = true

function View({ route }: { route: Route }) {
  const box = useRef<HTMLDivElement>(null)
  // A new view takes the focus to its heading, as a new page would; the first one is a new page.
  useEffect(() => {
    const title = TITLES[route.view]
    // A job titles the page itself, by its name.
    if (title !== undefined) document.title = `${title} – Shoal dashboard`
    if (!first) box.current?.querySelector('h1')?.focus({ preventScroll: true })
    if (!first) scrollTo(0, 0)
    first = false
  }, [route.view])
  return <div ref={box}>{viewOf(route)}</div>
}

function viewOf(route: Route) {
  switch (route.view) {
    case 'jobs':
      return <Jobs />
    case 'job':
      return <JobDetail id={route.id} />
    case 'launch':
      return <Launch app={route.app} dataset={route.dataset} like={route.like} />
    case 'datasets':
      return <Datasets />
    case 'fleet':
      return <Fleet />
  }
}
