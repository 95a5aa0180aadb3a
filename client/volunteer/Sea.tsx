/**
 * The shoal: in front one fish per worker, which swims when its worker computes and drifts when it
 * rests; far behind, the shoal that all the other tabs make.
 */
import { Fish } from './Fish.tsx'
import type { WorkerState } from './messages.ts'
import { settings, snapshot, started, view } from './tab.ts'

/** More would be a crowd, not a shoal. */
const FISH_MAX = 64
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5))

export function Sea() {
  const workers = started.value ? (snapshot.value?.workers ?? []) : []
  // Before there are workers: as many as there will be, so that the slider shows what it does.
  const count = Math.min(FISH_MAX, workers.length || settings.value.workers)
  const fish = Array.from({ length: count }, (_, k) => (
    <Swimmer key={k} k={k} count={count} state={workers[k] ?? 'idle'} />
  ))
  return (
    <div class="sea" data-state={view.value.state} aria-hidden="true">
      <div class="currents">
        <i />
        <i />
        <i />
        <i />
        <i />
      </div>
      {distant}
      <div class="bed" />
      <div class="shoal">{fish}</div>
    </div>
  )
}

/** Scenery: a cigar-shaped shoal, densest in the middle. The same in every tab. */
const distant = (
  <svg
    class="distant"
    viewBox="0 0 400 160"
    preserveAspectRatio="xMidYMid slice"
    aria-hidden="true"
  >
    {Array.from({ length: 44 }, (_, k) => {
      const along = (k + 0.5) / 44
      const x = 20 + 360 * along + 8 * Math.sin(k * 5.1)
      const y = 80 + 62 * Math.sin(Math.PI * along) * (2 * fraction(k * 0.618) - 1)
      const size = 0.22 + 0.16 * fraction(k * 0.377)
      return <use key={k} href="#far" transform={`translate(${x} ${y}) scale(${size})`} />
    })}
    <defs>
      <path id="far" d="M14 0 2-8v16zM46 0C39-9 23-10 11 0c12 10 28 9 35 0z" />
    </defs>
  </svg>
)

function Swimmer({ k, count, state }: { k: number; count: number; state: WorkerState }) {
  const { x, y } = placeOf(k, count)
  // Custom properties by script: the Content-Security-Policy allows them, unlike style in HTML.
  const style = {
    '--x': x.toFixed(1),
    '--y': y.toFixed(1),
    '--size': sizeOf(k, count).toFixed(2),
    '--beat': (0.8 + 0.4 * fraction(k * 0.377)).toFixed(2),
    '--phase': fraction(k * 0.618).toFixed(2),
  }
  return <Fish class={state} style={style} />
}

/** A sunflower spiral, wider than high, as percent from the middle: even, and no two alike. */
function placeOf(k: number, count: number): { x: number; y: number } {
  if (count === 1) return { x: 0, y: 0 }
  const spread = Math.min(1, 0.75 + count / 40)
  const radius = Math.sqrt((k + 0.4) / count) * spread
  const angle = k * GOLDEN_ANGLE + 0.6
  return { x: 40 * radius * Math.cos(angle), y: 38 * radius * Math.sin(angle) }
}

/** Relative to the largest fish; the shoal gets smaller fish as it grows. */
function sizeOf(k: number, count: number): number {
  const shoal = Math.max(0.3, Math.min(1, 1.9 / Math.sqrt(count)))
  return shoal * (0.85 + 0.3 * fraction(k * 0.731))
}

function fraction(x: number): number {
  return x - Math.floor(x)
}
