/** What a spec opens, it leaves here; whatever happens, all of it is closed again, the newest first. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class World {
  readonly #undo: (() => unknown)[] = []

  /** A temporary folder. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'shoal-spec-'))
    // Twice, for a server that was killed a moment ago may still hold a file on some systems.
    this.defer(() => rmSync(path, { recursive: true, force: true, maxRetries: 2 }))
    return path
  }

  defer(step: () => unknown): void {
    this.#undo.push(step)
  }

  /** Every step runs, also after one that fails; the first failure is thrown at the end. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const step of this.#undo.splice(0).reverse())
      try {
        await step()
      } catch (error) {
        failures.push(error)
      }
    if (failures.length > 0) throw failures[0]
  }
}

/** The outcome of `look` as soon as it is neither false nor null; throws with `what` after `limitMs`. */
export async function until<T>(
  what: string | (() => string),
  look: () => T | Promise<T>,
  limitMs = 30_000,
  everyMs = 25,
): Promise<Exclude<T, false | null | undefined>> {
  const giveUpMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== false && found !== null && found !== undefined)
      return found as Exclude<T, false | null | undefined>
    if (performance.now() > giveUpMs)
      throw new Error(
        `waited ${limitMs / 1000} s in vain: ${typeof what === 'string' ? what : what()}`,
      )
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/** A measured number worth knowing: said when SHOAL_FIGURES is set. */
export function figure(text: string): void {
  if (process.env.SHOAL_FIGURES) console.info(`  ${text}`)
}
