/** A store that forgets everything with the process: for tests, and for what need not be kept. */
import { createHash } from 'node:crypto'
import type { RunLine } from '../../../shared/protocol.ts'
import {
  type BlobStore,
  blobsOf,
  type CreditRecord,
  type DatasetRecord,
  type DatasetStore,
  isActive,
  type JobRecord,
  type JobStore,
  type LogStore,
  type Store,
  type StoredResult,
} from './store.ts'

class Memory {
  readonly blobs = new Map<string, { bytes: Uint8Array; putMs: number }>()
  readonly datasets = new Map<string, DatasetRecord>()
  /** Name → record: the same content may have several names. */
  readonly names = new Map<string, DatasetRecord>()
  readonly jobs = new Map<string, JobRecord>()
  /** By seq; sparse once the beginning has been dropped. */
  readonly logs = new Map<string, Uint8Array[]>()
  readonly snapshots = new Map<string, Uint8Array>()
  readonly lines = new Map<string, RunLine[]>()
  readonly results = new Map<string, Map<string, StoredResult>>()
  readonly credits = new Map<string, CreditRecord>()
  epoch = 0
}

export function memoryStore(nowMs: () => number = Date.now): Store {
  const memory = new Memory()
  return {
    ...blobsIn(memory, nowMs),
    ...datasetsIn(memory, nowMs),
    ...jobsIn(memory),
    ...logsIn(memory),
    async close() {},
  }
}

function blobsIn({ blobs }: Memory, nowMs: () => number): BlobStore {
  return {
    async putBlob(bytes) {
      const hash = createHash('sha256').update(bytes).digest('hex')
      blobs.set(hash, { bytes: Uint8Array.from(bytes), putMs: nowMs() })
      return hash
    },
    hasBlob: (hash) => blobs.has(hash),
    blob: (hash) => blobs.get(hash)?.bytes,
    async deleteBlob(hash) {
      blobs.delete(hash)
    },
  }
}

function datasetsIn(memory: Memory, nowMs: () => number): DatasetStore {
  const { blobs, datasets, names } = memory
  return {
    async putDataset(record) {
      const { id, name } = record.manifest
      const before = names.get(name)
      datasets.set(id, record)
      names.set(name, record)
      if (before) collect(memory, before.manifest.id)
    },
    dataset: (idOrName) => names.get(idOrName) ?? datasets.get(idOrName),
    datasets: () => [...names.values()],
    async deleteDataset(idOrName) {
      const id = (names.get(idOrName) ?? datasets.get(idOrName))?.manifest.id
      if (!id) return
      for (const [name, { manifest }] of names)
        if (name === idOrName || manifest.id === idOrName) names.delete(name)
      collect(memory, id)
    },
    async sweep(olderThanMs) {
      const before = blobs.size
      for (const id of [...datasets.keys()]) collect(memory, id)
      const used = new Set([...datasets.values()].flatMap(({ manifest }) => blobsOf(manifest)))
      for (const [hash, { putMs }] of blobs)
        if (!used.has(hash) && putMs <= nowMs() - olderThanMs) blobs.delete(hash)
      return before - blobs.size
    },
  }
}

/** Drop dataset `id` when it has neither a name nor an active job; then its orphaned blobs. */
function collect({ blobs, datasets, names, jobs }: Memory, id: string): void {
  const record = datasets.get(id)
  if (!record || [...names.values()].some(({ manifest }) => manifest.id === id)) return
  if ([...jobs.values()].some((job) => isActive(job) && job.dataset === id)) return
  datasets.delete(id)
  const used = new Set([...datasets.values()].flatMap(({ manifest }) => blobsOf(manifest)))
  for (const hash of blobsOf(record.manifest)) if (!used.has(hash)) blobs.delete(hash)
}

function jobsIn(memory: Memory): JobStore {
  const { jobs, logs, snapshots, lines, results, credits } = memory
  return {
    async nextEpoch() {
      return ++memory.epoch
    },
    async putJob(record) {
      jobs.set(record.id, structuredClone(record))
    },
    async deleteJob(id) {
      for (const table of [jobs, logs, snapshots, lines, results]) table.delete(id)
    },
    job: (id) => jobs.get(id),
    jobs: () => [...jobs.values()],
    async putCredits(all) {
      for (const [volunteer, credit] of all) credits.set(volunteer, { ...credit })
    },
    credit: (volunteer) => credits.get(volunteer),
  }
}

function logsIn({ logs, snapshots, lines, results }: Memory): LogStore {
  return {
    async append(job, seq, record) {
      const log = logs.get(job) ?? []
      logs.set(job, log)
      log[seq] = Uint8Array.from(record)
    },
    // `filter` passes over what has been dropped.
    log: (job, from = 0) => (logs.get(job) ?? []).slice(from).filter(() => true),
    async putSnapshot(job, snapshot) {
      snapshots.set(job, Uint8Array.from(snapshot))
    },
    snapshot: (job) => snapshots.get(job),
    async dropLog(job, seq) {
      for (let k = 0; k < seq; k++) delete logs.get(job)?.[k]
    },
    async putRunLine(job, index, line) {
      const all = lines.get(job) ?? []
      lines.set(job, all)
      all[index] = line
    },
    runLines: (job) => lines.get(job) ?? [],
    runLineCount: (job) => lines.get(job)?.length ?? 0,
    async putResult(job, name, mediaType, content) {
      const files = results.get(job) ?? new Map<string, StoredResult>()
      const isText = typeof content === 'string'
      const file = isText ? { text: content } : { text: '', bytes: Uint8Array.from(content) }
      results.set(job, files.set(name, { mediaType, ...file }))
    },
    result: (job, name) => results.get(job)?.get(name),
  }
}
