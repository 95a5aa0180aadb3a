/** Corpora in every format make the same dataset; bad ones get a sentence and leave nothing behind. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { manifestSchema } from '../../../../shared/dataset.ts'
import { openDataset } from '../../engine/dataset.ts'
import { memoryStore } from '../../store/memoryStore.ts'
import { type IngestInput, ingest } from '../ingest.ts'
import { testFolder } from '../testFiles.ts'
import { realSet, refusal, rowsOf } from '../testKit.ts'
import { tokenise } from './text.ts'

const folder = testFolder()
afterAll(() => folder.remove())

/** Words × documents. */
const COUNTS = [
  [2, 0, 1, 0],
  [0, 300, 1, 0],
  [1, 1, 1, 0],
  [0, 2, 0, 0],
]
const WORDS = ['apple', 'bear', 'cloud', 'the']
const vocab = folder.write('words.txt', `${WORDS.join('\n')}\n`)

async function ingestCorpusFile(path: string, more: Partial<IngestInput> = {}) {
  const store = memoryStore()
  const manifest = await ingest({ path, kind: 'corpus', ...more }, store)
  expect(manifestSchema.parse(manifest)).toEqual(manifest)
  expect(manifest.kind).toBe('corpus')
  const dataset = openDataset(store, manifest)
  const words = Array.from({ length: manifest.rows }, (_, i) => dataset.rowName(i))
  const documents = Array.from({ length: manifest.columns }, (_, j) => dataset.columnName(j))
  // A matrix of real size would not fit as rows of numbers.
  const isSmall = manifest.rows * manifest.columns < 1e4
  return { manifest, words, documents, counts: isSmall ? rowsOf(store, manifest) : null }
}

const entries = COUNTS.flatMap((row, w) => row.flatMap((n, d) => (n > 0 ? [{ w, d, n }] : [])))
const byDocument = [0, 1, 2, 3].map((d) => entries.filter((entry) => entry.d === d))
const uci = `4\n4\n${entries.length}\n${entries.map(({ w, d, n }) => `${d + 1} ${w + 1} ${n}\n`).join('')}`
const ldac = byDocument
  .map((row) => `${[row.length, ...row.map(({ w, n }) => `${w}:${n}`)].join(' ')}\n`)
  .join('')
const libsvm = byDocument
  .map((row) => `${['1', ...row.map(({ w, n }) => `${w + 1}:${n}`)].join(' ')}\n`)
  .join('')

describe('word counts', () => {
  it.each([
    ['docword.txt', uci],
    ['docword.txt.gz', uci],
    ['docs.ldac', ldac],
    ['docs.svm', libsvm],
  ])('of %s are read', async (name, content) => {
    const path = folder.write(name, content)
    const read = await ingestCorpusFile(path, { vocabPath: vocab })
    expect(read.counts).toEqual(COUNTS)
    expect(read.words).toEqual(WORDS)
    expect(read.documents).toEqual(['1', '2', '3', '4'])
    expect(read.manifest.facts).toMatchObject({ tokens: 309, emptyDocuments: 1, rareWords: 0 })
    expect(read.manifest.shards[0]).toMatchObject({ layout: 'sparse', valueType: 'i16' })
  })

  it('are thinned when asked', async () => {
    const path = folder.write('docs.ldac', ldac)
    const more = { vocabPath: vocab, stopWords: true, minDocumentFrequency: 3 }
    const { words, counts, manifest } = await ingestCorpusFile(path, more)
    expect(words).toEqual(['cloud'])
    expect(counts).toEqual([[1, 1, 1, 0]])
    expect(manifest.facts).toMatchObject({
      ...{ stopWords: 1, stopWordTokens: 2, rareWords: 2, rareWordTokens: 304, tokens: 3 },
    })
  })

  it('need no vocabulary', async () => {
    const { words } = await ingestCorpusFile(folder.write('docs.svm', libsvm))
    expect(words).toEqual(['1', '2', '3', '4'])
  })

  it('take the vocabulary beside a docword file', async () => {
    mkdirSync(join(folder.path, 'pair'))
    const path = folder.write('pair/docword.txt', uci)
    folder.write('pair/vocab.txt', WORDS.join('\n'))
    const { words, manifest } = await ingestCorpusFile(path)
    expect(words).toEqual(WORDS)
    expect(manifest.name).toBe('pair')
  })
})

describe('texts', () => {
  it('are cut into words', () => {
    expect(tokenise('Don’t panic: Ænima, naïve CAFÉ-goers! 42')).toEqual([
      ...['don', 't', 'panic', 'ænima', 'naïve', 'café', 'goers'],
    ])
  })

  const text = 'a1\tThe bear eats apples, the apples.\na2\tA bear; x a bear.\na3\tOf the and\n'

  it('may have names', async () => {
    const read = await ingestCorpusFile(folder.write('tales.txt', text))
    expect(read.documents).toEqual(['a1', 'a2', 'a3'])
    expect(read.words).toEqual(['bear'])
    expect(read.counts).toEqual([[1, 2, 0]])
    expect(read.manifest.facts).toEqual({
      ...{ tokens: 3, stopWords: 4, stopWordTokens: 7, shortTokens: 1 },
      ...{ rareWords: 2, rareWordTokens: 3, minDocumentFrequency: 2, emptyDocuments: 1 },
    })
  })

  it('may have none, and keep everything', async () => {
    const path = folder.write('lines.txt.gz', 'one bear\n\nthe two bears')
    const more = { stopWords: false, minDocumentFrequency: 1 }
    const read = await ingestCorpusFile(path, more)
    expect(read.documents).toEqual(['1', '3'])
    expect(read.words).toEqual(['bear', 'bears', 'one', 'the', 'two'])
  })

  it('may be a folder', async () => {
    const path = join(folder.path, 'essays')
    mkdirSync(join(path, 'old'), { recursive: true })
    writeFileSync(join(path, 'b.txt'), 'bear apple\nbear')
    writeFileSync(join(path, 'old', 'a.txt'), 'apple')
    writeFileSync(join(path, '.hidden'), 'nothing')
    const read = await ingestCorpusFile(path, { minDocumentFrequency: 1 })
    expect(read.documents).toEqual(['b.txt', 'old/a.txt'])
    expect(read.counts).toEqual([
      [1, 1],
      [2, 0],
    ])
    expect(read.manifest.name).toBe('essays')
  })
})

describe('what is refused', () => {
  it.each<[string, string, RegExp, Partial<IngestInput>?]>([
    ['docword.txt', '2\n3\n1\n1 9 1\n', /line 4: document 1, word 9 lies outside the 2 documents/],
    ['docword.txt', '2\n3\n2\n1 1 1\n', /has 1 entry, its header says 2/],
    ['docword.txt', '2\n3\n1\n1 1\n', /line 4: 2 fields, expected three/],
    ['docword.txt', '2\n3\n2\n1 1 1\n1 1 2\n', /counts word 1 of document 1 twice/],
    ['docword.txt', '2\n3\n1\n1 1 0.5\n', /line 4: "0.5" is not a count; word counts are whole/],
    ['docword.txt', '2\n3\n1\n1 1 1\n', /words.txt has 4 words, and/, { vocabPath: vocab }],
    ['x.svm', '1 1:0.25 2:1\n0 1:1\n', /line 1: "0.25" is not a count; word counts are whole/],
    [
      'x.svm',
      '1 1:2 7:1\n',
      /words.txt has 4 words, and x.svm has words up to 7/,
      { vocabPath: vocab },
    ],
    ['x.ldac', '2 1:1\n', /says 2 entries and has 1/, { corpusFormat: 'lda-c' }],
    ['x.txt', 'a\tbear\na\tbear\n', /line 2: document "a" stands in line 1 already/],
    ['x.txt', 'the of and\n', /has no words left \(3 stop words/],
    ['x.txt', 'bear\n', /makes its own vocabulary/, { vocabPath: vocab }],
    ['x.txt', 'bear\u0000', /is not text/],
    ['x.txt', '', /x.txt is empty/],
  ])('%s: %j', async (name, content, message, more = {}) => {
    const path = folder.write(name, content)
    expect(await refusal(path, { kind: 'corpus', ...more })).toMatch(message)
  })

  it('a name that comes late, a text that is not UTF-8, a folder of nothing', async () => {
    const named = `${'a\tbear\n'.replace('a', 'a0')}${Array.from({ length: 12_000 }, (_, i) => `a${i + 1}\tbear\n`).join('')}bear\n`
    const late = folder.write('late.txt', named)
    expect(await refusal(late, { kind: 'corpus' })).toMatch(/there is no name and tab/)
    const latin = folder.write('latin.txt', Uint8Array.of(98, 228, 114, 10))
    expect(await refusal(latin, { kind: 'corpus' })).toMatch(/not UTF-8; save it as UTF-8/)
    const empty = join(folder.path, 'empty')
    mkdirSync(empty)
    expect(await refusal(empty, { kind: 'corpus' })).toMatch(/holds no files/)
    const twice = folder.write('twice.txt', 'bear\nbear\n')
    const counts = folder.write('docs.svm', libsvm)
    expect(await refusal(counts, { kind: 'corpus', vocabPath: twice })).toMatch(
      /line 2: the word "bear" stands in line 1 already/,
    )
  })
})

const DATA = realSet('lda')

describe.skipIf(!existsSync(DATA))('real corpora', () => {
  it('newsgroups', async () => {
    const { manifest, words } = await ingestCorpusFile(join(DATA, 'newsgroups/docword.txt.gz'))
    expect(manifest).toMatchObject({ columns: 18_819, rows: 28_978, nonZeros: 1_561_283 })
    expect(manifest.facts!.tokens).toBe(2_283_502)
    expect(words[0]).toBe('aaa')
  })

  it('the King James Bible', async () => {
    const { manifest, documents, words } = await ingestCorpusFile(join(DATA, 'kjv/chapters.txt'))
    expect(manifest).toMatchObject({ columns: 1189, name: 'kjv' })
    expect(documents[0]).toBe('Ge1')
    expect(words).toContain('jerusalem')
    expect(words).not.toContain('thou')
  })
})
