/** What this session has found out about GPUs, kept over a reload: in sessionStorage, where there is any. */
import type { Choice, Decision } from '../backends/runner.ts'

/** By app. */
export type Decisions = Readonly<Record<string, Decision>>

/** A choice has findings of its own: "webgpu" takes what "auto" may have refused. */
const keyOf = (choice: Choice): string => `shoal.decisions.${choice}`

export function keepDecisions(choice: Choice, decisions: Decisions): void {
  try {
    sessionStorage.setItem(keyOf(choice), JSON.stringify(decisions))
  } catch {
    // Storage is blocked: a reload finds out again.
  }
}

export function keptDecisions(choice: Choice): Decisions {
  try {
    // Nobody else writes it; a damaged entry is not JSON.
    return JSON.parse(sessionStorage.getItem(keyOf(choice)) ?? '{}') as Decisions
  } catch {
    return {}
  }
}
