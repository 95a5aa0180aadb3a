/**
 * What the server keeps, as an interface: blobs by hash, datasets, jobs, and for each job a log that is
 * only appended to, but for its beginning, which a snapshot may replace.
 *
 * `lmdbStore.ts` implements it on disk (several processes may open the same directory) and
 * `memoryStore.ts` for tests; one suite runs against both.
 */
import type { Manifest } from '../../../shared/dataset.ts'
import type { JobView, RunLine } from '../../../shared/protocol.ts'

export interface DatasetRecord {
  manifest: Manifest
  createdMs: number
}

/** All that owners see of a job, and what they do not. */
export interface JobRecord extends Omit<JobView, 'title' | 'dataset'> {
  purpose: string
  /** Dataset id (content hash). */
  dataset: string
  /** What views show of the dataset, kept here because a dataset can be deleted before its jobs. */
  datasetShape: { name: string; rows: number; columns: number; bytes: number }
  /** Of the last start of the job's engine: the high part of its lease numbers. */
  epoch: number
}

export interface StoredResult {
  mediaType: string
  text: string
  bytes?: Uint8Array
}

/** What a volunteer has done since it first joined, under its public id. */
export interface CreditRecord {
  updates: number
  leases: number
  refused: number
  computeMs: number
  bytesDown: number
  bytesUp: number
}

export interface BlobStore {
  /**
   * Store bytes under their SHA-256 (hex), which the caller may have; durable when the promise
   * resolves. Idempotent.
   */
  putBlob(bytes: Uint8Array, hash?: string): Promise<string>
  hasBlob(hash: string): boolean
  /** A copy-free view where the store can give one: valid until the next call; copy to keep. */
  blob(hash: string): Uint8Array | undefined
  deleteBlob(hash: string): Promise<void>
}

/** What is computed on. */
export interface DatasetStore {
  /** Publish a dataset whose blobs are all stored. A dataset of the same name is replaced. */
  putDataset(record: DatasetRecord): Promise<void>
  /** By id or by name. */
  dataset(idOrName: string): DatasetRecord | undefined
  datasets(): DatasetRecord[]
  /**
   * Remove a dataset (an id: under all its names) and the blobs that no other dataset uses. While
   * a running or paused job needs the data, only the name goes; `sweep` removes the rest later.
   */
  deleteDataset(idOrName: string): Promise<void>
  /**
   * Delete datasets without name or job, and blobs that belong to no dataset and are older
   * than `olderThanMs`. Returns how many blobs went.
   */
  sweep(olderThanMs: number): Promise<number>
}

/** Who computes what for whom. */
export interface JobStore {
  /**
   * A number that nobody in this data directory has had before, durable when the promise resolves:
   * lease = epoch · 2³² + counter is then unique for ever (a fencing token), also across restarts.
   */
  nextEpoch(): Promise<number>
  putJob(record: JobRecord): Promise<void>
  /** Remove a job with its log, snapshot, run lines and results. */
  deleteJob(id: string): Promise<void>
  job(id: string): JobRecord | undefined
  jobs(): JobRecord[]

  /** Replace the credit of these volunteers, in one transaction. */
  putCredits(credits: ReadonlyMap<string, CreditRecord>): Promise<void>
  credit(volunteer: string): CreditRecord | undefined
}

/** What a job has come to. */
export interface LogStore {
  /** Append one encoded LogRecord (a frame) at its seq; durable when the promise resolves. */
  append(job: string, seq: number, record: Uint8Array): Promise<void>
  /** Its records from a seq on, in order. */
  log(job: string, from?: number): Iterable<Uint8Array>
  /** Replace the job's snapshot (a frame, logRecord.ts); durable, like every append before it, when it resolves. */
  putSnapshot(job: string, snapshot: Uint8Array): Promise<void>
  snapshot(job: string): Uint8Array | undefined
  /** Delete the records before `seq`, a few at a time: a crash in between leaves the latest of them. */
  dropLog(job: string, seq: number): Promise<void>
  /** How many run lines there are. */
  runLineCount(job: string): number
  putRunLine(job: string, index: number, line: RunLine): Promise<void>
  runLines(job: string): Iterable<RunLine>
  putResult(
    job: string,
    name: string,
    mediaType: string,
    content: string | Uint8Array,
  ): Promise<void>
  /** With `bytes`, a copy, when the content is no text. */
  result(job: string, name: string): StoredResult | undefined
}

export interface Store extends BlobStore, DatasetStore, JobStore, LogStore {
  close(): Promise<void>
}

/** The blobs a dataset needs. */
export function blobsOf(manifest: Manifest): string[] {
  const others = [
    manifest.target,
    manifest.columnNames,
    manifest.rowNames ?? null,
    ...Object.values(manifest.extras ?? {}),
  ].filter((hash) => hash !== null)
  return [...manifest.shards.map((shard) => shard.hash), ...others]
}

/** Does this job still need its dataset? */
export const isActive = (job: JobRecord): boolean =>
  job.status === 'running' || job.status === 'paused'
