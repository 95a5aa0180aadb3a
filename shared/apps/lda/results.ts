/** What a topic model hands out: topics as words, documents as topics, the sweeps, and the model itself. */
import type { ResultFile } from '../../app.ts'
import { forEachTopic } from './counts.ts'
import { coherence, foldInTokens, heldOutPerplexity, topWords } from './evaluate.ts'
import { MODEL_FORMAT, type TopicModel } from './infer.ts'
import type { LdaState } from './state.ts'

/** Smaller shares of a document are left out of doc_topics.csv. */
const SHARE_MIN = 0.01
/** Words that name a topic in topic_summary.csv. */
const NAME_WORDS = 8

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null
}

export function summarise(state: LdaState): Record<string, unknown> {
  const { spec, corpus, sweeps, alpha } = state
  const scores = [...coherence(state)].filter((score) => !Number.isNaN(score))
  return {
    logLikelihoodPerToken: sweeps.at(-1)?.logLikelihoodPerToken ?? null,
    perplexityHeldOut: heldOutPerplexity(state),
    coherence: mean(scores),
    sweeps: sweeps.length,
    // The first sweep starts from topics drawn at random, and moves as no other does.
    sErrorMean: mean(sweeps.slice(1).map((sweep) => sweep.sError)),
    topics: spec.topics,
    tokens: corpus.tokens,
    tokensSampled: corpus.tokens * sweeps.length,
    documents: corpus.training.length,
    documentsHeldOut: corpus.heldOut.length,
    words: corpus.words,
    alphaSum: alpha.reduce((a, b) => a + b, 0),
    beta: spec.beta,
    convention:
      'logLikelihoodPerToken = ln p(words, topics | α, β) / tokens; coherence = mean NPMI of the top 10 words',
  }
}

export function resultFiles(state: LdaState): ResultFile[] {
  const score = coherence(state)
  return [
    csv('topics.csv', topicRows(state)),
    csv('topic_summary.csv', summaryRows(state, score)),
    csv('doc_topics.csv', documentRows(state)),
    csv('sweeps.csv', sweepRows(state)),
    {
      name: 'model.json',
      mediaType: 'application/json',
      text: `${JSON.stringify(modelOf(state))}\n`,
    },
  ]
}

/** Everything that labels new documents (infer.ts). */
export function modelOf(state: LdaState): TopicModel {
  const { corpus, model, alpha, spec } = state
  return {
    format: MODEL_FORMAT,
    alpha: [...alpha],
    beta: spec.beta,
    totals: [...model.totals],
    words: Array.from({ length: corpus.words }, (_, w) => corpus.dataset.rowName(w)),
    counts: Array.from({ length: corpus.words }, (_, w) => {
      const row: number[] = []
      forEachTopic(model.byWord, w, (k, count) => row.push(k, count))
      return row
    }),
  }
}

type Row = (string | number)[]

/** Lift: how many times likelier the word is in the topic than in the corpus. */
function topicRows(state: LdaState): Row[] {
  const { corpus, model, spec } = state
  const rows: Row[] = [['topic', 'rank', 'word', 'probability', 'lift']]
  const betaSum = spec.beta * corpus.words
  topWords(state, spec.top).forEach((list, k) => {
    list.forEach(({ word, count }, rank) => {
      const probability = (count + spec.beta) / (model.totals[k]! + betaSum)
      const lift = (probability * corpus.tokens) / corpus.wordTokens[word]!
      rows.push([k + 1, rank + 1, corpus.dataset.rowName(word), short(probability), short(lift)])
    })
  })
  return rows
}

function summaryRows(state: LdaState, score: Float64Array): Row[] {
  const { corpus, model, alpha } = state
  const rows: Row[] = [['topic', 'share', 'alpha', 'coherence', 'words']]
  topWords(state, NAME_WORDS).forEach((list, k) => {
    const words = list.map(({ word }) => corpus.dataset.rowName(word)).join(' ')
    const npmi = Number.isNaN(score[k]) ? '' : short(score[k]!)
    rows.push([k + 1, short(model.totals[k]! / corpus.tokens), short(alpha[k]!), npmi, words])
  })
  return rows
}

/** Topics are numbered from 1, as in topics.csv; documents go by their names in the input. */
function documentRows(state: LdaState): Row[] {
  const { corpus } = state
  const rows: Row[] = [['document', 'topic', 'share']]
  const heldOut = new Set(corpus.heldOut)
  for (let d = 0; d < corpus.documents; d++) {
    const n = corpus.starts[d + 1]! - corpus.starts[d]!
    if (n === 0) continue
    const shares = heldOut.has(d) ? heldOutShares(state, d) : trainedShares(state, d, n)
    const name = corpus.dataset.columnName(d)
    shares.sort((a, b) => b[1] - a[1] || a[0] - b[0])
    for (const [k, share] of shares) rows.push([name, k + 1, short(share)])
  }
  return rows
}

function heldOutShares(state: LdaState, d: number): [number, number][] {
  const { starts } = state.corpus
  const tokens = Array.from({ length: starts[d + 1]! - starts[d]! }, (_, i) => starts[d]! + i)
  return [...foldInTokens(state, tokens).entries()].filter(([, share]) => share > SHARE_MIN)
}

function trainedShares({ model, alpha }: LdaState, d: number, n: number): [number, number][] {
  const size = n + alpha.reduce((a, b) => a + b, 0)
  const counts = new Map<number, number>()
  forEachTopic(model.byDocument, d, (k, count) => counts.set(k, count))
  const shares: [number, number][] = []
  alpha.forEach((a, k) => {
    const share = ((counts.get(k) ?? 0) + a) / size
    if (share > SHARE_MIN) shares.push([k, share])
  })
  return shares
}

function sweepRows({ sweeps }: LdaState): Row[] {
  return [
    ['sweep', 'log_likelihood_per_token', 's_error', 'changed'],
    ...sweeps.map((sweep, i) => [
      i + 1,
      sweep.logLikelihoodPerToken,
      short(sweep.sError),
      short(sweep.changed),
    ]),
  ]
}

/** Six significant digits: more is noise of the sampler. */
const short = (x: number): number => Number(x.toPrecision(6))

function csv(name: string, rows: readonly Row[]): ResultFile {
  const text = rows.map((row) => row.map(cell).join(',')).join('\n')
  return { name, mediaType: 'text/csv', text: `${text}\n` }
}

function cell(value: string | number): string {
  const text = String(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
