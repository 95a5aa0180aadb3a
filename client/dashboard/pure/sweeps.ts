/** The history of a run that goes in sweeps: one line a sweep. */
import type { RunLine } from '../../../shared/protocol.ts'

/**
 * The first line that knows each completed sweep: later ones may already carry numbers of the next.
 * `done` says how many sweeps a line has behind it, null when it does not know.
 */
export function bySweep(
  lines: readonly RunLine[],
  done: (line: RunLine) => number | null,
): { sweeps: number[]; lines: RunLine[] } {
  const found: { sweeps: number[]; lines: RunLine[] } = { sweeps: [], lines: [] }
  for (const line of lines) {
    const sweep = done(line)
    if (sweep === null || sweep < 1 || sweep <= (found.sweeps.at(-1) ?? 0)) continue
    found.sweeps.push(sweep)
    found.lines.push(line)
  }
  return found
}
