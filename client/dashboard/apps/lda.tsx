/** Topic models: how well the topics explain the words, and the topics themselves. */
import type { JobView } from '../../../shared/protocol.ts'
import { SweepCurves } from '../parts/SweepCurves.tsx'
import { formatCount, formatNumber, formatRate, formatShare } from '../pure/format.ts'
import { numbersOf } from '../pure/progress.ts'
import { TopicResults } from '../views/TopicResults.tsx'
import type { JobPage } from './page.ts'

const likelihood = (value: number | undefined): string => formatNumber(value, 5)
const share = (value: number | undefined): string =>
  value === undefined ? formatNumber(value) : formatShare(value, 1)

export const lda: JobPage = {
  line: ({ topics, sweeps }) => `${formatCount(Number(topics))} topics, ${sweeps} sweeps`,
  details: ({ alpha, beta, learnAlpha, holdout }) => [
    learnAlpha === true ? 'α learnt' : `α ${alpha}`,
    `β ${beta}`,
    ...(Number(holdout) > 0 ? [`${formatShare(Number(holdout), 1)} held out`] : []),
  ],
  brief(job) {
    const { logLikelihoodPerToken, sError } = numbersOf(job)
    return [
      { name: 'Log-likelihood per token', value: likelihood(logLikelihoodPerToken) },
      { name: 's-error', value: formatNumber(sError, 2) },
      sweepOf(job),
    ]
  },
  figures(job) {
    const { logLikelihoodPerToken, sError, sErrorMean, changed, ...rest } = numbersOf(job)
    const { perplexityHeldOut, documentsHeldOut, coherence, tokensSampled } = rest
    return [
      {
        name: 'Log-likelihood',
        value: likelihood(logLikelihoodPerToken),
        note: 'per token',
      },
      ...(perplexityHeldOut === undefined
        ? []
        : [
            {
              name: 'Held-out perplexity',
              value: formatNumber(perplexityHeldOut, 5),
              note: `on ${formatCount(documentsHeldOut)} documents`,
            },
          ]),
      ...(coherence === undefined
        ? []
        : [{ name: 'Coherence', value: formatNumber(coherence, 3), note: 'NPMI, −1 … 1' }]),
      {
        name: 's-error',
        value: formatNumber(sErrorMean ?? sError, 2),
        note: sErrorMean === undefined ? 'staleness of topic totals' : 'mean; staleness of totals',
      },
      { name: 'Tokens moved', value: share(changed), note: 'in the last sweep' },
      sweepOf(job, tokensSampled),
    ]
  },
  Curves: ({ job, lines }) => (
    <SweepCurves
      job={job.id}
      lines={lines}
      done={({ values }) => values.sweep ?? null}
      curves={[
        {
          ...{ title: 'Log-likelihood per token', wide: true, rare: true, format: likelihood },
          subject: 'The log-likelihood per token',
          values: [['logLikelihoodPerToken', 'log-likelihood']],
        },
        {
          ...{ title: 's-error', format: (value) => formatNumber(value, 2) },
          subject: 'The error of the topic totals that tabs worked with',
          values: [['sError', 's-error']],
        },
        {
          ...{ title: 'Tokens that changed their topic', format: share },
          subject: 'The share of tokens that changed their topic',
          values: [['changed', 'changed']],
        },
      ]}
    />
  ),
  reads: ['topics.csv', 'topic_summary.csv', 'topic_documents.csv'],
  Results: TopicResults,
}

function sweepOf(job: JobView, tokensSampled?: number) {
  const speed = tokensSampled && job.runningMs > 0 ? (1000 * tokensSampled) / job.runningMs : null
  return {
    name: 'Sweep',
    value: formatCount(job.values.sweep ?? 0),
    note: speed === null ? `of ${job.spec.sweeps}` : `tokens at ${formatRate(speed)}`,
  }
}
