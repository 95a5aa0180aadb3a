/**
 * The page's own state: what the person wants (settings, Start, Pause), what the device says
 * (pauses) and what the coordinator last reported. Components read the signals and call the
 * functions; every change of what is wanted goes to the coordinator whole.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import * as comlink from 'comlink'
import { keepDecisions, keptDecisions } from './decisions.ts'
import { describeAgent, takeVolunteerId } from './identity.ts'
import type { Control, Coordinator, Page, Snapshot } from './messages.ts'
import { lockHolder, type Sensed, watch } from './sensors.ts'
import { launchOf, type Settings, serialise } from './settings.ts'
import { pageWorkers } from './spawner.ts'
import {
  nextCheckMs,
  noPauses,
  observe,
  override as overrideCause,
  type Pauses,
  pauseCause,
} from './throttle.ts'
import { isBusy, type View, viewOf } from './view.ts'

const SETTINGS_KEY = 'shoal.settings'
/** While a slider moves. */
const SETTLE_MS = 150

export const cores = Math.max(1, navigator.hardwareConcurrency || 1)

const launch = launchOf(new URL(location.href), readSettings(), {
  cores,
  framed: window.top !== window,
})

export const settings = signal<Settings>(launch.settings)
export const started = signal(launch.start)
export const snapshot = signal<Snapshot | null>(null)
const everStarted = signal(launch.start)
const userPaused = signal(false)
const sensed = signal<Sensed>({ battery: false, saveData: false, hidden: false })
const pauses = signal<Pauses>(noPauses)
const busyAtMs = signal(performance.now())
const shownAtMs = signal(performance.now())
const failure = signal<string | null>(null)

const cause = computed(() => pauseCause(pauses.value))

export const view: ReadonlySignal<View> = computed(() =>
  viewOf({
    started: started.value,
    everStarted: everStarted.value,
    cause: cause.value,
    snapshot: snapshot.value,
    lullMs: shownAtMs.value - busyAtMs.value,
    failure: failure.value,
  }),
)

export function start(): void {
  userPaused.value = false
  busyAtMs.value = performance.now()
  everStarted.value = true
  started.value = true
}

export function stop(): void {
  started.value = false
  userPaused.value = false
}

export function pause(): void {
  userPaused.value = true
}

export function resume(): void {
  userPaused.value = false
}

/** Work in spite of what pauses the tab now, until that has passed. */
export function override(): void {
  if (cause.value) pauses.value = overrideCause(pauses.value, cause.value)
}

export function change(part: Partial<Settings>): void {
  settings.value = { ...settings.value, ...part }
  try {
    localStorage.setItem(SETTINGS_KEY, serialise(settings.value))
  } catch {
    // Storage is blocked: the settings last as long as the page.
  }
}

function readSettings(): string | null {
  try {
    return localStorage.getItem(SETTINGS_KEY)
  } catch {
    return null
  }
}

/** Once, before the first drawing. */
export function open(): void {
  watchPauses()
  const coordinator = openCoordinator()
  const holdLock = lockHolder()
  let timer: ReturnType<typeof setTimeout> | undefined
  let sent: Control = controlNow()
  effect(() => {
    const control = controlNow()
    holdLock(control.started && control.cause === null && settings.value.pinned)
    const urgent = control.started !== sent.started || control.cause !== sent.cause
    const send = () => {
      sent = control
      void coordinator.set(control)
    }
    clearTimeout(timer)
    if (urgent) send()
    else timer = setTimeout(send, SETTLE_MS)
  })
}

function controlNow(): Control {
  const { workers, duty } = settings.value
  return { started: started.value, cause: cause.value, workers, duty }
}

function openCoordinator(): comlink.Remote<Coordinator> {
  const worker = new Worker(new URL('./coordinator.ts', import.meta.url), {
    type: 'module',
    name: 'shoal coordinator',
  })
  worker.addEventListener('error', (event) => {
    failure.value = `Its background worker failed (${event.message || 'it did not start'}). Reload the page.`
  })
  const coordinator = comlink.wrap<Coordinator>(worker)
  const choice = launch.backend
  const page: Page = {
    show(shown) {
      const nowMs = performance.now()
      if (isBusy(shown)) busyAtMs.value = nowMs
      shownAtMs.value = nowMs
      snapshot.value = shown
    },
    keep: (decisions) => keepDecisions(choice, decisions),
    ...pageWorkers(),
  }
  const agent = describeAgent(navigator.userAgent, launch.name)
  const decisions = keptDecisions(choice)
  const opening = { volunteer: takeVolunteerId(), agent, control: controlNow(), choice, decisions }
  void coordinator.open(opening, comlink.proxy(page))
  return coordinator
}

function watchPauses(): void {
  watch((found) => {
    sensed.value = found
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  const check = () => {
    const { battery, saveData, hidden } = sensed.value
    const now = {
      user: userPaused.value,
      battery,
      'save-data': saveData,
      hidden: hidden && !settings.value.pinned,
    }
    const nowMs = performance.now()
    pauses.value = observe(pauses.peek(), now, nowMs)
    clearTimeout(timer)
    const waitMs = nextCheckMs(pauses.peek(), nowMs)
    if (waitMs !== null) timer = setTimeout(check, waitMs + 1)
  }
  effect(check)
}
