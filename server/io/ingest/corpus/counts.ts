/**
 * Word counts as other tools write them.
 *
 *   UCI      three header lines (documents, words, entries), then `document word count`, from 1
 *   LDA-C    `entries word:count word:count …`, a document a line, words from 0
 *   LIBSVM   `label word:count …`, a document a line, words from 1 (from 0 when the file uses 0)
 */
import { UserError } from '../../../../shared/errors.ts'
import { checkShape, count, counted } from '../limits.ts'
import { eachLine } from '../lines.ts'
import { quoteCell } from '../number.ts'
import type { Source } from '../source.ts'
import { type Bag, BagBuilder } from './bag.ts'

/** As much as a count may be: beyond it, it is something else. */
const COUNT_MAX = 2 ** 31 - 1

export interface Vocabulary {
  readonly label: string
  readonly words: readonly string[]
}

function wholeNumber(text: string, where: () => string, what: string, least: number): number {
  const x = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (x >= least && x <= COUNT_MAX) return x
  const isReal = text !== '' && Number.isFinite(Number(text))
  throw new UserError(
    `${where()}: ${quoteCell(text)} is not ${what}; ${
      isReal
        ? 'word counts are whole numbers, so pass the raw counts, not weights'
        : 'correct the line'
    }.`,
  )
}

function checkVocabulary(
  { words, label }: Vocabulary,
  needed: number,
  source: Source,
  isExact: boolean,
): void {
  if (words.length >= needed && !(isExact && words.length > needed)) return
  throw new UserError(
    `${label} has ${counted(words.length, 'word')}, and ${source.label} has words up to ${count(needed)}; pass the vocabulary that belongs to it, one word a line.`,
  )
}

export async function readUci(
  source: Source,
  vocabulary: Vocabulary | null,
  onRead: (fraction: number) => void,
): Promise<Bag> {
  const builder = new BagBuilder(source.label)
  const header: number[] = []
  let read = 0
  await eachLine(source, onRead, (line, number) => {
    const where = (): string => `${source.label}, line ${count(number)}`
    const text = line.trim()
    if (text === '') return
    if (header.length < 3) {
      header.push(wholeNumber(text, where, 'the number of documents, words or entries', 0))
      if (header.length === 2) checkShape(source.label, header[1]!, header[0]!)
      return
    }
    const [documents, words] = header as [number, number]
    const fields = text.split(/\s+/)
    if (fields.length !== 3)
      throw new UserError(
        `${where()}: ${counted(fields.length, 'field')}, expected three: document, word and count.`,
      )
    const d = wholeNumber(fields[0]!, where, 'the number of a document, from 1', 1)
    const w = wholeNumber(fields[1]!, where, 'the number of a word, from 1', 1)
    if (d > documents || w > words)
      throw new UserError(
        `${where()}: document ${d}, word ${w} lies outside the ${count(documents)} documents × ${count(words)} words of the header; correct one of them.`,
      )
    const times = wholeNumber(fields[2]!, where, 'a count', 0)
    read++
    if (times > 0) builder.add(d - 1, w - 1, times)
  })
  const [documents, words, entries] = header
  if (entries === undefined)
    throw new UserError(
      `${source.label} ends within its header; expected the numbers of documents, words and entries.`,
    )
  if (read !== entries)
    throw new UserError(
      `${source.label} has ${counted(read, 'entry', 'entries')}, its header says ${count(entries)}; the file is damaged or cut off.`,
    )
  if (vocabulary) checkVocabulary(vocabulary, words!, source, true)
  const ids = Array.from({ length: documents! }, (_, d) => String(d + 1))
  return builder.finish(ids, vocabulary?.words ?? null, words!)
}

/** LDA-C and LIBSVM: a document is a line, and is called by its number among the documents. */
export async function readPairs(
  source: Source,
  kind: 'lda-c' | 'libsvm',
  vocabulary: Vocabulary | null,
  onRead: (fraction: number) => void,
): Promise<Bag> {
  const builder = new BagBuilder(source.label)
  let documents = 0
  let least = Number.POSITIVE_INFINITY
  let largest = -1
  await eachLine(source, onRead, (line, number) => {
    const where = (): string => `${source.label}, line ${count(number)}`
    const text = (kind === 'libsvm' ? line.replace(/#.*/, '') : line).trim()
    if (text === '') return
    const [first, ...pairs] = text.split(/\s+/)
    if (kind === 'lda-c' && wholeNumber(first!, where, 'the number of entries', 0) !== pairs.length)
      throw new UserError(
        `${where()}: the line says ${first} entries and has ${pairs.length}; correct the line.`,
      )
    for (const pair of pairs) {
      const colon = pair.indexOf(':')
      if (colon < 0)
        throw new UserError(`${where()}: ${quoteCell(pair)} is not word:count; correct the line.`)
      const word = wholeNumber(pair.slice(0, colon), where, 'the number of a word', 0)
      const times = wholeNumber(pair.slice(colon + 1), where, 'a count', 0)
      least = Math.min(least, word)
      largest = Math.max(largest, word)
      if (times > 0) builder.add(documents, word, times)
    }
    documents++
  })
  if (largest < 0)
    throw new UserError(`${source.label} counts no word; expected lines such as ${EXAMPLE[kind]}.`)
  const base = kind === 'libsvm' && least > 0 ? 1 : 0
  const words = largest + 1 - base
  if (vocabulary) checkVocabulary(vocabulary, words, source, false)
  const wordCount = vocabulary?.words.length ?? words
  checkShape(source.label, wordCount, documents)
  const ids = Array.from({ length: documents }, (_, d) => String(d + 1))
  return builder.finish(ids, vocabulary?.words ?? null, wordCount, base)
}

const EXAMPLE = { 'lda-c': '"3 0:1 7:2 9:1"', libsvm: '"0 1:1 8:2 10:1"' }
