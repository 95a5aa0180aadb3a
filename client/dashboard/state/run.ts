/**
 * The history of the job on screen: what the server kept, then live lines on top.
 *
 * Lines that arrive while the history is still loading are held back and merged after it; lines
 * sent twice are dropped by their time. After a lost line the history is loaded again, because
 * what happened meanwhile was never sent.
 */
import { effect, type ReadonlySignal, signal, untracked } from '@preact/signals'
import type { RunLine } from '../../../shared/protocol.ts'
import { POINTS_MAX, RunHistory } from '../pure/series.ts'
import { request } from './api.ts'
import { line, onRun } from './grid.ts'
import { attempt } from './toasts.ts'

export interface RunView {
  readonly lines: readonly RunLine[]
  /** How many lines the run has in all. */
  readonly total: number
  readonly loaded: boolean
}

/** Half of what the buffer holds, so that live lines have room before it thins. */
const LOADED_MAX = POINTS_MAX / 2
/** Redraws a second: the eye sees no more in a curve, and four plots a frame cost battery. */
const REDRAW_MS = 250

export function watchRun(job: string): { view: ReadonlySignal<RunView>; stop: () => void } {
  const history = new RunHistory()
  const view = signal<RunView>({ lines: [], total: 0, loaded: false })
  let held: RunLine[] | null = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let loads = 0

  const show = (): void => {
    timer = undefined
    view.value = { lines: [...history.lines], total: history.total, loaded: true }
  }
  const load = async (): Promise<void> => {
    const turn = ++loads
    held ??= []
    await attempt(async () => {
      const path = `/jobs/${encodeURIComponent(job)}/run?max=${LOADED_MAX}`
      const response = await request('GET', path)
      const lines = (await response.json()) as RunLine[]
      if (turn !== loads) return
      history.load(lines, Number(response.headers.get('X-Total-Count') ?? lines.length))
    })
    if (turn !== loads) return
    history.push(held ?? [])
    held = null
    show()
  }
  const stopListening = onRun((id, lines) => {
    if (id !== job) return
    if (held !== null) {
      held.push(...lines)
      return
    }
    history.push(lines)
    timer ??= setTimeout(show, REDRAW_MS)
  })
  const stopWatching = effect(() => {
    if (line.value === 'live') untracked(() => void load())
  })
  return {
    view,
    stop: () => {
      loads++
      clearTimeout(timer)
      stopListening()
      stopWatching()
    },
  }
}
