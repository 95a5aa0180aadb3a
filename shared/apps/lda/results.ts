/** What a topic model hands out: topics as words, documents as topics, the sweeps, and the model itself. */
import type { ResultFile } from '../../app.ts'
import { csv } from '../../csv.ts'
import { forEachTopic } from './counts.ts'
import { documentFiles } from './documentResults.ts'
import { coherence, heldOutPerplexity, topWords } from './evaluate.ts'
import { MODEL_FORMAT, type TopicModel } from './infer.ts'
import type { LdaState } from './state.ts'
import { type Row, short } from './table.ts'

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
    ...documentFiles(state),
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

function sweepRows({ sweeps }: LdaState): Row[] {
  return [
    ['sweep', 'log_likelihood_per_token', 's_error', 'changed'],
    ...sweeps.map((sweep, i) => [
      i + 1,
      Number.isNaN(sweep.logLikelihoodPerToken) ? '' : sweep.logLikelihoodPerToken,
      short(sweep.sError),
      short(sweep.changed),
    ]),
  ]
}
