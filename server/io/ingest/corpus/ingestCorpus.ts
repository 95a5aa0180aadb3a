/**
 * A corpus in: from texts or word counts to a stored dataset of kind 'corpus', whose columns are
 * documents, rows words, values counts. What was left out is told in the manifest's facts.
 */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Manifest } from '../../../../shared/dataset.ts'
import { UserError, unreachable } from '../../../../shared/errors.ts'
import type { BlobBatch } from '../blobBatch.ts'
import { eachLine } from '../lines.ts'
import type { Tell } from '../progress.ts'
import { checkName, defaultName } from '../sniff.ts'
import { openSource, type Source } from '../source.ts'
import { type Bag, thinOut } from './bag.ts'
import { readPairs, readUci, type Vocabulary } from './counts.ts'
import { STOP_WORDS } from './stopWords.ts'
import { readFolder, readLines } from './text.ts'
import { type CorpusRead, writeCorpus } from './write.ts'

export const CORPUS_FORMATS = ['uci', 'lda-c', 'libsvm', 'text', 'folder'] as const
export type CorpusFormat = (typeof CORPUS_FORMATS)[number]

export interface CorpusInput {
  /** The file on disk; or a folder of texts. */
  path: string
  fileName?: string
  name?: string
  /** Words, one a line, for formats that number them. UCI: by default a vocab.txt beside docword.txt. */
  vocabPath?: string
  vocabFileName?: string
  /** By default recognised from the content. */
  corpusFormat?: CorpusFormat
  /** Leave out words of fewer documents; by default 2 for text, and nothing for counts. */
  minDocumentFrequency?: number
  /** Leave out shorter words (text only; 2). */
  minWordLength?: number
  /** Leave out English stop words; by default for text, not for counts. */
  stopWords?: boolean
}

const FORMAT_NAMES: Record<CorpusFormat, string> = {
  uci: 'UCI bag of words',
  'lda-c': 'LDA-C',
  libsvm: 'LIBSVM counts',
  text: 'text, a document a line',
  folder: 'text, a document a file',
}

/** Read the words and store them; the manifest is the caller's to publish. */
export async function ingestCorpus(
  input: CorpusInput,
  blobs: BlobBatch,
  tell: Tell,
): Promise<Manifest> {
  const fileName = input.fileName ?? input.path
  const name = input.name === undefined ? corpusName(fileName) : checkName(input.name)
  return writeCorpus(name, await readCorpus(input, fileName, tell.read), blobs, tell.write)
}

/** `newsgroups/docword.txt.gz` → newsgroups, as train.svm takes its folder's name. */
function corpusName(fileName: string): string {
  const isPlain = /^(docword|corpus|chapters|documents)\.txt(\.gz)?$/i.test(basename(fileName))
  const folder = basename(dirname(fileName))
  return isPlain && /\w/.test(folder) ? checkName(folder.slice(0, 100)) : defaultName(fileName)
}

async function readCorpus(
  input: CorpusInput,
  fileName: string,
  onRead: (fraction: number) => void,
): Promise<CorpusRead> {
  const label = basename(fileName)
  const isFolder = existsSync(input.path) && statSync(input.path).isDirectory()
  const source = isFolder ? null : await openSource(input.path, label)
  const format = input.corpusFormat ?? (source ? sniffCorpus(source) : 'folder')
  if (isFolder !== (format === 'folder'))
    throw new UserError(
      isFolder
        ? `${label} is a folder, which is read as texts; leave the format out, or pass a file.`
        : `${label} is a file; pass a folder of texts, or another format than folder.`,
    )
  const isText = format === 'text' || format === 'folder'
  const options = { stopWords: input.stopWords ?? isText, minWordLength: input.minWordLength ?? 2 }
  const minDocumentFrequency = input.minDocumentFrequency ?? (isText ? 2 : 0)
  const packing = source?.isGzip ? ', gzip' : ''
  const about = `${label} (${FORMAT_NAMES[format]}${packing})`
  if (isText) {
    if (input.vocabPath !== undefined)
      throw new UserError(
        `${label} is text and makes its own vocabulary; leave the vocabulary out.`,
      )
    const text = source
      ? await readLines(source, options, onRead)
      : await readFolder(input.path, label, options, onRead)
    const { stopWords, stopWordTokens, shortTokens } = text
    const thin = thinOut(text.bag, minDocumentFrequency, () => false)
    onRead(1)
    const facts = { stopWords, stopWordTokens, shortTokens, minDocumentFrequency }
    return { ...thin, ...facts, source: about }
  }
  const vocabulary = await readVocabulary(input, format)
  const bag = await readCounts(source!, format as 'uci' | 'lda-c' | 'libsvm', vocabulary, onRead)
  const thin = thinOut(bag, minDocumentFrequency, (word) => options.stopWords && isStopWord(word))
  onRead(1)
  const words = vocabulary ? `; words: ${vocabulary.label}` : ''
  return { ...thin, shortTokens: 0, minDocumentFrequency, source: `${about}${words}` }
}

const isStopWord = (word: string): boolean => STOP_WORDS.has(word.toLowerCase())

function readCounts(
  source: Source,
  format: 'uci' | 'lda-c' | 'libsvm',
  vocabulary: Vocabulary | null,
  onRead: (fraction: number) => void,
): Promise<Bag> {
  switch (format) {
    case 'uci':
      return readUci(source, vocabulary, onRead)
    case 'lda-c':
    case 'libsvm':
      return readPairs(source, format, vocabulary, onRead)
    default:
      return unreachable(format)
  }
}

/** What the first lines are written in. */
export function sniffCorpus({ head, label }: Source): CorpusFormat {
  if (head.includes(0))
    throw new UserError(
      `${label} is not text; expected UCI bag of words, LDA-C, LIBSVM counts or plain text, each possibly gzipped.`,
    )
  const text = head.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  const lines = text.split(/\r?\n/)
  if (head.length >= 65_536) lines.pop() // cut off
  const filled = lines.map((line) => line.trim()).filter((line) => line !== '')
  const first = filled.slice(0, 20)
  const isNumber = (line: string | undefined): boolean => /^\d+$/.test(line ?? '')
  if (first.slice(0, 3).length === 3 && first.slice(0, 3).every(isNumber) && !isNumber(first[3]))
    return 'uci'
  const isPairs = (line: string): boolean => /^[-+\d.eE]+(\s+\d+:\S+)*(\s*#.*)?$/.test(line)
  if (first.length === 0 || !first.every(isPairs) || !first.some((line) => line.includes(':')))
    return 'text'
  const isCounted = (line: string): boolean => {
    const [n, ...pairs] = line.split(/\s+/)
    return isNumber(n) && Number(n) === pairs.length
  }
  return first.every(isCounted) ? 'lda-c' : 'libsvm'
}

async function readVocabulary(
  input: CorpusInput,
  format: CorpusFormat,
): Promise<Vocabulary | null> {
  const path = input.vocabPath ?? (format === 'uci' ? siblingVocabulary(input) : undefined)
  if (path === undefined) return null
  const label = basename(input.vocabFileName ?? path)
  const source = await openSource(path, label)
  const words: string[] = []
  const lineOf = new Map<string, number>()
  await eachLine(
    source,
    () => {},
    (line, number) => {
      const word = line.trim()
      if (word === '')
        throw new UserError(
          `${label}, line ${number}: the line is empty; expected one word on every line.`,
        )
      const before = lineOf.get(word)
      if (before !== undefined)
        throw new UserError(
          `${label}, line ${number}: the word ${JSON.stringify(word)} stands in line ${before} already; every word has one line.`,
        )
      lineOf.set(word, number)
      words.push(word)
    },
  )
  return { label, words }
}

/** UCI sets come as docword.NAME.txt and vocab.NAME.txt. */
function siblingVocabulary({ path }: CorpusInput): string | undefined {
  const match = /^docword(.*?)\.txt(\.gz)?$/.exec(basename(path))
  if (!match) return undefined
  const names = [`vocab${match[1]}.txt`, `vocab${match[1]}.txt.gz`]
  return names.map((name) => join(dirname(path), name)).find((file) => existsSync(file))
}
