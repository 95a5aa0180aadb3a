/** What the documents are about: shares of topics for people, for NumPy, and the best of each topic. */
import type { ResultFile } from '../../app.ts'
import { csv } from '../../csv.ts'
import { matrixFile } from '../../npy.ts'
import { documentsNow } from './byDocument.ts'
import { forEachTopic } from './counts.ts'
import { foldInTokens } from './evaluate.ts'
import type { LdaState } from './state.ts'
import { type Row, short } from './table.ts'

/** Smaller shares of a document are left out of doc_topics.csv. */
const SHARE_MIN = 0.01
/** Documents named for each topic in topic_documents.csv. */
const DOCUMENTS_OF_TOPIC = 5
/** Shorter documents are about a topic by chance. */
const TOKENS_MIN = 20
/** A larger doc_topics.npy (256 MiB) is left out: doc_topics.csv has all that matters of it. */
const MATRIX_MAX = 2 ** 26

/**
 * θ_dk = (D_dk + α_k)/(N_d + Σα) of the documents in training, folded in for those held out, row d as
 * in documents.csv. Topics are numbered from 1 in the tables, as in topics.csv.
 */
export function documentFiles(state: LdaState): ResultFile[] {
  const { corpus, spec } = state
  const { documents, starts, dataset } = corpus
  const k = spec.topics
  const matrix = documents * k <= MATRIX_MAX ? new Float32Array(documents * k) : null
  const shareOf = openShares(state)
  const rows: Row[] = [['document', 'topic', 'share']]
  const best = Array.from({ length: k }, () => [] as { d: number; share: number }[])
  for (let d = 0; d < documents; d++) {
    const shares = shareOf(d)
    matrix?.set(shares, d * k)
    const tokens = starts[d + 1]! - starts[d]!
    if (tokens === 0) continue
    const name = dataset.columnName(d)
    const main: number[] = []
    for (let id = 0; id < k; id++) if (shares[id]! > SHARE_MIN) main.push(id)
    main.sort((a, b) => shares[b]! - shares[a]! || a - b)
    for (const id of main) {
      rows.push([name, id + 1, short(shares[id]!)])
      if (tokens >= TOKENS_MIN) note(best[id]!, d, shares[id]!)
    }
  }
  return [
    csv('doc_topics.csv', rows),
    ...(matrix ? [matrixFile('doc_topics.npy', matrix, documents, k)] : []),
    csv('documents.csv', documentRows(state)),
    csv('topic_documents.csv', [
      ['topic', 'rank', 'document', 'share'],
      ...best.flatMap((list, id) =>
        list.map(({ d, share }, rank) => [
          ...[id + 1, rank + 1],
          ...[dataset.columnName(d), short(share)],
        ]),
      ),
    ]),
  ]
}

/** Keep the documents with the largest shares, largest first. */
function note(list: { d: number; share: number }[], d: number, share: number): void {
  if (list.length === DOCUMENTS_OF_TOPIC && list.at(-1)!.share >= share) return
  let at = list.length
  while (at > 0 && list[at - 1]!.share < share) at--
  list.splice(at, 0, { d, share })
  if (list.length > DOCUMENTS_OF_TOPIC) list.pop()
}

/** d ↦ θ_d· (K), valid until the next document is asked for. */
function openShares(state: LdaState): (d: number) => Float64Array {
  const { corpus, alpha } = state
  const { starts } = corpus
  const documents = documentsNow(state)
  const heldOut = new Set(corpus.heldOut)
  const alphaSum = alpha.reduce((a, b) => a + b, 0)
  const shares = new Float64Array(alpha.length)
  return (d) => {
    const size = starts[d + 1]! - starts[d]! + alphaSum
    if (heldOut.has(d)) {
      const tokens = Array.from({ length: starts[d + 1]! - starts[d]! }, (_, i) => starts[d]! + i)
      return foldInTokens(state, tokens)
    }
    for (let k = 0; k < shares.length; k++) shares[k] = alpha[k]! / size
    forEachTopic(documents, d, (k, count) => {
      shares[k]! += count / size
    })
    return shares
  }
}

function documentRows({ corpus }: LdaState): Row[] {
  const { starts, documents, dataset } = corpus
  const heldOut = new Set(corpus.heldOut)
  return [
    ['row', 'document', 'tokens', 'held_out'],
    ...Array.from({ length: documents }, (_, d) => [
      ...[d, dataset.columnName(d)],
      ...[starts[d + 1]! - starts[d]!, Number(heldOut.has(d))],
    ]),
  ]
}
