/**
 * The corpus as the server holds it: every token's word, document by document, words ascending. A
 * token's number in this order is its name in z, in the log, everywhere.
 */
import type { Dataset } from '../../app.ts'
import { UserError } from '../../errors.ts'
import type { Random } from '../../random.ts'

/** Token numbers are u32, and a token costs the server some 10 to 20 bytes. */
const TOKENS_MAX = 2 ** 32 - 1

export interface Corpus {
  readonly dataset: Dataset
  readonly documents: number
  readonly words: number
  /** Tokens of document d are starts[d] … starts[d + 1] (documents + 1). */
  readonly starts: Uint32Array
  /** Word of every token. */
  readonly word: Uint16Array | Uint32Array
  /** Documents in training, ascending; the others are held out. */
  readonly training: Uint32Array
  readonly heldOut: Uint32Array
  /** Tokens in training. */
  readonly tokens: number
  /** … of each word (words). */
  readonly wordTokens: Uint32Array
}

export function openCorpus(dataset: Dataset, holdout: number, random: Random): Corpus {
  const { manifest } = dataset
  if (manifest.kind !== 'corpus')
    throw new UserError(
      `Dataset ${manifest.name} is a ${manifest.kind}, and a topic model needs word counts: ingest it with --kind corpus, or choose another.`,
    )
  const { columns: documents, rows: words } = manifest
  const starts = countTokens(dataset)
  const total = starts[documents]!
  const word = words <= 65_536 ? new Uint16Array(total) : new Uint32Array(total)
  forEachCount(dataset, (d, w, count, at) => word.fill(w, starts[d]! + at, starts[d]! + at + count))
  const { training, heldOut } = deal(starts, holdout, random)
  const wordTokens = new Uint32Array(words)
  let tokens = 0
  for (const d of training)
    for (let t = starts[d]!; t < starts[d + 1]!; t++) {
      wordTokens[word[t]!]!++
      tokens++
    }
  if (tokens === 0)
    throw new UserError(
      `Dataset ${manifest.name} has no words to train on: every document is empty or held out.`,
    )
  return { dataset, documents, words, starts, word, training, heldOut, tokens, wordTokens }
}

/** Every entry: document, word, count, and the tokens of the document before it. */
function forEachCount(
  dataset: Dataset,
  visit: (d: number, w: number, count: number, before: number) => void,
): void {
  for (let s = 0; s < dataset.manifest.shards.length; s++) {
    const shard = dataset.shard(s)
    for (let j = 0; j < shard.columns; j++) {
      let before = 0
      for (let e = shard.starts[j]!; e < shard.starts[j + 1]!; e++) {
        const count = shard.values[e]!
        visit(shard.firstColumn + j, shard.rowIndex[e]!, count, before)
        before += count
      }
    }
  }
}

function countTokens(dataset: Dataset): Uint32Array {
  const { columns: documents, name } = dataset.manifest
  const starts = new Uint32Array(documents + 1)
  let total = 0
  forEachCount(dataset, (d, w, count) => {
    if (!(Number.isInteger(count) && count > 0))
      throw new UserError(
        `Dataset ${name}: document ${dataset.columnName(d)} has word ${dataset.rowName(w)} ${count} times; counts must be whole and positive.`,
      )
    total += count
    if (total > TOKENS_MAX)
      throw new UserError(
        `Dataset ${name} has more than ${TOKENS_MAX} words in all; take a sample of the documents.`,
      )
    starts[d + 1]! += count
  })
  for (let d = 0; d < documents; d++) starts[d + 1]! += starts[d]!
  return starts
}

/** Hold a share of the documents that can be halved out of training. */
function deal(
  starts: Uint32Array,
  holdout: number,
  random: Random,
): { training: Uint32Array; heldOut: Uint32Array } {
  const documents = starts.length - 1
  const isHeldOut = Uint8Array.from({ length: documents }, (_, d) =>
    Number(holdout > 0 && random.next() < holdout && starts[d + 1]! - starts[d]! >= 2),
  )
  const all = Uint32Array.from({ length: documents }, (_, d) => d)
  return {
    training: all.filter((d) => isHeldOut[d] === 0),
    heldOut: all.filter((d) => isHeldOut[d] === 1),
  }
}
