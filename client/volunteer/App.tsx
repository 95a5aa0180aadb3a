/** The whole page, from top to bottom. */
import { Figures } from './Figures.tsx'
import { Fish } from './Fish.tsx'
import { JobCard } from './JobCard.tsx'
import { Sea } from './Sea.tsx'
import { SettingsCard } from './SettingsCard.tsx'
import { override, pause, resume, snapshot, start, started, stop, view } from './tab.ts'

export function App() {
  const { state } = view.value
  const shown = snapshot.value
  return (
    <>
      <header class="top">
        <a class="brand" href="/">
          <Fish class="logo" />
          Shoal
        </a>
        <a href="/dashboard">Dashboard</a>
      </header>
      <main
        data-state={state}
        data-link={shown?.link.state ?? 'connecting'}
        data-workers={shown?.workers.length ?? 0}
        data-blocks={shown?.blocks ?? 0}
        data-refused={shown?.refused ?? 0}
        data-updates={shown?.updates ?? 0}
        data-pending={shown?.pending ?? 0}
        data-bytes-down={shown?.bytesDown ?? 0}
        data-bytes-up={shown?.bytesUp ?? 0}
        data-backend={shown?.backend?.name ?? ''}
      >
        <Hero />
        <div class="columns">
          <div class="stack">
            <JobCard />
            <Figures />
          </div>
          <SettingsCard />
        </div>
        <About />
      </main>
    </>
  )
}

function Hero() {
  const { state, headline, reason } = view.value
  return (
    <section class="hero" data-state={state} aria-label="Start and stop">
      <Sea />
      <div class="lead">
        <h1>{headline}</h1>
        <p class="reason">{reason}</p>
        <p class="quiet" role="status">{`${headline}. ${reason}`}</p>
        <div class="row">
          <Buttons />
        </div>
      </div>
    </section>
  )
}

function Buttons() {
  const { state, action } = view.value
  if (!started.value)
    return (
      <button type="button" class="primary start" onClick={start}>
        {state === 'stopped' ? 'Start again' : 'Start'}
      </button>
    )
  return (
    <>
      {action === 'resume' && (
        <button type="button" class="primary start" onClick={resume}>
          Resume
        </button>
      )}
      {action === 'override' && (
        <button type="button" class="primary start" onClick={override}>
          Work anyway
        </button>
      )}
      {action === 'reload' && (
        <button type="button" class="primary start" onClick={() => location.reload()}>
          Reload this page
        </button>
      )}
      <button type="button" class="start" onClick={stop}>
        Stop
      </button>
      {state !== 'paused' && action === null && (
        <button type="button" class="start" onClick={pause}>
          Pause
        </button>
      )}
    </>
  )
}

function About() {
  return (
    <footer class="about small">
      <p>
        <strong>What runs here.</strong> Arithmetic on pieces of a data set, inside this tab and
        within the limits you set. It sees no files, no other tabs, nothing about you. The server
        checks every result. Closing the tab ends it.
      </p>
      {!isSecureContext && (
        <p>
          <strong>No HTTPS here.</strong> Everything works; over HTTPS this page could also see
          whether the device is on battery and keep its place when it is in the background.
        </p>
      )}
      <p>
        <strong>Running a job?</strong> Owners launch and watch jobs on the{' '}
        <a href="/dashboard">dashboard</a>.
      </p>
    </footer>
  )
}
