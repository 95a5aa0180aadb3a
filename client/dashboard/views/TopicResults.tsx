/** The topics of a corpus, each a card of its words with a bar for how much it is theirs. */
import { useMemo, useState } from 'preact/hooks'
import type { ResultTexts } from '../apps/page.ts'
import { Choice, Field } from '../parts/Field.tsx'
import { formatCount, formatNumber, formatShare, plural } from '../pure/format.ts'
import { readTopics, type Topic, topicsWith, topWords, type WordOrder } from '../pure/topics.ts'

const ORDERS: readonly (readonly [WordOrder, string])[] = [
  ['probability', 'Most frequent words'],
  ['lift', 'Most typical words'],
]
const TOPICS_SHOWN = 24
const WORDS_SHOWN = 10
const DOCUMENTS_SHOWN = 3

export function TopicResults({ texts }: { texts: ResultTexts }) {
  const file = texts['topics.csv']?.text
  const summary = texts['topic_summary.csv']?.text
  const documents = texts['topic_documents.csv']?.text
  const topics = useMemo(
    () => (file === undefined ? null : readTopics(file, summary, documents)),
    [file, summary, documents],
  )
  const [order, setOrder] = useState<WordOrder>('probability')
  const [sought, setSought] = useState('')
  const [all, setAll] = useState(false)
  if (topics === null) return null
  const found = topicsWith(topics, sought)
  const shown = all ? found : found.slice(0, TOPICS_SHOWN)
  return (
    <section class="stack" aria-labelledby="topics-title">
      <div class="row spread">
        <h2 id="topics-title">Topics</h2>
        <span class="small muted">
          {found.length === topics.length
            ? `${plural(topics.length, 'topic')}, largest first`
            : `${formatCount(found.length)} of ${plural(topics.length, 'topic')}`}
        </span>
      </div>
      <div class="row spread end-aligned">
        <Choice label="Words" options={ORDERS} value={order} onChange={setOrder} quiet />
        <Field label="Topics with the word">
          {(control) => (
            <input
              {...control}
              class="short"
              type="search"
              value={sought}
              onInput={(event) => setSought(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      {found.length === 0 && (
        <p class="card muted">
          No topic has a word among its first {topics[0]?.words.length} that begins so.
        </p>
      )}
      <ul class="topics">
        {shown.map((topic) => (
          <li key={topic.id}>
            <TopicCard topic={topic} order={order} />
          </li>
        ))}
      </ul>
      {shown.length < found.length && (
        <button type="button" class="centred" onClick={() => setAll(true)}>
          Show all {plural(found.length, 'topic')}
        </button>
      )}
    </section>
  )
}

function TopicCard({ topic, order }: { topic: Topic; order: WordOrder }) {
  const { id, share, coherence, documents } = topic
  const title = `topic-${id}`
  return (
    <article class="card topic" aria-labelledby={title}>
      <div class="row spread">
        <h3 id={title}>Topic {id}</h3>
        <span class="small muted figures">
          {share !== null && (
            <span title="Share of all words of the corpus">{formatShare(share, 1)}</span>
          )}
          {coherence !== null && (
            <span title="NPMI of its top words: 1 when they always occur together">
              {' '}
              · coherence {formatNumber(coherence, 2)}
            </span>
          )}
        </span>
      </div>
      <ol class="words">
        {topWords(topic, order, WORDS_SHOWN).map(({ word: { word, probability, lift }, bar }) => (
          <li key={word}>
            <span class="word">{word}</span>
            <span class="bar" aria-hidden="true" style={{ '--share': String(bar) }} />
            <span class="small muted figures">
              {order === 'lift' ? `${formatNumber(lift, 3)}×` : formatShare(probability, 1)}
            </span>
          </li>
        ))}
      </ol>
      {documents.length > 0 && (
        <p class="small muted about">
          Most about it:{' '}
          {documents.slice(0, DOCUMENTS_SHOWN).map((document, i) => (
            <span key={document.name}>
              {i > 0 && ', '}
              <span class="document" title={document.name}>
                {document.name}
              </span>{' '}
              ({formatShare(document.share, 1)})
            </span>
          ))}
        </p>
      )}
    </article>
  )
}
