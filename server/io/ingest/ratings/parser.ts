/** Files of ratings from bytes to a table: whole numbers at a run, every other line by itself. */
import { UserError } from '../../../../shared/errors.ts'
import { count } from '../limits.ts'
import type { TextParser } from '../source.ts'
import type { TextKernel } from '../text/kernel.ts'
import type { RatingLines } from './lines.ts'
import type { Ids, RatingTable } from './table.ts'

const NEWLINE = 10
const RETURN = 13

interface Into {
  table: RatingTable
  users: Ids
  items: Ids
  /** Null: every line by itself. */
  kernel: TextKernel | null
}

export class RatingsParser implements TextParser {
  line = 1
  readonly #label: string
  readonly #lines: RatingLines
  readonly #into: Into
  readonly #kernel: TextKernel | null
  /** fatal: a file in another encoding would become names that nobody wrote. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })

  constructor(label: string, lines: RatingLines, into: Into) {
    this.#label = label
    this.#lines = lines
    this.#into = into
    this.#kernel = into.kernel
  }

  consume(b: Buffer, isLast: boolean): number {
    const end = isLast ? b.length : b.lastIndexOf(NEWLINE) + 1
    this.#kernel?.load(b.subarray(0, end))
    for (let from = 0; from < end; ) {
      if (this.#kernel && this.#lines.plain) from = this.#takeRegular(this.#kernel, from)
      if (from < end) from = this.#takeLine(b, from, end)
    }
    return end
  }

  /** Lines of whole numbers from `at` on; returns the beginning of one that is not. */
  #takeRegular({ exports, from, end, a, b, x }: TextKernel, at: number): number {
    const { separator, fields } = this.#lines.plain!
    const to = exports.readRatings(
      ...([from + at, end, separator.charCodeAt(0), separator.length, fields] as const),
      ...([a.byteOffset, b.byteOffset, x.byteOffset] as const),
    )
    const taken = exports.taken.value
    const { table, users, items } = this.#into
    for (let k = 0; k < taken; k++)
      table.add(users.numberOfWhole(a[k]!), items.numberOfWhole(b[k]!), x[k]!)
    this.line += taken
    return to - from
  }

  #takeLine(b: Buffer, from: number, end: number): number {
    let to = b.indexOf(NEWLINE, from)
    if (to < 0 || to > end) to = end
    const bytes = b.subarray(from, to > from && b[to - 1] === RETURN ? to - 1 : to)
    const read = this.#lines.read(this.#decode(bytes), this.line)
    const { table, users, items } = this.#into
    if (read) table.add(users.numberOf(read.user), items.numberOf(read.item), read.rating)
    this.line++
    return to + 1
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes)
    } catch {
      throw new UserError(
        `${this.#label}, after line ${count(this.line - 1)}: the text is not UTF-8; save it as UTF-8.`,
      )
    }
  }
}
