/** What is a book about? */
import { lda } from '../../../shared/apps/lda/app.ts'
import { formatCount, formatNumber } from '../format.ts'
import { numbersOf } from '../measures.ts'
import type { Outcome } from '../pipeline.ts'
import { type Demo, rowsOf, shipped } from './demo.ts'

const purpose = 'What are the chapters of the Bible about?'
const topics = 20
const topWords = 9

export const ldaDemo: Demo = {
  app: lda,
  jobName: 'Topics of the Bible',
  purpose,
  opening: [
    'Shoal demo: the 1,189 chapters of the King James Bible (1611), each a bag of words.',
    `${purpose} A topic model finds words that keep company.`,
  ],
  data: { data: shipped('kjv', 'chapters.txt.gz'), datasetName: 'kjv' },
  spec: { topics, sweeps: 60 },
  computing: `with ${topics} topics: blocks of words rotate among the tabs, the server checks`,
  result,
}

async function result({ job, server }: Outcome): Promise<string[]> {
  const { logLikelihoodPerToken, tokens, coherence } = numbersOf(job)
  const [words, shares] = await Promise.all([
    server.api.result(job.id, 'topics.csv'),
    server.api.result(job.id, 'topic_summary.csv'),
  ])
  const list = rowsOf(shares)
    .map(([topic = '', share]) => ({ topic, share: Number(share), words: wordsOf(words, topic) }))
    .sort((a, b) => b.share - a.share)
  return [
    `${topics} topics of ${formatCount(tokens ?? 0)} words (common ones left out): log-likelihood per word`,
    `${formatNumber(logLikelihoodPerToken, 5)}, coherence ${formatNumber(coherence, 3)}. Largest first, with their share:`,
    ...list.map(
      ({ share, words }) => `  ${(100 * share).toFixed(1).padStart(4)} %  ${words.join(' ')}`,
    ),
  ]
}

/** Likeliest first, as topics.csv lists them. */
function wordsOf(csv: string, topic: string): string[] {
  const rows = rowsOf(csv).filter(([k]) => k === topic)
  return rows.slice(0, topWords).map(([, , word = '']) => word)
}
