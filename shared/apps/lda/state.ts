/** The state of a topic-model job: the corpus, the model, the grid of the sweep, and the story so far. */
import type { Dataset } from '../../app.ts'
import type { Random } from '../../random.ts'
import type { Model } from './cell.ts'
import { type Corpus, openCorpus } from './corpus.ts'
import { add, openCounts } from './counts.ts'
import type { Grid } from './grid.ts'
import { PairWriter } from './pairs.ts'
import type { LdaSpec } from './spec.ts'

/** What a finished sweep is remembered by. */
export interface Sweep {
  readonly logLikelihoodPerToken: number
  /** Mean over its commits of ‖s̃ − s‖₁ / tokens. */
  readonly sError: number
  /** Share of the tokens whose topic has changed. */
  readonly changed: number
}

export interface LdaState {
  readonly spec: LdaSpec
  readonly corpus: Corpus
  readonly random: Random
  /** Of the job's own; leases derive theirs from it. */
  readonly seed: number
  readonly model: Model
  /** α_k (K). */
  readonly alpha: Float64Array
  /** Null until a slot has asked for work. */
  grid: Grid | null
  readonly sweeps: Sweep[]
  /** Sums over the commits since the last finished sweep. */
  readonly since: { commits: number; error: number; changed: number; sampled: number }
  /** Most slots that asked during this sweep, and the work of a lease for them. */
  readonly demand: { slots: number; leaseWork: number }
  /** Scratch for leases. */
  readonly writer: PairWriter
}

export function openState(spec: LdaSpec, dataset: Dataset, random: Random): LdaState {
  const corpus = openCorpus(dataset, spec.holdout, random)
  return {
    spec,
    corpus,
    random,
    seed: random.u32(),
    model: openModel(corpus, spec.topics, random),
    alpha: new Float64Array(spec.topics).fill(spec.alpha),
    grid: null,
    sweeps: [],
    since: { commits: 0, error: 0, changed: 0, sampled: 0 },
    demand: { slots: 0, leaseWork: 0 },
    writer: new PairWriter(spec.topics),
  }
}

/**
 * Words are looked up at random and have long lists: for four times the memory of those in between,
 * a commit at K = 1000 takes half as long. A document is sent far more often than it is looked up in.
 */
const WORD_SHARE = 0.25

/** Every token of training begins with a topic drawn uniformly. */
function openModel(corpus: Corpus, topics: number, random: Random): Model {
  const { starts, word, training, documents, wordTokens } = corpus
  const sizes = new Uint32Array(documents)
  for (const d of training) sizes[d] = starts[d + 1]! - starts[d]!
  const z = new Uint16Array(word.length)
  const byDocument = openCounts(sizes, topics, 1)
  const byWord = openCounts(wordTokens, topics, WORD_SHARE)
  const totals = new Uint32Array(topics)
  for (const d of training)
    for (let t = starts[d]!; t < starts[d + 1]!; t++) {
      const k = random.below(topics)
      z[t] = k
      add(byDocument, d, k)
      add(byWord, word[t]!, k)
      totals[k]!++
    }
  return { topics, z, byDocument, byWord, totals }
}
