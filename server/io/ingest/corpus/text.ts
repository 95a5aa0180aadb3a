/**
 * Plain text: one document a line, or one document a file of a folder.
 *
 * A token is a run of letters, in lower case. Short tokens and stop words are counted and left out at
 * once; words of few documents go later, when all documents are known (corpusBag.ts).
 */
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { UserError } from '../../../../shared/errors.ts'
import { count } from '../limits.ts'
import { eachLine } from '../lines.ts'
import type { Source } from '../source.ts'
import { type Bag, BagBuilder } from './bag.ts'
import { STOP_WORDS } from './stopWords.ts'

export interface TextOptions {
  readonly stopWords: boolean
  /** Shorter tokens are left out. */
  readonly minWordLength: number
}

export interface TextBag {
  readonly bag: Bag
  readonly stopWords: number
  readonly stopWordTokens: number
  readonly shortTokens: number
}

/** Letters and the marks on them: no digits, no punctuation, no apostrophes. */
const TOKEN = /[\p{L}\p{M}]+/gu

export const tokenise = (text: string): string[] =>
  text.normalize('NFC').toLowerCase().match(TOKEN) ?? []

class TextReader {
  readonly #options: TextOptions
  readonly #builder: BagBuilder
  readonly #wordOf = new Map<string, number>()
  readonly #stopped = new Set<string>()
  readonly #ids: string[] = []
  #stopWordTokens = 0
  #shortTokens = 0

  constructor(label: string, options: TextOptions) {
    this.#options = options
    this.#builder = new BagBuilder(label)
  }

  add(id: string, text: string): void {
    const { stopWords, minWordLength } = this.#options
    const counts = new Map<number, number>()
    for (const token of tokenise(text)) {
      if (stopWords && STOP_WORDS.has(token)) {
        this.#stopped.add(token)
        this.#stopWordTokens++
        continue
      }
      if (token.length < minWordLength) {
        this.#shortTokens++
        continue
      }
      let word = this.#wordOf.get(token)
      if (word === undefined) {
        word = this.#wordOf.size
        this.#wordOf.set(token, word)
      }
      counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    for (const [word, times] of counts) this.#builder.add(this.#ids.length, word, times)
    this.#ids.push(id)
  }

  /** Words get their numbers by the alphabet, so that equal texts make equal datasets. */
  finish(): TextBag {
    const names = [...this.#wordOf.keys()].sort()
    const rank = new Uint32Array(names.length)
    for (const [at, name] of names.entries()) rank[this.#wordOf.get(name)!] = at
    const bag = this.#builder.finish(this.#ids, names, names.length, 0, rank)
    const stopWords = this.#stopped.size
    return { bag, stopWords, stopWordTokens: this.#stopWordTokens, shortTokens: this.#shortTokens }
  }
}

/** `id<TAB>text`? Only if every line of the head looks so. */
export function hasIds(head: string): boolean {
  const lines = head.split(/\r?\n/).slice(0, -1)
  const filled = (lines.length > 0 ? lines : [head]).filter((line) => line.trim() !== '')
  return filled.length > 0 && filled.every((line) => /^[^\s\t][^\t]{0,99}\t/.test(line))
}

export async function readLines(
  source: Source,
  options: TextOptions,
  onRead: (fraction: number) => void,
): Promise<TextBag> {
  const reader = new TextReader(source.label, options)
  const head = source.head.toString('utf8').replace(/^\ufeff/, '')
  const isNamed = hasIds(head)
  const lineOf = new Map<string, number>()
  await eachLine(source, onRead, (line, number) => {
    if (line.trim() === '') return
    if (!isNamed) {
      reader.add(String(number), line)
      return
    }
    const tab = line.indexOf('\t')
    const where = `${source.label}, line ${count(number)}`
    if (tab < 1)
      throw new UserError(
        `${where}: there is no name and tab before the text, as in the lines before; write name<TAB>text, or drop all names.`,
      )
    const id = line.slice(0, tab).trim()
    const before = lineOf.get(id)
    if (before !== undefined)
      throw new UserError(
        `${where}: document ${JSON.stringify(id)} stands in line ${count(before)} already; give every document a name of its own.`,
      )
    lineOf.set(id, number)
    reader.add(id, line.slice(tab + 1))
  })
  return reader.finish()
}

/** Every file below the folder, hidden ones left out; a document is called by its path in the folder. */
export async function readFolder(
  path: string,
  label: string,
  options: TextOptions,
  onRead: (fraction: number) => void,
): Promise<TextBag> {
  const files = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => !name.split('/').some((step) => step.startsWith('.')))
    .sort()
  if (files.length === 0)
    throw new UserError(`The folder ${label} holds no files; put one document in each file.`)
  const reader = new TextReader(label, options)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for (const [at, name] of files.entries()) {
    const bytes = await readFile(join(path, name))
    let text: string
    try {
      text = decoder.decode(bytes)
    } catch {
      throw new UserError(
        `${label}/${name} is not text in UTF-8; keep only text files in the folder, saved as UTF-8.`,
      )
    }
    reader.add(name, text)
    onRead((at + 1) / files.length)
  }
  return reader.finish()
}
