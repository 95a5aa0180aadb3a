/**
 * How hard this tab works, and when it must not.
 *
 * Two mechanisms, both pure (time is an argument). The duty cycle: after computing t milliseconds
 * a worker rests t·(100/duty − 1), so that over any few seconds it uses `duty` percent of a core.
 * The pauses: each has a cause that the page can observe. A cause pauses the tab at once, and
 * stops doing so only after it has been gone for a while, so that a loose plug or a flick through
 * tabs does not start and stop the work again and again. A person may override a cause; the
 * override ends with the cause.
 */

export const DUTY_MIN = 10
export const DUTY_MAX = 100

export const CAUSES = ['user', 'battery', 'save-data', 'hidden'] as const
/** In order of precedence: the first that holds is the one that is shown. */
export type Cause = (typeof CAUSES)[number]

/** How long a cause must be gone before work resumes, milliseconds. */
export const CLEAR_MS: Record<Cause, number> = {
  user: 0,
  battery: 5_000,
  'save-data': 0,
  hidden: 1_000,
}

/** Which causes hold right now. */
export type Sensed = Record<Cause, boolean>

export interface Pauses {
  /** Causes that count, with the moment since when they are gone (null: they still hold). */
  active: Partial<Record<Cause, number | null>>
  overridden: readonly Cause[]
}

export const noPauses: Pauses = { active: {}, overridden: [] }

export function restMs(computedMs: number, duty: number): number {
  const bounded = Math.min(DUTY_MAX, Math.max(DUTY_MIN, duty))
  return computedMs * (100 / bounded - 1)
}

export function observe(pauses: Pauses, sensed: Sensed, nowMs: number): Pauses {
  const active: Pauses['active'] = {}
  for (const cause of CAUSES) {
    if (sensed[cause]) active[cause] = null
    else if (cause in pauses.active) {
      const goneSinceMs = pauses.active[cause] ?? nowMs
      if (nowMs - goneSinceMs < CLEAR_MS[cause]) active[cause] = goneSinceMs
    }
  }
  return { active, overridden: pauses.overridden.filter((cause) => cause in active) }
}

export function override(pauses: Pauses, cause: Cause): Pauses {
  if (!(cause in pauses.active) || pauses.overridden.includes(cause)) return pauses
  return { ...pauses, overridden: [...pauses.overridden, cause] }
}

/** Why the tab pauses, or null when it may work. */
export function pauseCause(pauses: Pauses): Cause | null {
  for (const cause of CAUSES)
    if (cause in pauses.active && !pauses.overridden.includes(cause)) return cause
  return null
}

/** When to observe again although nothing happened: a cause is waiting to clear. */
export function nextCheckMs(pauses: Pauses, nowMs: number): number | null {
  let soonest: number | null = null
  for (const cause of CAUSES) {
    const goneSinceMs = pauses.active[cause]
    if (goneSinceMs === null || goneSinceMs === undefined) continue
    const wait = Math.max(0, goneSinceMs + CLEAR_MS[cause] - nowMs)
    if (soonest === null || wait < soonest) soonest = wait
  }
  return soonest
}
