/**
 * Targets in words: a column or a file of two words instead of numbers. They become 0 and 1 by the
 * alphabet, and the manifest keeps them (targetLabels).
 */
import { UserError } from '../../../../shared/errors.ts'
import { isMissing, isValue, quoteCell } from '../number.ts'
import { parseText, type Source, type TextParser } from '../source.ts'

/** Words are known by their text; longer ones are cut. */
const LENGTH_MAX = 200
const CLASSES = 2

export interface Labelled {
  readonly values: Float64Array
  readonly labels: string[]
}

/** Words in the order of rows, few different ones. */
export class Words {
  readonly #known: string[] = []
  readonly #codes: number[] = []

  /** @param where the cell, for a message */
  push(text: string, where: () => string): void {
    const word = text.trim().slice(0, LENGTH_MAX)
    if (isMissing(word))
      throw new UserError(`${where()}: the class is missing; fill it in, or remove the row.`)
    let code = this.#known.indexOf(word)
    if (code < 0) {
      code = this.#known.push(word) - 1
      if (code >= CLASSES)
        throw new UserError(
          `${where()}: ${quoteCell(word)} is a third class beside ${this.#known
            .slice(0, CLASSES)
            .map(quoteCell)
            .join(
              ' and ',
            )}; a target in words has two. Keep the rows of two classes, or give numbers.`,
        )
    }
    this.#codes.push(code)
  }

  /** Codes by the alphabet. */
  finish(): Labelled {
    const labels = [...this.#known].sort()
    const codeOf = this.#known.map((word) => labels.indexOf(word))
    return { values: Float64Array.from(this.#codes, (code) => codeOf[code]!), labels }
  }
}

/** Is this a file of words, one a line? The first line may be a header. */
export function isWordList({ head }: Source): boolean {
  const lines = head.toString('utf8').split('\n', 3).map(cellOf)
  const [first = '', second = ''] = lines
  return first !== '' && second !== '' && !isValue(second) && !/[,;\t]/.test(first + second)
}

/** A line without its quotes. */
const cellOf = (line: string): string => line.trim().replace(/^"(.*)"$/, '$1')

class WordListParser implements TextParser {
  line = 1
  readonly words: string[] = []

  consume(bytes: Buffer, isLast: boolean): number {
    let from = 0
    for (;;) {
      const end = bytes.indexOf(10, from)
      if (end < 0 && !(isLast && from < bytes.length)) return from
      const word = cellOf(bytes.toString('utf8', from, end < 0 ? bytes.length : end))
      if (word !== '') this.words.push(word)
      this.line++
      from = end < 0 ? bytes.length : end + 1
    }
  }
}

/** @param rows how many there must be: one word more, and the first is a header */
export async function readWordList(
  source: Source,
  rows: number,
): Promise<Labelled & { name: string | null }> {
  const parser = new WordListParser()
  await parseText(source, parser, () => {})
  const hasHeader = parser.words.length === rows + 1
  const words = new Words()
  for (const [k, word] of parser.words.entries())
    if (k > 0 || !hasHeader) words.push(word, () => `${source.label}, line ${k + 1}`)
  return { ...words.finish(), name: hasHeader ? parser.words[0]! : null }
}
