/** What the first line of a CSV tells: the delimiter, names, the target's column. */
import { UserError } from '../../../../shared/errors.ts'
import { count } from '../limits.ts'
import { quoteCell } from '../number.ts'
import type { Source } from '../source.ts'

const NEWLINE = 10
const QUOTE = 34

/** The column of the name that was asked for. */
export function findTarget(
  label: string,
  first: string[],
  isHeader: boolean,
  wanted: string,
): number {
  const names = isHeader ? first : first.map((_, j) => `x${j + 1}`)
  const at = names.indexOf(wanted)
  if (at < 0)
    throw new UserError(
      `${label} has no column ${quoteCell(wanted)} for the target; ${
        isHeader ? 'its columns are' : 'it has no header, so its columns are'
      } ${names.length > 12 ? `${names.slice(0, 10).join(', ')}, … (${count(names.length)})` : names.join(', ')}.`,
    )
  if (names.indexOf(wanted, at + 1) >= 0)
    throw new UserError(
      `${label} has two columns named ${quoteCell(wanted)}; rename the one that is not the target.`,
    )
  return at
}

/** Names are stored one a line. */
export const cleanName = (name: string, j: number): string =>
  name.replace(/\s*[\r\n]+\s*/g, ' ') || `x${j + 1}`

/** The delimiter that the first line uses most, outside quotes; a comma if it has none. */
export function sniffDelimiter({ head }: Source): number {
  const counts = new Map([',', ';', '\t'].map((c) => [c.charCodeAt(0), 0]))
  let quoted = false
  for (const c of head) {
    if (c === QUOTE) quoted = !quoted
    if (c === NEWLINE && !quoted) break
    const seen = counts.get(c)
    if (seen !== undefined && !quoted) counts.set(c, seen + 1)
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}
