/**
 * Data in: from a file to a published dataset. Each kind of data reads and stores in its own way
 * (matrix/, ratings/, corpus/); nothing is published before all of it is stored, and when anything
 * fails, nothing new stays in the store.
 */
import type { DatasetKind, Manifest } from '../../../shared/dataset.ts'
import { unreachable } from '../../../shared/errors.ts'
import type { Store } from '../store/store.ts'
import { BlobBatch } from './blobBatch.ts'
import { type CorpusInput, ingestCorpus } from './corpus/ingestCorpus.ts'
import { ingestMatrix, type MatrixInput } from './matrix/ingestMatrix.ts'
import { type OnProgress, type Tell, tellOf } from './progress.ts'
import { ingestRatings, type RatingsInput } from './ratings/ingestRatings.ts'

export type { IngestPhase, OnProgress } from './progress.ts'
export { FORMATS, type Format } from './sniff.ts'
export { formatBytes, formatSummary } from './summary.ts'

export interface IngestInput extends MatrixInput, CorpusInput, RatingsInput {
  /** By default 'matrix'. */
  kind?: DatasetKind
}

/** Read the file, store its shards and publish the dataset under its name. */
export async function ingest(
  input: IngestInput,
  store: Store,
  onProgress?: OnProgress,
): Promise<Manifest> {
  const blobs = new BlobBatch(store)
  try {
    const manifest = await ingestKind(input, blobs, tellOf(onProgress))
    await store.putDataset({ manifest, createdMs: Date.now() })
    return manifest
  } catch (error) {
    await blobs.undo()
    throw error
  }
}

function ingestKind(input: IngestInput, blobs: BlobBatch, tell: Tell): Promise<Manifest> {
  const { kind = 'matrix' } = input
  switch (kind) {
    case 'matrix':
    case 'examples':
      return ingestMatrix(input, kind, blobs, tell)
    case 'ratings':
      return ingestRatings(input, blobs, tell)
    case 'corpus':
      return ingestCorpus(input, blobs, tell)
    default:
      return unreachable(kind)
  }
}
