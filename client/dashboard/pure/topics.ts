/** The topics of a finished topic model, read from topics.csv, topic_summary.csv and topic_documents.csv. */
import { rowsOf } from './csv.ts'

export interface TopicWord {
  readonly word: string
  readonly probability: number
  /** How many times likelier than in the whole corpus. */
  readonly lift: number
}

export interface Topic {
  /** As numbered in the files. */
  readonly id: string
  /** Of all words of the corpus; null without a summary. */
  readonly share: number | null
  readonly coherence: number | null
  readonly words: readonly TopicWord[]
  /** Those most about it, with the share of their words; none without their file. */
  readonly documents: readonly TopicDocument[]
}

export interface TopicDocument {
  readonly name: string
  readonly share: number
}

/** Largest first; without a summary in the order of the file. */
export function readTopics(
  topics: string,
  summary: string | undefined,
  documents: string | undefined,
): Topic[] {
  const words = new Map<string, TopicWord[]>()
  for (const row of rowsOf(topics)) {
    const id = row.topic ?? ''
    const list = words.get(id) ?? []
    list.push({
      word: row.word ?? '',
      probability: Number(row.probability),
      lift: Number(row.lift),
    })
    words.set(id, list)
  }
  const about = new Map([...rowsOf(summary ?? '')].map((row) => [row.topic, row]))
  const ofTopic = readDocuments(documents)
  return [...words]
    .map(([id, list]) => ({
      id,
      share: numberOrNull(about.get(id)?.share),
      coherence: numberOrNull(about.get(id)?.coherence),
      words: list,
      documents: ofTopic.get(id) ?? [],
    }))
    .sort((a, b) => (b.share ?? 0) - (a.share ?? 0))
}

function readDocuments(documents: string | undefined): Map<string, TopicDocument[]> {
  const ofTopic = new Map<string, TopicDocument[]>()
  for (const { topic = '', document = '', share } of rowsOf(documents ?? '')) {
    const list = ofTopic.get(topic) ?? []
    list.push({ name: document, share: Number(share) })
    ofTopic.set(topic, list)
  }
  return ofTopic
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined || text === '' || Number.isNaN(Number(text)) ? null : Number(text)
}

/** Topics that have a word beginning with what is sought. */
export function topicsWith(topics: readonly Topic[], sought: string): readonly Topic[] {
  const start = sought.trim().toLowerCase()
  if (start === '') return topics
  return topics.filter(({ words }) =>
    words.some(({ word }) => word.toLowerCase().startsWith(start)),
  )
}

export type WordOrder = 'probability' | 'lift'

/** The first words of a topic, with the length of each one's bar from 0 to 1. */
export function topWords(
  { words }: Topic,
  order: WordOrder,
  count: number,
): { word: TopicWord; bar: number }[] {
  const sorted = [...words].sort((a, b) => b[order] - a[order]).slice(0, count)
  const longest = sorted[0]?.[order] ?? 1
  return sorted.map((word) => ({ word, bar: longest > 0 ? word[order] / longest : 0 }))
}
