/** What a topic model hands out. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random.ts'
import { lda } from './app.ts'
import { coherence, topWords } from './evaluate.ts'
import { inferDocuments, parseModel } from './infer.ts'
import { push } from './push.ts'
import { corpusOf, drive, generatedTexts } from './testData.ts'

const shape = { documents: 240, words: 300, topics: 12, length: 40 }
const texts = generatedTexts(shape, seededRandom(3))
const dataset = corpusOf(texts, shape.words, 100)

describe('results', () => {
  const spec = lda.spec.parse({ topics: 12, sweeps: 60, holdout: 0.2, learnAlpha: true })
  const state = lda.open(spec, dataset, seededRandom(1))
  drive(lda, state, { slots: 4, push })

  it('sum up the run', () => {
    const summary = lda.summary(state) as Record<string, number>
    expect(summary.sweeps).toBe(60)
    expect(summary.perplexityHeldOut).toBeGreaterThan(1)
    // Far better than guessing, and 12 topics of 15 favourite words would be 15 to 30.
    expect(summary.perplexityHeldOut).toBeLessThan(90)
    expect(summary.coherence).toBeGreaterThan(0.1)
    expect(summary.logLikelihoodPerToken).toBeLessThan(0)
    for (const value of Object.values(summary))
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  })

  it('name documents and words as the data does', () => {
    const files = new Map(lda.results(state).map((file) => [file.name, file.text]))
    expect(files.get('topics.csv')).toMatch(
      /^topic,rank,word,probability,lift\n1,1,word\d+,0\.\d+,/,
    )
    expect(files.get('doc_topics.csv')).toMatch(/^document,topic,share\ndoc1,/)
    const shares = new Map<string, number>()
    for (const line of files.get('doc_topics.csv')!.trim().split('\n').slice(1)) {
      const [id, , share] = line.split(',')
      shares.set(id!, (shares.get(id!) ?? 0) + Number(share))
    }
    for (const share of shares.values()) expect(share).toBeLessThan(1.0001)
    expect(files.get('sweeps.csv')!.trim().split('\n')).toHaveLength(61)
  })

  it('give the shares of every document to NumPy, in the order of documents.csv', () => {
    const files = new Map(lda.results(state).map((file) => [file.name, file]))
    const bytes = files.get('doc_topics.npy')!.bytes!
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, 128))
    expect(head.slice(0, 8)).toBe('\x93NUMPY\x01\x00')
    expect(head).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (240, 12)")
    const theta = new Float32Array(bytes.slice(128).buffer)
    expect(theta).toHaveLength(240 * 12)
    const rows = files.get('documents.csv')!.text.trim().split('\n').slice(1)
    rows.forEach((line, d) => {
      const [row, name, tokens] = line.split(',')
      expect([row, name, tokens]).toEqual([`${d}`, `doc${d + 1}`, `${texts[d]!.length}`])
      const sum = theta.subarray(12 * d, 12 * d + 12).reduce((a, b) => a + b, 0)
      expect(sum).toBeCloseTo(1, 5)
    })
    const best = files.get('topic_documents.csv')!.text.trim().split('\n').slice(1)
    for (const line of best) {
      const [topic, , name, share] = line.split(',')
      const d = Number(name!.slice(3)) - 1
      expect(theta[12 * d + Number(topic) - 1]).toBeCloseTo(Number(share), 5)
    }
    expect(best.length).toBeGreaterThan(12)
  })

  it('label a document anew as the model does that was trained on it', () => {
    const files = new Map(lda.results(state).map((file) => [file.name, file]))
    const model = parseModel(files.get('model.json')!.text, 'model.json')
    const theta = new Float32Array(files.get('doc_topics.npy')!.bytes!.slice(128).buffer)
    const long = [...state.corpus.training].filter((d) => texts[d]!.length >= 40)
    const agreeing = long.filter((d) => {
      const counts = new Map<string, number>()
      for (const word of texts[d]!)
        counts.set(`word${word + 1}`, (counts.get(`word${word + 1}`) ?? 0) + 1)
      const [inferred] = inferDocuments(model, [{ id: 'x', counts }])
      const trained = theta.subarray(12 * d, 12 * d + 12)
      return best(inferred!.shares) === best(trained)
    })
    // Two topics of a document may be about as large; the rest agree.
    expect(agreeing.length / long.length).toBeGreaterThan(0.8)
  })

  it('score topics by NPMI as counted by hand', () => {
    const four = corpusOf([[0, 1], [0, 1], [0], [2]], 3, 4)
    const one = lda.open(lda.spec.parse({ topics: 2, sweeps: 1 }), four, seededRandom(1))
    drive(lda, one, { slots: 1, push })
    // Words 0 and 1 meet in 2 of 4 documents, alone in 3 and 2: ln(2·4/(3·2)) / −ln(2/4).
    const npmi = Math.log(8 / 6) / Math.log(2)
    const pairs: Record<string, number> = { '0 1': npmi, '0 2': -1, '1 2': -1 }
    const want = topWords(one, 10).map((list) => {
      const words = list.map(({ word }) => word).sort()
      const scores = words.flatMap((b, i) => words.slice(0, i).map((a) => pairs[`${a} ${b}`]!))
      return scores.reduce((a, b) => a + b, 0) / scores.length
    })
    coherence(one).forEach((score, k) => {
      if (Number.isNaN(want[k]!)) expect(score).toBeNaN()
      else expect(score).toBeCloseTo(want[k]!, 12)
    })
  })
})

const best = (shares: ArrayLike<number>): number => {
  let at = 0
  for (let k = 1; k < shares.length; k++) if (shares[k]! > shares[at]!) at = k
  return at
}
