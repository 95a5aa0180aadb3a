/**
 * What each app computes with on this device, found out once a session.
 *
 * The first worker that gets a lease of an app finds out (client/backends/openRunner.ts); the others wait
 * for that and go by it, for races at the same time would slow each other down. A reload within the
 * session goes by it too, because the page keeps it (tab.ts). What happens to a GPU later is another
 * matter, and each worker's own.
 */
import type { Choice, Decision } from '../backends/runner.ts'
import type { Decisions } from './decisions.ts'
import type { Compute } from './messages.ts'

type Decides = Pick<Compute, 'decide'>

interface Finding {
  /** Who finds out; null when it is known from before. */
  readonly by: Decides | null
  readonly decision: Promise<Decision>
  /** When that worker is gone. */
  readonly settle: (decision: Decision) => void
}

const CRASHED: Decision = { use: 'simd', from: null, reason: 'its test ended the worker' }

export class Admissions {
  readonly choice: Choice
  readonly #keep: (decisions: Decisions) => void
  readonly #findings = new Map<string, Finding>()
  readonly #told = new WeakMap<Decides, Set<string>>()
  #decisions: Decisions

  /** `known` from an earlier visit of the session; `keep` is called with all that is known now. */
  constructor(choice: Choice, known: Decisions, keep: (decisions: Decisions) => void) {
    this.choice = choice
    this.#decisions = known
    this.#keep = keep
    for (const [app, decision] of Object.entries(known))
      this.#findings.set(app, { by: null, decision: Promise.resolve(decision), settle: () => {} })
  }

  /** Resolves as soon as whatever is asked of `worker` about the app comes after what it needs to know. */
  async admit(worker: Decides, app: string): Promise<void> {
    const told = this.#told.get(worker) ?? new Set()
    if (told.has(app)) return
    this.#told.set(worker, told.add(app))
    const finding = this.#findings.get(app)
    // A worker answers in order: who finds out need not be waited for.
    if (!finding) this.#find(worker, app)
    else void worker.decide(app, this.choice, await finding.decision)
  }

  /** That worker will not answer any more. */
  gone(worker: Decides): void {
    for (const { by, settle } of this.#findings.values()) if (by === worker) settle(CRASHED)
  }

  #find(worker: Decides, app: string): void {
    let settle: (decision: Decision) => void = () => {}
    const decision = new Promise<Decision>((resolve) => {
      settle = resolve
    })
    this.#findings.set(app, { by: worker, decision, settle })
    worker.decide(app, this.choice, null).then(settle, () => settle(CRASHED))
    void decision.then((found) => {
      if (found === CRASHED) return
      this.#decisions = { ...this.#decisions, [app]: found }
      this.#keep(this.#decisions)
    })
  }
}
